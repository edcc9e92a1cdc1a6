//! Bulk calls that send rows in chunks.

use std::time::Duration;

use fake_server::{Reply, Request, Server, json};
use talkable_api::Error;
use talkable_api::bulk::Bulk;

use super::{create_orders, numbers, order};
use crate::Connect as _;

/// Accepts every chunk except the one that begins with row 20.
async fn reply(request: Request) -> Reply {
    match numbers(&request.body)[0] {
        20 => json(500, "oops"),
        first => {
            tokio::time::sleep(Duration::from_millis(first % 7)).await;
            json(200, r#"{"ok":true}"#)
        }
    }
}

#[tokio::test]
async fn a_chunk_succeeds_or_fails_as_a_whole() {
    let server = Server::start(reply);
    let client = server.client();
    let mut chunks =
        Bulk::new((0..45).map(order)).concurrency(3).in_chunks(10, |orders| create_orders(&client, orders));
    for (first, rows) in [(0, 10), (10, 10), (20, 10), (30, 10), (40, 5)] {
        let chunk = chunks.next().await.unwrap();
        assert_eq!((chunk.index, chunk.input), (first, (first..first + rows).map(order).collect()));
        match chunk.result {
            Ok(()) => assert_ne!(first, 20),
            Err(Error::Api(error)) => assert_eq!((error.status(), first), (500, 20)),
            Err(error) => panic!("{error}"),
        }
        assert_eq!(chunks.progress().next, first + rows);
    }
    assert!(chunks.next().await.is_none());
    let progress = chunks.progress();
    assert_eq!((progress.failed, progress.in_flight, progress.total), (10, 0, Some(45)));
    // The server may have processed the failed chunk, so the client does not send it again.
    assert_eq!(server.requests().len(), 5);
}

#[tokio::test]
async fn chunks_start_at_any_row() {
    let server = Server::start(reply);
    let client = server.client();
    let bulk = Bulk::new((0..30).map(order)).start_at(11).concurrency(1);
    let mut chunks = bulk.in_chunks(4, |orders| create_orders(&client, orders));
    assert_eq!(chunks.next().await.map(|chunk| (chunk.index, chunk.input.len())), Some((11, 4)));
    chunks.stop();
    while chunks.next().await.is_some() {}
    let next = chunks.progress().next;
    let sent: Vec<_> = server.requests().iter().flat_map(|seen| numbers(&seen.body)).collect();
    assert_eq!(sent, (11..next).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_chunk_size_of_zero_means_one() {
    let server = Server::start(reply);
    let client = server.client();
    let mut chunks = Bulk::new((0..3).map(order)).in_chunks(0, |orders| create_orders(&client, orders));
    for first in 0..3 {
        assert_eq!(chunks.next().await.map(|chunk| (chunk.index, chunk.input.len())), Some((first, 1)));
    }
    assert!(chunks.next().await.is_none());
}
