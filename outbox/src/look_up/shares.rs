//! Looks up the shares of an offer.

use serde_json::Value;
use talkable_api::{Client, Error};

use super::doubtful_call::DoubtfulCall;
use crate::admin::Resolution;

/// Validates the recipients without sending a message. The API reports to whom it has sent the offer before.
pub(super) async fn by_email(client: &Client, doubtful: &DoubtfulCall) -> Result<Option<Resolution>, Error> {
    let (mut call, mut body) = (doubtful.call.clone(), doubtful.body.clone());
    let Some(fields) = body.as_object_mut() else { return Ok(None) };
    // A reminder is sent to friends who got the offer before.
    if fields.get("reminder").is_some_and(|reminder| !reminder.is_null() && *reminder != Value::Bool(false)) {
        return Ok(None);
    }
    fields.insert("validation_only".to_owned(), true.into());
    call.body = Some(body.to_string());
    let Some(found) = doubtful.send(client.restore(&call)?).await? else {
        return Ok(Some(Resolution::NotProcessed));
    };
    Ok(found
        .value
        .get("recipients")
        .and_then(Value::as_object)
        .and_then(|recipients| by_recipients(recipients.values())))
}

/// Returns `None` if a field is missing, if some recipients may have got the offer earlier, or if no recipient can get
/// it.
fn by_recipients<'a>(recipients: impl Iterator<Item = &'a Value>) -> Option<Resolution> {
    let (mut is_sent, mut is_left) = (false, false);
    for recipient in recipients {
        let field = |name| recipient.get(name).and_then(Value::as_bool);
        let was_sent = field("previously_sent")?;
        is_left |= field("sharable")? && !was_sent;
        is_sent |= was_sent;
    }
    match (is_sent, is_left) {
        (true, false) => Some(Resolution::Processed),
        (false, true) => Some(Resolution::NotProcessed),
        _ => None,
    }
}

/// Looks for the share among those of the advocate.
pub(super) async fn by_channel(client: &Client, doubtful: &DoubtfulCall) -> Result<Option<Resolution>, Error> {
    let Some(found) = doubtful.find(client, "findAdvocateOffer", doubtful.argument()).await? else {
        return Ok(Some(Resolution::NotProcessed));
    };
    let text = |pointer| found.value.pointer(pointer).and_then(Value::as_str);
    let (Some(channel), Some(offer), Some(advocate)) =
        (doubtful.text("/channel"), text("/offer/short_url_code"), text("/offer/email"))
    else {
        return Ok(None);
    };
    let Some(found) = doubtful.find(client, "getSharesMadeByPerson", advocate).await? else { return Ok(None) };
    let is_match = |share: &Value| {
        share.get("channel_identifier").and_then(Value::as_str) == Some(channel)
            && share.pointer("/offer/short_url_code").and_then(Value::as_str) == Some(offer)
    };
    let shares = found.value.get("shares").and_then(Value::as_array).filter(|_| found.has_same_clock);
    Ok(shares.and_then(|shares| doubtful.by_time(shares, "shared_at", is_match)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn recipients_decide_only_if_all_fields_are_known() {
        let sent = json!({"previously_sent": true, "sharable": false});
        let left = json!({"previously_sent": false, "sharable": true});
        let invalid = json!({"previously_sent": false, "sharable": false});
        for (recipients, expected) in [
            (vec![&sent], Some(Resolution::Processed)),
            (vec![&sent, &invalid], Some(Resolution::Processed)),
            (vec![&left, &invalid], Some(Resolution::NotProcessed)),
            (vec![&sent, &left], None),
            (vec![&invalid], None),
            (vec![&left, &json!({"sharable": true})], None),
            (vec![&left, &json!({"previously_sent": false})], None),
            (vec![], None),
        ] {
            assert_eq!(by_recipients(recipients.iter().copied()), expected, "{recipients:?}");
        }
    }
}
