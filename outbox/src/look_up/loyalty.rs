//! Looks up the actions of loyalty members.

use serde_json::Value;
use talkable_api::{Client, Error};

use super::doubtful_call::{DoubtfulCall, number};
use crate::admin::Resolution;

pub(super) async fn collected(client: &Client, doubtful: &DoubtfulCall) -> Result<Option<Resolution>, Error> {
    let Some(kind) = doubtful.text("/data/type") else { return Ok(None) };
    let has_kind = |action: &Value| action.get("type").and_then(Value::as_str) == Some(kind);
    action(client, doubtful, "listCollectActions", has_kind).await
}

/// The API does not return the batch of a coupon, so all redemptions are compared.
pub(super) async fn redeemed(client: &Client, doubtful: &DoubtfulCall) -> Result<Option<Resolution>, Error> {
    action(client, doubtful, "listRedeemActions", |_| true).await
}

pub(super) async fn adjusted(client: &Client, doubtful: &DoubtfulCall) -> Result<Option<Resolution>, Error> {
    let Some(points) = doubtful.body.pointer("/data/points").and_then(number) else { return Ok(None) };
    let has_points = |action: &Value| action.get("points").and_then(number) == Some(points);
    action(client, doubtful, "listManualAdjustmentActions", has_points).await
}

async fn action(
    client: &Client,
    doubtful: &DoubtfulCall,
    list: &str,
    is_match: impl Fn(&Value) -> bool,
) -> Result<Option<Resolution>, Error> {
    // The API rejects the actions of unknown members.
    let Some(found) = doubtful.find(client, list, doubtful.argument()).await? else {
        return Ok(Some(Resolution::NotProcessed));
    };
    let actions = found.value.get("actions").and_then(Value::as_array).filter(|_| found.has_same_clock);
    Ok(actions.and_then(|actions| doubtful.by_time(actions, "created_at", is_match)))
}
