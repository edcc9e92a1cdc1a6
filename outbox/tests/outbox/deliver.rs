//! Delivery in one process: order, deduplication, retries, pauses.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use fake_server::{Reply, json, with_headers};
use talkable_api::StoredCall;
use talkable_outbox::{Doubt, Enqueued, Entry, Filter, Resolution, State, sqlx};

use crate::api::{self, success};
use crate::support::{Database, Running, client, eventually, purchase, refund, update, worker};

#[tokio::test]
async fn sends_the_entries_of_a_committed_transaction() {
    let (server, processed) = api::start_healthy();
    let database = Database::new().await;
    let mut transaction = database.pool.begin().await.unwrap();
    database.outbox.enqueue(&mut *transaction, &purchase("lost")).await.unwrap();
    transaction.rollback().await.unwrap();
    let id = database.add(&purchase("kept")).await;
    let running = Running::start(worker(&database.outbox, server.url()));
    database.wait_for(id, State::Done).await;
    running.stop().await;
    assert_eq!(processed.list(), ["create kept"]);
    let payload: Option<String> =
        sqlx::query_scalar("SELECT payload FROM talkable_outbox").fetch_one(&database.pool).await.unwrap();
    assert_eq!(payload, None);
}

#[tokio::test]
async fn enqueues_an_entry_once_until_it_is_purged() {
    let (server, processed) = api::start_healthy();
    let database = Database::new().await;
    let entry = purchase("1").dedup("purchase-1");
    let id = database.add(&entry).await;
    assert_eq!(database.enqueue(&entry).await, Enqueued::Duplicate);
    let running = Running::start(worker(&database.outbox, server.url()));
    database.wait_for(id, State::Done).await;
    assert_eq!(database.enqueue(&entry).await, Enqueued::Duplicate);
    assert_eq!(database.outbox.purge(Duration::from_hours(1), Duration::MAX).await.unwrap(), 0);
    assert_eq!(database.outbox.purge(Duration::ZERO, Duration::MAX).await.unwrap(), 1);
    let again = database.add(&entry).await;
    database.wait_for(again, State::Done).await;
    running.stop().await;
    assert_eq!(processed.list().len(), 2);
}

#[tokio::test]
async fn a_refund_waits_for_its_purchase() {
    // The first requests are rejected without being processed.
    let (server, processed) = api::start(|request, number, processed| {
        if number >= 8 {
            processed.add(request);
            return success();
        }
        with_headers(429, "", "")
    });
    let database = Database::new().await;
    for order in 0..20 {
        database.add_all(&[purchase(&order.to_string()), refund(&order.to_string())]).await;
    }
    let workers = [0, 1].map(|_| Running::start(worker(&database.outbox, server.url())));
    database.drained().await;
    for worker in workers {
        worker.stop().await;
    }
    let processed = processed.list();
    assert_eq!(processed.len(), 40);
    for order in 0..20 {
        let at = |call: String| processed.iter().position(|processed| *processed == call).unwrap();
        assert!(at(format!("create {order}")) < at(format!("refund {order}")));
    }
}

