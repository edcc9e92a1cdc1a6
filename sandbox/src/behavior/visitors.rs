//! Visitors: browsers, known by a UUID that the caller chooses.

use serde_json::json;

use crate::call::{ApiResult, Call};
use crate::state::Site;

pub(super) fn create(site: &mut Site, call: &Call) -> ApiResult {
    let uuid = call.data().text("uuid").unwrap_or_default().to_lowercase();
    site.visitors.entry(uuid.clone()).or_default();
    Ok(json!({ "uuid": uuid }))
}

/// Remembers which person a visitor turned out to be.
pub(super) fn recognize(site: &mut Site, uuid: Option<&String>, person: u64) {
    if let Some(uuid) = uuid {
        site.visitors.insert(uuid.to_lowercase(), Some(person));
    }
}

/// Remembers a visitor, along with the person if that is known.
pub(super) fn recognize_if_known(site: &mut Site, uuid: Option<&String>, person: Option<u64>) {
    match person {
        Some(person) => recognize(site, uuid, person),
        None => {
            if let Some(uuid) = uuid {
                site.visitors.entry(uuid.to_lowercase()).or_default();
            }
        }
    }
}
