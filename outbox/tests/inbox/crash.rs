//! Processes that receive webhooks are killed between storing a webhook and the reply, and while they process it.

use std::time::Duration;

use serde_json::Value;
use talkable_api::webhook::testing::WebhookBuilder;
use talkable_api::webhook::{RewardEvent, Verifier};
use talkable_outbox::sqlx;

use crate::backend;
use crate::child::{Process, test};
use crate::support::{Database, eventually};

const DATABASE: &str = "OUTBOX_TEST_INBOX_CRASH";
const FAIL_POINT: &str = "TALKABLE_OUTBOX_FAIL_POINT";

/// The id of the reward whose webhook crashes the process.
const POISON: i64 = 13;

fn start(database: &Database, name: &str, fail_point: &str) -> Process {
    let module = module_path!().split_once("::").unwrap().1;
    let mut command = test(&format!("{module}::{name}"));
    Process::start(command.env(DATABASE, &database.location).env(FAIL_POINT, fail_point))
}

async fn open() -> Option<Database> {
    Some(Database::open(&std::env::var(DATABASE).ok()?).await)
}

async fn create() -> Database {
    let database = Database::new().await;
    sqlx::query("CREATE TABLE effects (reward BIGINT)").execute(&database.pool).await.unwrap();
    database
}

async fn effects(database: &Database) -> Vec<i64> {
    sqlx::query_scalar("SELECT reward FROM effects ORDER BY reward").fetch_all(&database.pool).await.unwrap()
}

/// Delivers the webhook of a reward, and returns the status of the reply.
async fn deliver(database: &Database, reward: i64) -> u16 {
    let handlers = database.outbox.inbox().handlers(Verifier::new("the-security-key").unwrap());
    let webhook = WebhookBuilder::sample::<RewardEvent>().set("/reward/id", reward).form("the-security-key");
    handlers.handle(Some(webhook.content_type), &webhook.body).await.status()
}

/// A process that serves webhooks.
#[tokio::test]
async fn stores_a_webhook() {
    let Some(database) = open().await else { return };
    deliver(&database, 1).await;
}

/// A process that applies webhooks. The effect of a poisonous one kills it before the commit.
#[tokio::test]
async fn applies_webhooks() {
    let Some(database) = open().await else { return };
    let mut receiver = database.outbox.inbox().receiver().retry_after(Duration::from_millis(100));
    loop {
        let mut received = receiver.next().await;
        let payload: Value = serde_json::from_str(received.payload()).unwrap();
        let reward = payload["reward"]["id"].as_i64().unwrap();
        let effect = sqlx::query("INSERT INTO effects VALUES ($1)").bind(reward);
        effect.execute(backend::connection(&mut received).await.unwrap()).await.unwrap();
        if reward == POISON {
            crate::child::signal_self("-KILL");
        }
        received.done().await.unwrap();
    }
}

#[tokio::test]
async fn a_webhook_is_stored_once_if_the_reply_was_lost() {
    let database = create().await;
    start(&database, "stores_a_webhook", "stored:KILL:1").killed().await;
    assert_eq!(database.outbox.stats().await.unwrap().ready_webhooks, 1);
    // It got no reply, so it is sent again.
    assert_eq!(deliver(&database, 1).await, 200);
    let _process = start(&database, "applies_webhooks", "");
    eventually(async || effects(&database).await == [1], "the effect is applied").await;
    assert_eq!(deliver(&database, 1).await, 200);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(effects(&database).await, [1]);
}

#[tokio::test]
async fn a_webhook_that_kills_its_process_is_dead_in_the_end_and_delays_no_others() {
    let database = create().await;
    for reward in [1, POISON, 20] {
        assert_eq!(deliver(&database, reward).await, 200);
    }
    let mut kills = 0;
    let mut process = start(&database, "applies_webhooks", "");
    while database.outbox.stats().await.unwrap().dead_webhooks == 0 {
        if process.has_ended() {
            // Then the webhook is due, and the process receives it at once.
            tokio::time::sleep(Duration::from_millis(120)).await;
            process = start(&database, "applies_webhooks", "");
            kills += 1;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(kills, 10);
    assert_eq!(deliver(&database, 21).await, 200);
    eventually(async || effects(&database).await == [1, 20, 21], "the other effects are applied").await;
}

#[tokio::test]
async fn a_webhook_is_received_again_after_a_panic() {
    let database = create().await;
    assert_eq!(deliver(&database, 1).await, 200);
    let inbox = database.outbox.inbox();
    for is_last in [false, true] {
        let mut receiver = inbox.receiver().retry_after(Duration::from_millis(100));
        let task = tokio::spawn(async move {
            let mut received = receiver.next().await;
            let effect = sqlx::query("INSERT INTO effects VALUES (1)");
            effect.execute(backend::connection(&mut received).await.unwrap()).await.unwrap();
            assert!(is_last, "a defect of the handler");
            received.done().await.unwrap();
        });
        assert_eq!(task.await.is_ok(), is_last);
    }
    assert_eq!(effects(&database).await, [1]);
}
