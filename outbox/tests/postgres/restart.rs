//! The server crashes while workers use it.

use std::time::Duration;

use talkable_outbox::State;

use crate::api;
use crate::backend;
use crate::server::Server;
use crate::support::{Database, Running, eventually, purchase, refund, worker};

#[tokio::test]
async fn workers_continue_after_a_crash_of_the_server() {
    let server = Server::start();
    server.ready().await;
    let (api, processed) = api::start_healthy();
    let database = Database::open(&backend::create_in(&server).await).await;
    database.outbox.migrate().await.unwrap();
    for order in 0..300 {
        database.add_all(&[purchase(&order.to_string()), refund(&order.to_string())]).await;
    }
    let worker = || worker(&database.outbox, api.url()).lease(Duration::from_secs(4));
    let workers = [0, 1].map(|_| Running::start(worker()));
    for calls in [50, 250] {
        eventually(async || processed.list().len() >= calls, "calls are sent").await;
        server.stop();
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.start_again();
        server.ready().await;
    }
    database.drained().await;
    for worker in workers {
        worker.stop().await;
    }
    let calls = processed.list();
    assert_eq!(processed.twice(), [""; 0]);
    let mut doubtful = 0;
    for order in 0..300 {
        let at = |call: &str| calls.iter().position(|other| *other == format!("{call} {order}"));
        match (at("create"), at("refund")) {
            (Some(create), Some(refund)) => assert!(create < refund, "{order}"),
            _ => doubtful += 1,
        }
    }
    let stats = database.outbox.stats().await.unwrap();
    assert_eq!(stats.dead, 0);
    assert!(stats.doubtful >= doubtful && stats.doubtful <= 64, "{stats:?}");
    assert_eq!(database.state(1).await, State::Done);
}
