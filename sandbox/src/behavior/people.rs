//! People: finding and changing them.

use serde_json::json;

use crate::answer::{Outcome, Refusal};
use crate::call::Call;
use crate::state::Site;

pub(super) fn find(site: &mut Site, call: &Call) -> Outcome {
    let slug = call.path("person_slug");
    let person = site.people.iter().find(|person| person.email == slug);
    let person = person.ok_or_else(|| Refusal::bad_request("No person found by `person_slug`."))?;
    Ok(json!({ "person": { "email": person.email, "first_name": person.first_name } }))
}
