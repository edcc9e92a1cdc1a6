//! Webhooks are stored once, and their effects are applied once.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;
use talkable_api::webhook::testing::WebhookBuilder;
use talkable_api::webhook::{CheckUnsubscribeEvent, Event, FromPayload as _, RewardEvent, Verifier};
use talkable_outbox::{Error, sqlx};

use crate::backend;
use crate::child::{Process, test};
use crate::support::{Database, eventually, purchase};

const DATABASE: &str = "OUTBOX_TEST_INBOX";

fn verifier() -> Verifier {
    Verifier::new("the-security-key").unwrap()
}

/// Sends the same webhooks to several handlers at the same time.
async fn deliver(database: &Database, webhooks: i64, copies: usize) {
    let handlers = database.outbox.inbox().handlers(verifier());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..copies {
        let handlers = handlers.clone();
        tasks.spawn(async move {
            for id in 0..webhooks {
                let webhook = WebhookBuilder::sample::<RewardEvent>().set("/reward/id", id).form("the-security-key");
                let reply = handlers.handle(Some(webhook.content_type), &webhook.body).await;
                assert_eq!(reply.status(), 200);
            }
        });
    }
    while let Some(result) = tasks.join_next().await {
        result.unwrap();
    }
}

/// Records the rewards in a table without a unique key.
async fn receive(database: &Database, retry: Duration) {
    let mut receiver = database.outbox.inbox().receiver().retry_after(retry);
    loop {
        let mut received = receiver.next().await;
        let payload: Value = serde_json::from_str(received.payload()).unwrap();
        let id = payload["reward"]["id"].as_i64().unwrap();
        let connection = match backend::connection(&mut received).await {
            // Another process was faster.
            Err(Error::ReceivedAgain) => continue,
            connection => connection.unwrap(),
        };
        sqlx::query("INSERT INTO effects VALUES ($1)").bind(id).execute(connection).await.unwrap();
        received.done().await.unwrap();
    }
}

/// The work of the child process.
#[tokio::test]
async fn records_rewards() {
    let Ok(location) = std::env::var(DATABASE) else { return };
    receive(&Database::open(&location).await, Duration::from_secs(1)).await;
}

