//! Looks up origins in the personal data of their people.

use serde_json::Value;
use talkable_api::{Client, Error};

use super::doubt::{Doubt, time};
use crate::admin::Resolution;

/// The number of records of a batch that are looked up. The API accepts or rejects a batch as a whole.
const SAMPLE: usize = 20;

/// Looks up the origin that a call creates.
pub(super) async fn one(client: &Client, doubt: &Doubt, kind: &str) -> Result<Option<Resolution>, Error> {
    let Some(data) = doubt.body.get("data") else { return Ok(None) };
    let Some(origins) = matching(client, data, kind).await? else { return Ok(None) };
    if kind == "Purchase" && !origins.is_empty() {
        return Ok(Some(Resolution::Processed));
    }
    // The personal data show neither the category of an event, nor whether a sign-up found an earlier one.
    Ok(match data.get("created_at").and_then(time) {
        Some(_) if origins.is_empty() => Some(Resolution::NotProcessed),
        Some(created) => {
            let is_same = |origin: &Value| origin.get("created_at").and_then(time) == Some(created);
            origins.iter().any(is_same).then_some(Resolution::Processed)
        }
        None => doubt.by_time(origins.iter(), "created_at"),
    })
}

/// Looks up the first records of a batch.
pub(super) async fn batch(client: &Client, doubt: &Doubt, kind: &str) -> Result<Option<Resolution>, Error> {
    let rows = doubt.body.get("data").and_then(Value::as_array).into_iter().flatten();
    let (mut found, mut missing) = (0, 0);
    for row in rows.take(SAMPLE) {
        match matching(client, row, kind).await?.as_deref() {
            Some([]) => missing += 1,
            Some(_) => found += 1,
            None => {}
        }
    }
    Ok(match (found, missing) {
        (1.., 0) => Some(Resolution::Processed),
        (0, 1..) => Some(Resolution::NotProcessed),
        _ => None,
    })
}

/// The origins with the person, the kind and the number of a record. Returns `None` if they can't be known.
async fn matching(client: &Client, data: &Value, kind: &str) -> Result<Option<Vec<Value>>, Error> {
    let number = match kind {
        "Purchase" => data.get("order_number"),
        "Event" => data.get("event_number"),
        "AffiliateMember" => None,
        _ => return Ok(None),
    };
    let number = number.and_then(text);
    let (Some(email), true) =
        (data.get("email").and_then(Value::as_str), number.is_some() || kind == "AffiliateMember")
    else {
        return Ok(None);
    };
    let person = client.call_by_id("getPersonalInformationAboutPerson", [email])?.optional().await?;
    let Some(person) = person else { return Ok(Some(Vec::new())) };
    let Some(origins) = person.pointer("/person/origins").and_then(Value::as_array) else { return Ok(None) };
    let is_match = |origin: &&Value| {
        origin.get("type").and_then(Value::as_str).is_none_or(|other| other == kind)
            && (number.is_none() || origin.get("order_number").and_then(text) == number)
    };
    Ok(Some(origins.iter().filter(is_match).cloned().collect()))
}

/// A number that the API returns as text or as a number.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
