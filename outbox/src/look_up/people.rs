//! Looks up whether a person was anonymized.

use talkable_api::{Client, Error};

use super::doubt::Doubt;
use crate::admin::Resolution;

/// An anonymized person is no longer found. A person that was created afterwards is another one.
pub(super) async fn anonymized(client: &Client, doubt: &Doubt) -> Result<Option<Resolution>, Error> {
    let call = client.call_by_id("getPersonalInformationAboutPerson", [doubt.argument()])?;
    let Some(result) = call.optional().await? else { return Ok(Some(Resolution::Processed)) };
    Ok(result
        .get("person")
        .and_then(|person| doubt.is_older(person))
        .map(|is_older| if is_older { Resolution::NotProcessed } else { Resolution::Processed }))
}