/// Delivers 150 webhooks, or `OUTBOX_TEST_WEBHOOKS`, three times each, and kills five processes.
#[tokio::test]
async fn effects_equal_distinct_webhooks_after_kills() {
    let setting = std::env::var("OUTBOX_TEST_WEBHOOKS").ok().and_then(|count| count.parse().ok());
    let webhooks: i64 = setting.unwrap_or(150);
    let database = Database::new().await;
    sqlx::query("CREATE TABLE effects (reward BIGINT)").execute(&database.pool).await.unwrap();
    let start = |fail_point: &str| {
        let mut command = test(concat!(module_path!(), "::records_rewards").split_once("::").unwrap().1);
        command.env(DATABASE, &database.location).env("TALKABLE_OUTBOX_FAIL_POINT", fail_point);
        Process::start(&mut command)
    };
    let mut killed = [5, 10, 15, 20, 25].map(|count| start(&format!("handled:KILL:{count}")));
    deliver(&database, webhooks, 3).await;
    for process in &mut killed {
        process.killed().await;
    }
    let processes = [start(""), start("")];
    let count =
        async || -> i64 { sqlx::query_scalar("SELECT count(*) FROM effects").fetch_one(&database.pool).await.unwrap() };
    eventually(async || count().await >= webhooks, "all effects are applied").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    drop(processes);
    let distinct: i64 =
        sqlx::query_scalar("SELECT count(DISTINCT reward) FROM effects").fetch_one(&database.pool).await.unwrap();
    assert_eq!((count().await, distinct), (webhooks, webhooks));
    let payloads: i64 =
        sqlx::query_scalar("SELECT count(payload) FROM talkable_inbox").fetch_one(&database.pool).await.unwrap();
    assert_eq!(payloads, 0);
    // A copy that arrives late has no effect.
    deliver(&database, webhooks, 1).await;
    assert!(database.outbox.inbox().receiver().try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_webhook_that_always_fails_is_dead_until_an_operator_retries_it() {
    let (database, time) = Database::with_clock().await;
    deliver(&database, 1, 1).await;
    let mut receiver = database.outbox.inbox().receiver();
    for attempt in 1..=10 {
        let mut received = None;
        // The transaction of a dropped attempt is rolled back in the background.
        let next = async || {
            received = receiver.try_next().await.unwrap();
            received.is_some()
        };
        eventually(next, "the webhook is received again").await;
        let received = received.unwrap();
        assert_eq!(received.attempts(), attempt);
        // Every second attempt crashes.
        if attempt % 2 == 0 {
            received.failed("jane@example.com is unknown").await.unwrap();
        } else {
            drop(received);
        }
        assert!(receiver.try_next().await.unwrap().is_none(), "the next attempt follows after a pause");
        time.fetch_add(3_600_000, Ordering::SeqCst);
    }
    assert!(receiver.try_next().await.unwrap().is_none());
    let query = sqlx::query_as("SELECT state, error FROM talkable_inbox");
    let (state, error): (String, String) = query.fetch_one(&database.pool).await.unwrap();
    assert_eq!((state.as_str(), error.as_str()), ("dead", "j***@*** is unknown"));

    let inbox = database.outbox.inbox();
    let stats = database.outbox.stats().await.unwrap();
    assert_eq!((stats.dead_webhooks, stats.ready_webhooks), (1, 0));
    let dead = inbox.dead(0, 10).await.unwrap();
    let [webhook] = &dead[..] else { panic!("{dead:?}") };
    assert_eq!(webhook.kind.as_deref(), Some("reward_web_hook"));
    assert_eq!(webhook.error.as_deref(), Some("j***@*** is unknown"));
    assert_eq!(inbox.dead(webhook.id, 10).await.unwrap().len(), 0);
    assert!(inbox.retry(webhook.id).await.unwrap());
    assert!(!inbox.retry(webhook.id).await.unwrap());
    let received = receiver.try_next().await.unwrap().unwrap();
    assert_eq!(received.attempts(), 1);
    received.done().await.unwrap();
    let stats = database.outbox.stats().await.unwrap();
    assert_eq!((stats.dead_webhooks, stats.ready_webhooks, stats.oldest_webhook), (0, 0, None));
}

#[tokio::test]
async fn a_webhook_that_does_not_decode_is_stored() {
    let database = Database::new().await;
    let webhook = WebhookBuilder::sample::<RewardEvent>().set("/reward", "a mug").form("the-security-key");
    assert!(verifier().verify::<Event>(Some(webhook.content_type), &webhook.body).is_err());
    let handlers = database.outbox.inbox().handlers(verifier());
    assert_eq!(handlers.handle(Some(webhook.content_type), &webhook.body).await.status(), 200);
    let received = database.outbox.inbox().receiver().try_next().await.unwrap().unwrap();
    assert!(Event::from_payload(received.kind(), received.payload()).is_err());
    let payload: Value = serde_json::from_str(received.payload()).unwrap();
    assert_eq!((received.kind(), &payload["reward"]), (Some("reward_web_hook"), &"a mug".into()));
}

#[tokio::test]
async fn a_handler_blocks_no_writers_before_its_first_statement() {
    let database = Database::new().await;
    deliver(&database, 1, 1).await;
    let received = database.outbox.inbox().receiver().try_next().await.unwrap().unwrap();
    let entry = purchase("1");
    let write = database.add(&entry);
    tokio::time::timeout(Duration::from_secs(10), write).await.unwrap();
    received.done().await.unwrap();
    assert_eq!(database.outbox.stats().await.unwrap().ready_webhooks, 0);
}

#[tokio::test]
async fn only_the_last_attempt_has_an_effect() {
    let (database, time) = Database::with_clock().await;
    deliver(&database, 1, 1).await;
    let mut receiver = database.outbox.inbox().receiver();
    let mut attempts = Vec::new();
    for _ in 0..3 {
        attempts.push(receiver.try_next().await.unwrap().unwrap());
        time.fetch_add(31_000, Ordering::SeqCst);
    }
    let (last, second, mut first) = (attempts.pop().unwrap(), attempts.pop().unwrap(), attempts.pop().unwrap());
    assert!(matches!(backend::connection(&mut first).await, Err(Error::ReceivedAgain)));
    assert!(matches!(first.done().await, Err(Error::ReceivedAgain)));
    second.failed("too slow").await.unwrap();
    last.done().await.unwrap();
    let query = sqlx::query_as("SELECT state, error FROM talkable_inbox");
    let row: (String, Option<String>) = query.fetch_one(&database.pool).await.unwrap();
    assert_eq!(row, ("done".to_owned(), None));
}

#[tokio::test]
async fn erases_webhooks_that_contain_an_address() {
    let database = Database::new().await;
    let handlers = database.outbox.inbox().handlers(verifier());
    for (id, link) in [(1, "https://example.com/by/Zoe%40Example.com"), (2, "https://example.com/by/joe%40example.com")]
    {
        let webhook =
            WebhookBuilder::sample::<RewardEvent>().set("/reward/id", id).set("/person/email", "joe@example.com");
        let webhook = webhook.set("/link", link).form("the-security-key");
        assert_eq!(handlers.handle(Some(webhook.content_type), &webhook.body).await.status(), 200);
    }
    assert_eq!(database.outbox.erase("zoe@example.com").await.unwrap().webhooks, 1);
    let left: Vec<String> = sqlx::query_scalar("SELECT payload FROM talkable_inbox WHERE payload IS NOT NULL")
        .fetch_all(&database.pool)
        .await
        .unwrap();
    assert!(left.len() == 1 && left[0].contains("joe%40example.com"), "{left:?}");
    assert_eq!(database.outbox.stats().await.unwrap().ready_webhooks, 1);
}

#[tokio::test]
async fn a_webhook_that_needs_an_answer_is_not_stored() {
    let database = Database::new().await;
    let handlers = database.outbox.inbox().handlers(verifier());
    let webhook = WebhookBuilder::sample::<CheckUnsubscribeEvent>().json("the-security-key");
    let reply = handlers.handle(Some(webhook.content_type), &webhook.body).await;
    assert_eq!(reply.status(), 501);
    let forged = WebhookBuilder::sample::<RewardEvent>().json("another-key");
    assert_eq!(handlers.handle(Some(forged.content_type), &forged.body).await.status(), 401);
    assert!(database.outbox.inbox().receiver().try_next().await.unwrap().is_none());
}
