//! Looks up doubtful calls in the sandbox, for each operation that is not idempotent.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod shop;

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use talkable_api::{Client, RetryClass};
use talkable_outbox::{Filter, Resolution, State, sqlx};
use talkable_sandbox::Failure;

use crate::shop::{MINUTE, Shop, eventually};

/// The calls that can be looked up.
fn calls(offer: &str) -> Vec<Value> {
    let origin = |kind: &str, data: Value| json!({"operation": "createOrigin", "body": {"type": kind, "data": data}});
    let member = |operation: &str, data: Value| json!({"operation": operation, "path_arguments": ["jane@example.com"], "body": {"data": data}});
    let share = |operation: &str, body: Value| json!({"operation": operation, "path_arguments": [offer], "body": body});
    let event = json!({"email": "zoe@example.com", "event_category": "review", "event_number": "7", "subtotal": 0});
    let mut dated = event.clone();
    dated["created_at"] = "2026-05-04T03:02:01.5+02:00".into();
    let order = json!({"email": "zoe@example.com", "order_number": "1042", "subtotal": 9.5});
    let person = json!({"email": "zoe@example.com"});
    vec![
        origin("Purchase", order.clone()),
        origin("Event", event.clone()),
        origin("Event", dated),
        origin("AffiliateMember", person.clone()),
        json!({"operation": "createAffiliateMember", "body": {"data": person}}),
        json!({"operation": "createBatchOfPurchases", "body": {"data": [order]}}),
        json!({"operation": "createBatchOfEvents", "body": {"data": [event]}}),
        json!({"operation": "createBatchOfAffiliateMembers", "body": {"data": [person]}}),
        member("createCollectAction", json!({"type": "review"})),
        member("createRedeemAction", json!({"redemption_batch_id": 1})),
        member("adjustLoyaltyMembersPointsBalance", json!({"points": -20, "description": "A correction"})),
        share("shareViaEmail", json!({"recipients": "zoe@example.com, kim@example.com"})),
        share("shareViaSocialChannel", json!({"channel": "facebook"})),
    ]
}

/// Fails a call, looks it up and resolves it. Afterwards, it is done, and was processed once.
async fn check(shop: &Shop, call: Value, failure: Failure, expected: Resolution) {
    let operation = call["operation"].as_str().unwrap().to_owned();
    shop.sandbox.fail_next(&operation, failure, 1);
    let id = shop.add(call).await;
    assert!(shop.listed(id).await.doubt.is_none(), "{operation} is not doubtful yet");
    shop.send(id, State::Doubtful).await;
    let doubt = shop.doubt(id).await;
    assert_eq!(shop.outbox.look_up(&shop.client, doubt).await.unwrap(), None, "{operation} failed just now");
    shop.catch_up();
    // The sandbox processes batches with a delay.
    let looked_up = async || shop.outbox.look_up(&shop.client, doubt).await.unwrap() == Some(expected);
    eventually(looked_up, &format!("{operation} is {expected:?}")).await;
    assert!(shop.outbox.resolve(doubt, expected).await.unwrap());
    assert!(!shop.outbox.resolve(doubt, expected).await.unwrap());
    if expected == Resolution::NotProcessed {
        assert_eq!(shop.state(id).await, State::Ready, "{operation}");
        shop.send(id, State::Done).await;
    }
    assert_eq!(shop.state(id).await, State::Done, "{operation}");
}

#[tokio::test]
async fn a_processed_call_is_recognized() {
    for index in 0..calls("").len() {
        let shop = Shop::new().await;
        let call = calls(&shop.offer().await).swap_remove(index);
        check(&shop, call, Failure::DroppedAfterProcessing, Resolution::Processed).await;
    }
}

#[tokio::test]
async fn a_call_that_was_not_processed_is_sent_again() {
    for index in 0..calls("").len() {
        let shop = Shop::new().await;
        let call = calls(&shop.offer().await).swap_remove(index);
        check(&shop, call, Failure::Dropped, Resolution::NotProcessed).await;
    }
}

#[tokio::test]
async fn an_anonymized_person_is_not_found() {
    let failures =
        [(Failure::DroppedAfterProcessing, Resolution::Processed), (Failure::Dropped, Resolution::NotProcessed)];
    for (failure, expected) in failures {
        let shop = Shop::new().await;
        // The person was created before the call.
        shop.advance(MINUTE);
        let call = json!({"operation": "anonymizePerson", "path_arguments": ["guest@example.com"]});
        check(&shop, call, failure, expected).await;
    }
}

#[tokio::test]
async fn a_person_that_was_created_later_does_not_hide_that_the_first_was_anonymized() {
    let shop = Shop::new().await;
    let id = shop.add(json!({"operation": "anonymizePerson", "path_arguments": ["guest@example.com"]})).await;
    shop.sandbox.fail_next("anonymizePerson", Failure::DroppedAfterProcessing, 1);
    shop.send(id, State::Doubtful).await;
    shop.advance(MINUTE);
    shop.client.people().update("guest@example.com", &talkable_api::types::PersonUpdate::new()).await.unwrap();
    shop.catch_up();
    assert_eq!(shop.look_up(id).await, Some(Resolution::Processed));
}