#[tokio::test]
async fn a_retry_after_delays_an_entry_without_counting_an_attempt() {
    let (server, processed) = api::start(|request, number, processed| {
        if number == 0 {
            return with_headers(429, "Retry-After: 3\r\n", "");
        }
        processed.add(request);
        success()
    });
    let database = Database::new().await;
    let id = database.add(&purchase("1")).await;
    let began = Instant::now();
    // The pause exceeds the cap of a call, so the entry returns to the outbox.
    let running = Running::start(worker(&database.outbox, server.url()).max_attempts(1));
    database.wait_for(id, State::Done).await;
    running.stop().await;
    assert!(began.elapsed() >= Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(processed.list(), ["create 1"]);
}

#[tokio::test]
async fn a_lost_response_makes_a_purchase_doubtful_and_repeats_an_update() {
    let (server, processed) = api::start(|request, number, processed| {
        processed.add(request);
        if number < 2 { Reply::close("") } else { success() }
    });
    let database = Database::new().await;
    let created = database.add(&purchase("1")).await;
    let running = Running::start(worker(&database.outbox, server.url()).concurrency(1));
    database.wait_for(created, State::Doubtful).await;
    let updated = database.add(&update("jane@example.com")).await;
    database.wait_for(updated, State::Done).await;
    assert_eq!(processed.list(), ["create 1", "update jane@example.com", "update jane@example.com"]);
    // Found out by an operator: the first request was not processed.
    assert!(!database.outbox.retry(created).await.unwrap());
    let doubt = database.listed(created).await.doubt.unwrap();
    assert!(database.outbox.resolve(doubt, Resolution::NotProcessed).await.unwrap());
    database.wait_for(created, State::Done).await;
    assert!(!database.outbox.resolve(doubt, Resolution::Processed).await.unwrap());
    running.stop().await;
}

#[tokio::test]
async fn a_dead_entry_lets_its_key_go_on_unless_it_holds_it() {
    let (server, processed) = api::start(|request, _, processed| {
        if request.line.contains("refund") {
            processed.add(request);
            return success();
        }
        json(400, r#"{"ok":false,"error_message":"jane@example.com is invalid"}"#)
    });
    let database = Database::new().await;
    let (dead, held) = (database.add(&purchase("1")).await, database.add(&purchase("2").hold_key()).await);
    let (free, waiting) = (database.add(&refund("1")).await, database.add(&refund("2")).await);
    let running = Running::start(worker(&database.outbox, server.url()));
    for id in [dead, held] {
        database.wait_for(id, State::Dead).await;
    }
    database.wait_for(free, State::Done).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(database.state(waiting).await, State::Ready);
    let stats = database.outbox.stats().await.unwrap();
    assert_eq!((stats.dead, stats.ready, stats.doubtful), (2, 1, 0));
    let listed = database.outbox.list(&Filter::state(State::Dead)).await.unwrap();
    assert!(!format!("{listed:?}").contains("jane"), "{listed:?}");
    // The entry that holds its key stays.
    assert_eq!(database.outbox.purge(Duration::ZERO, Duration::ZERO).await.unwrap(), 2);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(database.state(waiting).await, State::Ready);
    assert!(database.outbox.discard(held).await.unwrap());
    assert!(!database.outbox.discard(held).await.unwrap());
    database.wait_for(waiting, State::Done).await;
    assert_eq!(database.state(held).await, State::Discarded);
    assert_eq!(database.outbox.purge(Duration::ZERO, Duration::ZERO).await.unwrap(), 2);
    running.stop().await;
    assert_eq!(processed.list(), ["refund 1", "refund 2"]);
}

#[tokio::test]
async fn a_rejected_key_pauses_the_site_and_buries_nothing() {
    let (server, processed) = api::start(|request, number, processed| {
        if number < 6 {
            return json(401, r#"{"ok":false,"error_message":"no"}"#);
        }
        processed.add(request);
        success()
    });
    let database = Database::new().await;
    for order in 0..30 {
        database.add(&purchase(&order.to_string())).await;
    }
    let running = Running::start(
        worker(&database.outbox, server.url()).concurrency(4).max_attempts(3).key_pause(Duration::from_millis(200)),
    );
    database.paused("unauthorized").await;
    database.drained().await;
    running.stop().await;
    assert_eq!((processed.list().len(), database.outbox.stats().await.unwrap().dead), (30, 0));
}

/// The clock of the outbox advances only after a purchase has followed each refusal. Two refusals in a row would mean that
/// the key is wrong.
#[tokio::test]
async fn a_call_that_is_not_permitted_is_dead_in_the_end_and_delays_no_others() {
    let (server, processed) = api::start(|request, _, processed| {
        if request.line.contains("refund") {
            return json(403, "");
        }
        processed.add(request);
        success()
    });
    let (database, time) = Database::with_clock().await;
    let forbidden = database.add(&refund("0")).await;
    let worker = worker(&database.outbox, server.url()).poll(Duration::from_millis(50)).max_attempts(3);
    let running = Running::start(worker.key_pause(Duration::from_millis(200)));
    for refusals in 1..=4 {
        let is_refused = async || {
            let tries = "SELECT CAST(max(tries) AS BIGINT) FROM talkable_outbox";
            database.count(tries).await == refusals
        };
        eventually(is_refused, "the refund is refused").await;
        let purchase = database.add(&purchase(&refusals.to_string())).await;
        database.wait_for(purchase, State::Done).await;
        assert_eq!(database.outbox.stats().await.unwrap().pauses.len(), 0);
        time.fetch_add(5_000, Ordering::SeqCst);
    }
    database.wait_for(forbidden, State::Dead).await;
    running.stop().await;
    assert_eq!(processed.len(), 4);
    assert_eq!(server.requests().iter().filter(|request| request.line.contains("refund")).count(), 4);
}

#[tokio::test]
async fn an_outage_pauses_the_site_without_counting_an_attempt() {
    let began = Instant::now();
    let (server, processed) = api::start(move |request, _, processed| {
        if began.elapsed() < Duration::from_secs(6) {
            return json(503, "");
        }
        processed.add(request);
        success()
    });
    let database = Database::new().await;
    for person in 0..50 {
        database.add(&update(&format!("{person}@example.com"))).await;
    }
    let running = Running::start(worker(&database.outbox, server.url()).concurrency(4).max_attempts(6));
    database.drained().await;
    running.stop().await;
    assert_eq!((processed.list().len(), database.outbox.stats().await.unwrap().dead), (50, 0));
    assert!(server.requests().len() < 150, "{}", server.requests().len());
}

const PERSON: &str = r#"{"ok":true,"result":{"person":{"origins":[
    {"type":"Purchase","order_number":"1","created_at":"2026-01-02T03:04:05.000Z"},
    {"type":"Event","order_number":null,"created_at":"2026-01-02T03:04:05.000Z"}]}}}"#;

