//! Looks up doubtful calls in the sandbox, for each operation that is not idempotent.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use talkable_api::types::NewPurchase;
use talkable_api::{Client, Decimal, RetryClass, StoredCall};
use talkable_outbox::{Entry, EntryId, Filter, Outbox, Resolution, State, Worker, sqlx};
use talkable_sandbox::{Failure, Sandbox};
use tokio::sync::oneshot;

/// A sandbox, and an outbox in a temporary file.
struct Shop {
    sandbox: Sandbox,
    client: Client,
    outbox: Outbox,
    pool: SqlitePool,
    folder: PathBuf,
}

impl Shop {
    /// The clock of the outbox can differ from that of the sandbox.
    async fn new(clock_offset: i64) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let sandbox = Sandbox::start().await.unwrap();
        let client = sandbox.client().unwrap();
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let folder = std::env::temp_dir().join(format!("talkable-look-up-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let options = SqliteConnectOptions::new().filename(folder.join("shop.db")).create_if_missing(true);
        let pool = SqlitePool::connect_with(options).await.unwrap();
        let clock = move || talkable_api::now().timestamp_millis() + clock_offset;
        let outbox = Outbox::sqlite(pool.clone()).clock(Arc::new(clock));
        outbox.migrate().await.unwrap();
        Self { sandbox, client, outbox, pool, folder }
    }

    /// Creates a purchase, and returns the code of its offer.
    async fn offer(&self) -> String {
        let purchase = NewPurchase::new("jane@example.com", "2000", Decimal::TEN);
        let created = self.client.origins().create_purchase(&purchase).await.unwrap();
        created.offer.unwrap().short_url_code
    }

    async fn add(&self, mut call: Value) -> EntryId {
        call["version"] = 1.into();
        call["site_slug"] = self.sandbox.site_slug().into();
        if let Some(body) = call.get("body").map(Value::to_string) {
            call["body"] = body.into();
        }
        let entry = Entry::from(serde_json::from_value::<StoredCall>(call).unwrap());
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let ids = self.outbox.enqueue_all(&mut *transaction, &[entry]).await.unwrap();
        transaction.commit().await.unwrap();
        ids[0]
    }

    /// Runs a worker until an entry has a state.
    async fn send(&self, id: EntryId, state: State) {
        let (stop, stopped) = oneshot::channel::<()>();
        let worker = Worker::new(self.outbox.clone(), self.client.clone());
        let running = tokio::spawn(worker.run(async move { stopped.await.unwrap_or_default() }));
        eventually(async || self.state(id).await == state, &format!("the entry is {state:?}")).await;
        drop(stop);
        running.await.unwrap();
    }

    async fn state(&self, id: EntryId) -> State {
        let listed = self.outbox.list(&Filter::default().after(id - 1).limit(1)).await.unwrap();
        listed[0].state.unwrap()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn eventually(mut condition: impl AsyncFnMut() -> bool, what: &str) {
    let began = Instant::now();
    while !condition().await {
        assert!(began.elapsed() < Duration::from_secs(30), "within 30 seconds: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

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
    assert_eq!(shop.outbox.look_up(&shop.client, id).await.unwrap(), None, "{operation} is not doubtful yet");
    shop.send(id, State::Doubtful).await;
    // The sandbox processes batches with a delay.
    let looked_up = async || shop.outbox.look_up(&shop.client, id).await.unwrap() == Some(expected);
    eventually(looked_up, &format!("{operation} is {expected:?}")).await;
    assert!(shop.outbox.resolve(id, expected).await.unwrap());
    if expected == Resolution::NotProcessed {
        assert_eq!(shop.state(id).await, State::Ready, "{operation}");
        shop.send(id, State::Done).await;
    }
    assert_eq!(shop.state(id).await, State::Done, "{operation}");
}

#[tokio::test]
async fn a_processed_call_is_recognized() {
    for index in 0..calls("").len() {
        let shop = Shop::new(0).await;
        let call = calls(&shop.offer().await).swap_remove(index);
        check(&shop, call, Failure::DroppedAfterProcessing, Resolution::Processed).await;
    }
}

#[tokio::test]
async fn a_call_that_was_not_processed_is_sent_again() {
    for index in 0..calls("").len() {
        let shop = Shop::new(0).await;
        let call = calls(&shop.offer().await).swap_remove(index);
        check(&shop, call, Failure::Dropped, Resolution::NotProcessed).await;
    }
}

#[tokio::test]
async fn an_anonymized_person_is_not_found() {
    let failures =
        [(Failure::DroppedAfterProcessing, Resolution::Processed), (Failure::Dropped, Resolution::NotProcessed)];
    for (failure, expected) in failures {
        // The person was created a minute before the call.
        let shop = Shop::new(60_000).await;
        let call = json!({"operation": "anonymizePerson", "path_arguments": ["guest@example.com"]});
        check(&shop, call, failure, expected).await;
    }
}

#[tokio::test]
async fn a_person_that_was_created_later_does_not_hide_that_the_first_was_anonymized() {
    let shop = Shop::new(-60_000).await;
    let id = shop.add(json!({"operation": "anonymizePerson", "path_arguments": ["guest@example.com"]})).await;
    shop.sandbox.fail_next("anonymizePerson", Failure::DroppedAfterProcessing, 1);
    shop.send(id, State::Doubtful).await;
    shop.client.people().update("guest@example.com", &talkable_api::types::PersonUpdate::new()).await.unwrap();
    assert_eq!(shop.outbox.look_up(&shop.client, id).await.unwrap(), Some(Resolution::Processed));
}

#[tokio::test]
async fn two_similar_actions_at_the_same_time_stay_doubtful() {
    let shop = Shop::new(0).await;
    let call = json!({
        "operation": "createCollectAction", "path_arguments": ["jane@example.com"], "body": {"data": {"type": "review"}},
    });
    let first = shop.add(call.clone()).await;
    shop.send(first, State::Done).await;
    shop.sandbox.fail_next("createCollectAction", Failure::DroppedAfterProcessing, 1);
    let second = shop.add(call).await;
    shop.send(second, State::Doubtful).await;
    assert_eq!(shop.outbox.look_up(&shop.client, second).await.unwrap(), None);
}

#[tokio::test]
async fn calls_that_no_read_shows_stay_doubtful() {
    let shop = Shop::new(0).await;
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
        assert_eq!(shop.outbox.look_up(&shop.client, id).await.unwrap(), None, "{operation}");
    }
}

#[tokio::test]
async fn a_refund_that_was_processed_is_rejected_when_it_is_sent_again() {
    let shop = Shop::new(0).await;
    shop.sandbox.fail_next("markOriginAsRefunded", Failure::DroppedAfterProcessing, 1);
    let call = json!({"operation": "markOriginAsRefunded", "path_arguments": ["1040"], "body": {"data": {}}});
    let id = shop.add(call).await;
    shop.send(id, State::Doubtful).await;
    assert!(shop.outbox.resolve(id, Resolution::NotProcessed).await.unwrap());
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