#[tokio::test]
async fn two_similar_actions_at_the_same_time_stay_doubtful() {
    let shop = Shop::new().await;
    let call = json!({
        "operation": "createCollectAction", "path_arguments": ["jane@example.com"], "body": {"data": {"type": "review"}},
    });
    let first = shop.add(call.clone()).await;
    shop.send(first, State::Done).await;
    shop.sandbox.fail_next("createCollectAction", Failure::DroppedAfterProcessing, 1);
    let second = shop.add(call).await;
    shop.send(second, State::Doubtful).await;
    shop.catch_up();
    assert_eq!(shop.look_up(second).await, None);
}

#[tokio::test]
async fn calls_that_no_read_shows_stay_doubtful() {
    let shop = Shop::new().await;
    for call in [
        json!({"operation": "markOriginAsRefunded", "path_arguments": ["1040"], "body": {"data": {}}}),
        json!({"operation": "updateReferralStatus", "path_arguments": ["1041"], "body": {"data": {"status": "approved"}}}),
        json!({
            "operation": "shareAndClaimOffer",
            "query": [["advocate_email", "jane@example.com"], ["friend_email", "kim@example.com"]],
        }),
        json!({"operation": "markVisitorOfferAsVisited", "path_arguments": ["1"]}),
    ] {
        let operation = call["operation"].as_str().unwrap().to_owned();
        shop.sandbox.fail_next(&operation, Failure::DroppedAfterProcessing, 1);
        let id = shop.add(call).await;
        shop.send(id, State::Doubtful).await;
        shop.catch_up();
        assert_eq!(shop.look_up(id).await, None, "{operation}");
    }
}

#[tokio::test]
async fn a_call_is_not_looked_up_by_the_age_of_its_entry() {
    let shop = Shop::new().await;
    let id = shop.add(calls(&shop.offer().await).swap_remove(8)).await;
    // The entry waits for a long time, and fails then.
    let now = shop.sandbox.clock().now().timestamp_millis();
    sqlx::query("UPDATE talkable_outbox SET created = $1").bind(now).execute(&shop.pool).await.unwrap();
    shop.advance(Duration::from_hours(2));
    shop.sandbox.fail_next("createCollectAction", Failure::Dropped, 1);
    shop.send(id, State::Doubtful).await;
    let listed = shop.listed(id).await;
    assert!(listed.age >= Duration::from_hours(2) && listed.unchanged < MINUTE, "{listed:?}");
    shop.fail_earlier(id, MINUTE * 9).await;
    assert_eq!(shop.look_up(id).await, None);
}

#[tokio::test]
async fn actions_of_another_type_leave_the_doubt() {
    let shop = Shop::new().await;
    let call = |points: Value| {
        json!({
            "operation": "adjustLoyaltyMembersPointsBalance",
            "path_arguments": ["jane@example.com"],
            "body": {"data": {"points": points, "description": "A correction"}},
        })
    };
    let other = shop.add(call(json!(5))).await;
    shop.send(other, State::Done).await;
    shop.sandbox.fail_next("adjustLoyaltyMembersPointsBalance", Failure::Dropped, 1);
    let id = shop.add(call(json!(10))).await;
    shop.send(id, State::Doubtful).await;
    shop.catch_up();
    assert_eq!(shop.look_up(id).await, None);
}

#[tokio::test]
async fn points_are_compared_as_numbers() {
    for points in [json!(-20.0), json!("-20"), json!("-20.00")] {
        let shop = Shop::new().await;
        let mut call = calls(&shop.offer().await).swap_remove(10);
        shop.sandbox.fail_next("adjustLoyaltyMembersPointsBalance", Failure::DroppedAfterProcessing, 1);
        let id = shop.add(call.clone()).await;
        shop.send(id, State::Doubtful).await;
        // Plain SQL may have written the number in another form.
        call["body"]["data"]["points"] = points.clone();
        let update = "UPDATE talkable_outbox SET payload = json_set(payload, '$.body', $2) WHERE id = $1";
        sqlx::query(update).bind(id).bind(call["body"].to_string()).execute(&shop.pool).await.unwrap();
        shop.catch_up();
        assert_eq!(shop.look_up(id).await, Some(Resolution::Processed), "{points}");
        call["body"]["data"]["points"] = "a lot".into();
        sqlx::query(update).bind(id).bind(call["body"].to_string()).execute(&shop.pool).await.unwrap();
        assert_eq!(shop.look_up(id).await, None, "{points}");
    }
}

/// The worker crashed and the database was down for an hour, so the entry became doubtful long after the call.
#[tokio::test]
async fn records_after_the_lease_do_not_belong_to_the_call() {
    let shop = Shop::new().await;
    let call = calls(&shop.offer().await).swap_remove(8);
    shop.sandbox.fail_next("createCollectAction", Failure::Dropped, 1);
    let id = shop.add(call.clone()).await;
    shop.send(id, State::Doubtful).await;
    shop.advance(MINUTE * 30);
    let other = shop.add(call).await;
    shop.send(other, State::Done).await;
    shop.advance(MINUTE * 30);
    let now = shop.sandbox.clock().now().timestamp_millis();
    let update = sqlx::query("UPDATE talkable_outbox SET changed = $2 WHERE id = $1").bind(id).bind(now);
    update.execute(&shop.pool).await.unwrap();
    shop.catch_up();
    assert_eq!(shop.look_up(id).await, Some(Resolution::NotProcessed));
}

