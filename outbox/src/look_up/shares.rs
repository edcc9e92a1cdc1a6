//! Looks up the shares of an offer.

use serde_json::Value;
use talkable_api::{Client, Error};

use super::doubt::Doubt;
use crate::admin::Resolution;

/// Validates the recipients without sending a message. The API reports to whom it has sent the offer before.
pub(super) async fn by_email(client: &Client, doubt: &Doubt) -> Result<Option<Resolution>, Error> {
    let (mut call, mut body) = (doubt.call.clone(), doubt.body.clone());
    let Some(fields) = body.as_object_mut() else { return Ok(None) };
    fields.insert("validation_only".to_owned(), true.into());
    call.body = Some(body.to_string());
    let Some(result) = client.restore(&call)?.optional().await? else { return Ok(Some(Resolution::NotProcessed)) };
    let Some(recipients) = result.get("recipients").and_then(Value::as_object) else { return Ok(None) };
    let is = |recipient: &Value, name| recipient.get(name).and_then(Value::as_bool) == Some(true);
    let is_sent = recipients.values().any(|recipient| is(recipient, "previously_sent"));
    let is_left = recipients.values().any(|recipient| is(recipient, "sharable") && !is(recipient, "previously_sent"));
    Ok(match (is_sent, is_left) {
        (true, false) => Some(Resolution::Processed),
        (false, true) => Some(Resolution::NotProcessed),
        // Some recipients may have got the offer earlier, or none can get it.
        _ => None,
    })
}

/// Looks for the share among those of the advocate.
pub(super) async fn by_channel(client: &Client, doubt: &Doubt) -> Result<Option<Resolution>, Error> {
    let code = doubt.argument();
    let Some(found) = client.call_by_id("findAdvocateOffer", [code])?.optional().await? else {
        return Ok(Some(Resolution::NotProcessed));
    };
    let (Some(channel), Some(offer), Some(advocate)) =
        (doubt.text("/channel"), found.pointer("/offer/short_url_code"), found.pointer("/offer/email"))
    else {
        return Ok(None);
    };
    let Some(advocate) = advocate.as_str() else { return Ok(None) };
    let result = client.call_by_id("getSharesMadeByPerson", [advocate])?.optional().await?;
    let Some(shares) = result.as_ref().and_then(|result| result.get("shares")).and_then(Value::as_array) else {
        return Ok(None);
    };
    let is_match = |share: &&Value| {
        share.get("channel_identifier").and_then(Value::as_str) == Some(channel)
            && share.pointer("/offer/short_url_code") == Some(offer)
    };
    Ok(doubt.by_time(shares.iter().filter(is_match), "shared_at"))
}
