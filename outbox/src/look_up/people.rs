//! Looks up whether a person was anonymized.

use serde_json::Value;
use talkable_api::{Client, Error};

use super::doubtful_call::DoubtfulCall;
use crate::admin::Resolution;

/// An anonymized person is no longer found, or has another address. A person that was created afterwards is another
/// one.
pub(super) async fn anonymized(client: &Client, doubtful: &DoubtfulCall) -> Result<Option<Resolution>, Error> {
    let found = doubtful.find(client, "getPersonalInformationAboutPerson", doubtful.argument()).await?;
    let Some(found) = found else { return Ok(Some(Resolution::Processed)) };
    let Some(person) = found.value.get("person") else { return Ok(None) };
    if person.get("email").and_then(Value::as_str).is_some_and(|email| email.ends_with("@anonymized.email")) {
        return Ok(Some(Resolution::Processed));
    }
    let is_older = if found.has_same_clock { doubtful.is_older(person) } else { None };
    Ok(is_older.map(|is_older| if is_older { Resolution::NotProcessed } else { Resolution::Processed }))
}