#[tokio::test]
async fn a_wrong_clock_leaves_the_doubt() {
    let shop = Shop::new().await;
    shop.sandbox.fail_next("createCollectAction", Failure::DroppedAfterProcessing, 1);
    let id = shop.add(calls(&shop.offer().await).swap_remove(8)).await;
    shop.send(id, State::Doubtful).await;
    shop.catch_up();
    shop.difference.store(15_000, Ordering::SeqCst);
    assert_eq!(shop.look_up(id).await, None);
    shop.difference.store(0, Ordering::SeqCst);
    assert_eq!(shop.look_up(id).await, Some(Resolution::Processed));
}

#[tokio::test]
async fn orders_that_existed_before_a_batch_leave_the_doubt() {
    let shop = Shop::new().await;
    shop.offer().await;
    let order = json!({"email": "jane@example.com", "order_number": "2000", "subtotal": 10});
    shop.sandbox.fail_next("createBatchOfPurchases", Failure::Dropped, 1);
    let id = shop.add(json!({"operation": "createBatchOfPurchases", "body": {"data": [order]}})).await;
    shop.send(id, State::Doubtful).await;
    shop.catch_up();
    assert_eq!(shop.look_up(id).await, None);
}

#[tokio::test]
async fn a_reminder_leaves_the_doubt() {
    let shop = Shop::new().await;
    let mut call = calls(&shop.offer().await).swap_remove(11);
    call["body"]["reminder"] = true.into();
    shop.sandbox.fail_next("shareViaEmail", Failure::Dropped, 1);
    let id = shop.add(call).await;
    shop.send(id, State::Doubtful).await;
    shop.catch_up();
    assert_eq!(shop.look_up(id).await, None);
}

/// Two operators look at the same entry. After the first one has resolved it, it is sent again and doubtful again.
#[tokio::test]
async fn a_resolution_applies_only_to_the_attempt_that_was_looked_up() {
    let shop = Shop::new().await;
    shop.sandbox.fail_next("createCollectAction", Failure::Dropped, 1);
    let id = shop.add(calls(&shop.offer().await).swap_remove(8)).await;
    shop.send(id, State::Doubtful).await;
    let doubt = shop.doubt(id).await;
    assert!(shop.outbox.resolve(doubt, Resolution::NotProcessed).await.unwrap());
    shop.sandbox.fail_next("createCollectAction", Failure::DroppedAfterProcessing, 1);
    shop.send(id, State::Doubtful).await;
    shop.catch_up();
    assert_eq!(shop.outbox.look_up(&shop.client, doubt).await.unwrap(), None);
    for resolution in [Resolution::NotProcessed, Resolution::Processed] {
        assert!(!shop.outbox.resolve(doubt, resolution).await.unwrap());
    }
    assert_eq!(shop.state(id).await, State::Doubtful);
    assert_eq!(shop.look_up(id).await, Some(Resolution::Processed));
    assert!(shop.outbox.resolve(shop.doubt(id).await, Resolution::Processed).await.unwrap());
}

#[tokio::test]
async fn a_refund_that_was_processed_is_rejected_when_it_is_sent_again() {
    let shop = Shop::new().await;
    shop.sandbox.fail_next("markOriginAsRefunded", Failure::DroppedAfterProcessing, 1);
    let call = json!({"operation": "markOriginAsRefunded", "path_arguments": ["1040"], "body": {"data": {}}});
    let id = shop.add(call).await;
    shop.send(id, State::Doubtful).await;
    assert!(shop.outbox.resolve(shop.doubt(id).await, Resolution::NotProcessed).await.unwrap());
    shop.send(id, State::Dead).await;
    let listed = shop.outbox.list(&Filter::state(State::Dead)).await.unwrap();
    assert!(listed[0].error.as_ref().unwrap().contains("Origin has already been refunded"), "{listed:?}");
}

/// The documentation contains a row for each operation that is not idempotent.
#[tokio::test]
async fn the_documentation_lists_all_operations_that_can_be_doubtful() {
    let description = include_str!("../../../spec/talkable.yaml");
    let ids = description.lines().filter_map(|line| line.trim().strip_prefix("operationId: "));
    let client = Client::builder().api_key("sesame-0123").site_slug("my-store").build().unwrap();
    let (mut operations, mut documented) = (0, 0);
    for id in ids {
        operations += 1;
        let call = client.call_by_id(id, [""; 0]).unwrap();
        let is_idempotent = call.request().retry_class() == RetryClass::Idempotent;
        let is_documented = include_str!("../../src/lib.rs").contains(&format!("\n//! | `{id}` | "));
        assert_eq!(is_documented, !is_idempotent, "{id}");
        documented += u32::from(is_documented);
    }
    assert_eq!((operations, documented), (44, 16));
}