#[tokio::test]
async fn looks_up_whether_a_purchase_was_recorded() {
    let (server, _) = api::start(|request, _, _| {
        if request.line.contains("personal_data") {
            let headers = format!("Date: {}\r\nContent-Type: application/json\r\n", talkable_api::now().to_rfc2822());
            return with_headers(200, &headers, PERSON);
        }
        Reply::close("")
    });
    let database = Database::new().await;
    let [recorded, missing, refunded] = [purchase("1"), purchase("2"), refund("3")];
    let ids = database.add_all(&[recorded, missing, refunded]).await;
    let client = client(server.url());
    let running = Running::start(worker(&database.outbox, server.url()).outage_after(100));
    for id in &ids {
        database.wait_for(*id, State::Doubtful).await;
    }
    running.stop().await;
    let look_up = async |id| {
        let doubt = database.listed(id).await.doubt.unwrap();
        database.outbox.look_up(&client, doubt).await.unwrap()
    };
    for id in &ids {
        assert_eq!(look_up(*id).await, None, "the call failed just now");
    }
    let update =
        "UPDATE talkable_outbox SET sent = sent - 660000, sent_until = sent_until - 660000, changed = changed - 660000";
    sqlx::query(update).execute(&database.pool).await.unwrap();
    for (id, expected) in ids.iter().zip([Some(Resolution::Processed), Some(Resolution::NotProcessed), None]) {
        assert_eq!(look_up(*id).await, expected);
    }
}

#[tokio::test]
async fn erases_the_data_of_a_person() {
    let database = Database::new().await;
    let erased = database.add(&purchase("1").dedup("purchase-1")).await;
    let member = database.add(&update("joe@example.com").dedup("Jane@Example.com")).await;
    let kept = database.add(&update("joe@example.com").key("joe@example.com")).await;
    let result = database.outbox.erase("JANE@example.com").await.unwrap();
    assert_eq!((result.entries, result.unsent, result.batches, result.in_flight), (2, 2, 0, 0));
    assert_eq!(database.state(kept).await, State::Ready);
    for id in [erased, member] {
        assert_eq!(database.state(id).await, State::Discarded);
    }
    assert_eq!(database.enqueue(&purchase("1").dedup("purchase-1")).await, Enqueued::Duplicate);
    let listed = database.outbox.list(&Filter::default()).await.unwrap();
    assert!(!format!("{listed:?}").contains("jane@") && !format!("{listed:?}").contains("joe@"), "{listed:?}");
    let text = database.text_of_all_rows().await.to_lowercase();
    assert!(text.contains("joe@example.com") && !text.contains("jane@"), "{text}");
}

#[tokio::test]
async fn erasing_a_person_keeps_the_other_records_of_a_batch() {
    let (server, _) = api::start_healthy();
    let database = Database::new().await;
    let batch = |emails: &[&str]| {
        let record = |email: &&str| serde_json::json!({"email": email, "order_number": email.len().to_string()});
        let records: Vec<_> = emails.iter().map(record).collect();
        let call = serde_json::json!({
            "version": 1,
            "operation": "createBatchOfPurchases",
            "site_slug": "my-store",
            "body": serde_json::json!({"data": records}).to_string(),
        });
        Entry::from(serde_json::from_value::<StoredCall>(call).unwrap())
    };
    let trimmed = database
        .add(&batch(&["jane@example.com", "o'jane@example.com", "joe@example.com"]).key("Jane@example.com"))
        .await;
    let erased = database.add(&batch(&["jane@example.com"])).await;
    let result = database.outbox.erase("jane@example.com").await.unwrap();
    assert_eq!((result.entries, result.unsent, result.batches, result.in_flight), (1, 1, 1, 0));
    assert_eq!((database.state(trimmed).await, database.state(erased).await), (State::Ready, State::Discarded));
    assert_eq!(database.listed(trimmed).await.key, None);
    let running = Running::start(worker(&database.outbox, server.url()));
    database.drained().await;
    running.stop().await;
    let [request] = &server.requests()[..] else { panic!("one batch is sent") };
    assert!(!request.body.contains("\"jane@"), "{}", request.body);
    assert!(request.body.contains("o'jane@") && request.body.contains("joe@"), "{}", request.body);
}

