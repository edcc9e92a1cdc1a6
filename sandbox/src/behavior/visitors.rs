//! Visitors, which are browsers identified by a UUID. The UUID is chosen by the caller.

use serde_json::json;

use crate::call::{ApiResult, Call};
use crate::state::Site;

pub(super) fn create(site: &mut Site, call: &Call) -> ApiResult {
    let uuid = call.data().text("uuid").unwrap_or_default().to_lowercase();
    recognize(site, Some(&uuid), None);
    Ok(json!({ "uuid": uuid }))
}

/// Adds the visitor if it is new. If a person is given, assigns the visitor to that person.
pub(super) fn recognize(site: &mut Site, uuid: Option<&String>, person: Option<u64>) {
    if let Some(uuid) = uuid {
        let visitor = site.visitors.entry(uuid.to_lowercase()).or_default();
        *visitor = person.or(*visitor);
    }
}
