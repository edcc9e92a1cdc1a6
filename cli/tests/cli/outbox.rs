//! The commands of the outbox.

use talkable_api::Client;
use talkable_outbox::sqlx::SqlitePool;
use talkable_outbox::sqlx::sqlite::SqliteConnectOptions;
use talkable_outbox::{Entry, Outbox};

use crate::support::{Environment, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_listed_sent_and_retried() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("shop.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let pool = SqlitePool::connect_with(options).await.expect("the database can be created");
    let outbox = Outbox::sqlite(pool.clone());
    outbox.migrate().await.expect("the tables can be created");
    let client =
        Client::builder().api_key(sandbox.api_key().to_owned()).site_slug(sandbox.site_slug()).base_url(sandbox.url());
    let client = client.build().expect("valid settings");
    for person in ["guest@example.com", "nobody"] {
        let call = client.call_by_id("unsubscribePerson", [person]).expect("an operation");
        let mut connection = pool.acquire().await.expect("a connection");
        outbox.enqueue(&mut *connection, &Entry::new(&call).expect("an entry")).await.expect("the entry can be added");
    }
    let mut environment = Environment::of(&sandbox);
    environment.set("TALKABLE_OUTBOX_URL", &format!("sqlite:{}", path.display()));
    assert_eq!(environment.run("talkable outbox stats --jq .ready").await.succeeded(), "2\n");
    environment.run("talkable outbox work --until-idle").await.succeeded();
    let dead = environment.run("talkable outbox list --state dead --jq '.[].id'").await.succeeded();
    assert_eq!(dead, "2\n");
    let run = environment.run("talkable outbox retry 2 1 --jq '.[].result'").await;
    assert_eq!((run.exit, run.output.as_str()), (1, "changed\nnot a dead entry with a payload\n"));
    let run = environment.run("talkable outbox resolve 2-1 --as processed").await;
    assert_eq!(run.exit, 1);
    let run = environment.run("talkable outbox discard 2 --output csv --columns nope").await;
    assert!(run.exit == 2 && run.errors.contains("the fields are id, result"), "{}", run.errors);
    let run = environment.run("talkable outbox discard 2 --jq '.[].result'").await;
    assert_eq!((run.exit, run.output.as_str()), (1, "neither dead nor doubtful\n"));
    let run = environment.run("talkable outbox stats --database postgres://u:secret@h/d").await;
    assert!(run.exit == 2 && !run.errors.contains("secret"), "{}", run.errors);
}