#[tokio::test]
async fn of_two_transactions_with_the_same_deduplication_key_one_adds_an_entry() {
    let database = Arc::new(Database::new().await);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let database = Arc::clone(&database);
        tasks.spawn(async move { database.enqueue(&purchase("1").dedup("purchase-1")).await });
    }
    let results = tasks.join_all().await;
    assert_eq!(results.iter().filter(|result| **result != Enqueued::Duplicate).count(), 1);
    // Keys belong to a site.
    let mut other = purchase("1").dedup("purchase-1").to_json();
    other["call"]["site_slug"] = "my-outlet".into();
    let rows = sqlx::query(crate::backend::ENQUEUE).bind(format!("[{other}]")).fetch_all(&database.pool).await.unwrap();
    assert_eq!(rows.len(), 1);
}

#[tokio::test]
async fn an_operator_retries_and_resolves_entries() {
    let database = Database::new().await;
    let ids = database.add_all(&[purchase("1"), purchase("2")]).await;
    let (dead, doubtful) = (ids[0], ids[1]);
    for (id, state) in [(dead, "dead"), (doubtful, "doubtful")] {
        let update = "UPDATE talkable_outbox SET state = $2, blocks = 0, token = 7 WHERE id = $1";
        sqlx::query(update).bind(id).bind(state).execute(&database.pool).await.unwrap();
    }
    let outbox = &database.outbox;
    assert!(!outbox.retry(doubtful).await.unwrap());
    assert!(database.listed(dead).await.doubt.is_none());
    let doubt = |entry| Doubt { entry, token: 7 };
    assert!(!outbox.resolve(doubt(dead), Resolution::Processed).await.unwrap());
    assert!(outbox.retry(dead).await.unwrap());
    assert_eq!(database.listed(doubtful).await.doubt, Some(doubt(doubtful)));
    assert!(outbox.resolve(doubt(doubtful), Resolution::Processed).await.unwrap());
    assert_eq!((database.state(dead).await, database.state(doubtful).await), (State::Ready, State::Done));
}

#[tokio::test]
async fn the_age_of_an_entry_begins_when_it_may_be_sent() {
    let database = Database::new().await;
    let oldest = async || database.outbox.stats().await.unwrap().oldest;
    database.add(&purchase("1").not_before(4_000_000_000_000)).await;
    assert_eq!(oldest().await, None);
    let waiting = database.add(&purchase("2").not_before(0)).await;
    // A retry is due later, but the entry has waited since it was enqueued.
    let retry = "UPDATE talkable_outbox SET created = created - 60000, due = due + 3600000 WHERE id = $1";
    sqlx::query(retry).bind(waiting).execute(&database.pool).await.unwrap();
    let age = oldest().await.unwrap();
    assert!(age >= Duration::from_mins(1) && age < Duration::from_mins(2), "{age:?}");
}

/// During the outage, a purchase would be doubtful after each attempt.
#[tokio::test]
async fn an_outage_makes_no_further_purchase_doubtful() {
    let (server, processed) = api::start(|request, number, processed| {
        if number < 10 {
            return json(503, "");
        }
        processed.add(request);
        success()
    });
    let database = Database::new().await;
    let orders: Vec<_> = (0..20).map(|order| purchase(&order.to_string())).collect();
    database.add_all(&orders).await;
    let running = Running::start(worker(&database.outbox, server.url()).concurrency(2).outage_after(2));
    database.drained().await;
    running.stop().await;
    let stats = database.outbox.stats().await.unwrap();
    // The first ones show the outage.
    assert!((1..=4).contains(&stats.doubtful), "{stats:?}");
    assert_eq!(processed.list().len() + usize::try_from(stats.doubtful).unwrap(), 20);
}
