//! Visitors: browsers, known by a UUID that the caller chooses.

use serde_json::json;

use crate::answer::Outcome;
use crate::call::Call;
use crate::state::Site;

pub(super) fn create(site: &mut Site, call: &Call) -> Outcome {
    let uuid = call.data().text("uuid").unwrap_or_default();
    site.visitors.entry(uuid.clone()).or_default();
    Ok(json!({ "uuid": uuid }))
}
