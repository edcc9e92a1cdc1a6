//! Looks up the actions of loyalty members.

use serde_json::Value;
use talkable_api::{Client, Error};

use super::doubt::Doubt;
use crate::admin::Resolution;

pub(super) async fn collected(client: &Client, doubt: &Doubt) -> Result<Option<Resolution>, Error> {
    let Some(kind) = doubt.text("/data/type") else { return Ok(None) };
    let has_kind = |action: &&Value| action.get("type").and_then(Value::as_str) == Some(kind);
    action(client, doubt, "listCollectActions", has_kind).await
}

/// The API does not return the batch of a coupon, so all redemptions are compared.
pub(super) async fn redeemed(client: &Client, doubt: &Doubt) -> Result<Option<Resolution>, Error> {
    action(client, doubt, "listRedeemActions", |_| true).await
}

pub(super) async fn adjusted(client: &Client, doubt: &Doubt) -> Result<Option<Resolution>, Error> {
    let points = doubt.body.pointer("/data/points").and_then(Value::as_i64);
    let has_points = |action: &&Value| action.get("points").and_then(Value::as_i64) == points;
    action(client, doubt, "listManualAdjustmentActions", has_points).await
}

async fn action(
    client: &Client,
    doubt: &Doubt,
    list: &str,
    is_match: impl Fn(&&Value) -> bool,
) -> Result<Option<Resolution>, Error> {
    let Some(result) = client.call_by_id(list, [doubt.argument()])?.optional().await? else {
        return Ok(Some(Resolution::NotProcessed));
    };
    let Some(actions) = result.get("actions").and_then(Value::as_array) else { return Ok(None) };
    Ok(doubt.by_time(actions.iter().filter(is_match), "created_at"))
}
