//! Visitors: browsers, identified by a UUID of the caller.

use serde_json::json;

use crate::call::{ApiResult, Call};
use crate::state::Site;

pub(super) fn create(site: &mut Site, call: &Call) -> ApiResult {
    let uuid = call.data().text("uuid").unwrap_or_default().to_lowercase();
    recognize(site, Some(&uuid), None);
    Ok(json!({ "uuid": uuid }))
}

/// Adds a visitor, or assigns a known one to a person.
pub(super) fn recognize(site: &mut Site, uuid: Option<&String>, person: Option<u64>) {
    if let Some(uuid) = uuid {
        let visitor = site.visitors.entry(uuid.to_lowercase()).or_default();
        *visitor = person.or(*visitor);
    }
}
