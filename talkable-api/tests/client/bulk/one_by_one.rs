//! Bulk calls that send rows one by one.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use fake_server::{Reply, Request, Server, json};
use futures_core::Stream;
use talkable_api::bulk::{Bulk, Outcome, Progress};
use talkable_api::{ApiErrorKind, Call, Error, InvalidError, Verdict};

use super::{Created, Order, create_order, numbers, order};
use crate::Connect as _;

/// Rejects order numbers that are multiples of 10. The delay varies, so that responses arrive out of order.
async fn reply(request: Request) -> Reply {
    assert_eq!(request.line, "POST /api/v2/rows?site_slug=my-store");
    let number = numbers(&request.body)[0];
    tokio::time::sleep(Duration::from_millis(8 - number % 8)).await;
    match number % 10 {
        0 => json(422, &format!(r#"{{"ok":false,"error_message":"Validation failed: {number}"}}"#)),
        _ => json(201, &format!(r#"{{"ok":true,"result":{{"id":{}}}}}"#, number + 1_000)),
    }
}

fn check(row: &Outcome<Order, Created>, number: u64) {
    assert_eq!((row.index, &row.input), (number, &order(number)));
    match &row.result {
        Ok(created) => assert_eq!(created.id, number + 1_000),
        Err(Error::Api(error)) => {
            assert_eq!((error.kind(), number % 10), (ApiErrorKind::Unprocessable, 0));
            assert_eq!(error.message(), format!("Validation failed: {number}"));
        }
        Err(error) => panic!("{error}"),
    }
}

fn shown(progress: Progress) -> (u64, u64, u64, Option<u64>) {
    (progress.next, progress.failed, progress.in_flight, progress.total)
}

#[tokio::test]
async fn yields_the_rows_of_the_source_in_order() {
    let server = Server::start(reply);
    let client = server.client();
    let mut rows = Bulk::new((0..100).map(order)).concurrency(8).one_by_one(|order| create_order(&client, order));
    assert_eq!(shown(rows.progress()), (0, 0, 0, Some(100)));
    assert!(server.requests().is_empty());
    for number in 0..100 {
        check(&rows.next().await.unwrap(), number);
        assert_eq!(rows.progress().next, number + 1);
        assert!(rows.progress().in_flight < 32);
    }
    assert!(rows.next().await.is_none());
    assert_eq!(shown(rows.progress()), (100, 10, 0, Some(100)));
    let sent: Vec<_> = server.requests().iter().map(|seen| numbers(&seen.body)[0]).collect();
    assert_eq!((sent.len(), sent.iter().collect::<BTreeSet<_>>().len()), (100, 100));
}

#[tokio::test]
async fn a_second_run_continues_where_the_first_stopped() {
    let server = Server::start(reply);
    let client = server.client();
    let bulk = || Bulk::new((0..100).map(order)).concurrency(4);
    let mut rows = bulk().one_by_one(|order| create_order(&client, order));
    for number in 0..30 {
        check(&rows.next().await.unwrap(), number);
    }
    rows.stop();
    let mut next = 30;
    while let Some(row) = rows.next().await {
        check(&row, next);
        next += 1;
    }
    assert_eq!(shown(rows.progress()), (next, next.div_ceil(10), 0, Some(100)));
    assert!(next > 30 && next <= 30 + 16, "{next}");
    assert_eq!(server.requests().len() as u64, next);

    let mut rows = bulk().start_at(next).one_by_one(|order| create_order(&client, order));
    while let Some(row) = rows.next().await {
        check(&row, next);
        next += 1;
    }
    assert_eq!((next, server.requests().len()), (100, 100));
    assert_eq!(shown(rows.progress()).0, 100);
}

#[tokio::test]
async fn dropping_the_stream_cancels_its_calls() {
    let server = Server::start(reply);
    let client = server.client();
    let mut rows = Bulk::new((0..10_000).map(order)).concurrency(4).one_by_one(|order| create_order(&client, order));
    for number in 0..10 {
        check(&rows.next().await.unwrap(), number);
    }
    drop(rows);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let sent = server.requests().len();
    assert!((10..=26).contains(&sent), "{sent}");
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(server.requests().len(), sent);
    assert_eq!(create_order(&client, &order(7)).await.unwrap().id, 1_007);
}

#[tokio::test]
async fn no_row_is_lost_after_a_429() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |request| {
        let is_refused = (10..14).contains(&count.fetch_add(1, Ordering::Relaxed));
        async move { if is_refused { json(429, "") } else { reply(request).await } }
    });
    let client = server.client();
    let mut rows = Bulk::new((0..60).map(order)).concurrency(8).one_by_one(|order| create_order(&client, order));
    for number in 0..60 {
        check(&rows.next().await.unwrap(), number);
    }
    assert!(rows.next().await.is_none());
    assert_eq!((rows.progress().failed, server.requests().len()), (6, 64));
}

#[tokio::test]
async fn the_closure_can_set_limits() {
    let server = Server::script([json(429, "")]);
    let client = server.client();
    let deadline = Duration::from_millis(50);
    let mut rows = Bulk::new((0..4).map(order)).one_by_one(|order| create_order(&client, order).deadline(deadline));
    for index in 0..4 {
        let row = rows.next().await.unwrap();
        assert_eq!((row.index, row.input), (index, order(index)));
        assert!(row.result.is_err_and(|error| matches!(error, Error::Throttled(_))));
    }
}

#[tokio::test]
async fn rows_can_be_borrowed() {
    let server = Server::start(reply);
    let (client, orders) = (server.client(), (0..5).map(order).collect::<Vec<_>>());
    let numbers: Vec<_> = orders.iter().map(|order| order.number).collect();
    let mut rows = Bulk::new(&numbers).one_by_one(|number| create_order(&client, &order(**number)));
    for number in &numbers {
        assert_eq!(rows.next().await.map(|row| *row.input), Some(*number));
    }
}

/// A stream that is pending before every row, like a database cursor.
struct Cursor(std::ops::Range<u64>, bool);

impl Stream for Cursor {
    type Item = Order;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Order>> {
        self.1 = !self.1;
        if self.1 {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.0.next().map(order))
    }
}

#[tokio::test]
async fn rows_can_come_from_a_stream_and_outcomes_are_a_stream() {
    let server = Server::start(reply);
    let client = server.client();
    let rows = Bulk::from_stream(Cursor(0..40, false)).start_at(5).one_by_one(|order| create_order(&client, order));
    let mut rows: Pin<Box<dyn Stream<Item = Outcome<Order, Created>> + Send>> = Box::pin(rows);
    for number in 5..40 {
        check(&std::future::poll_fn(|context| rows.as_mut().poll_next(context)).await.unwrap(), number);
    }
    assert!(std::future::poll_fn(|context| rows.as_mut().poll_next(context)).await.is_none());
}

#[tokio::test]
async fn nothing_is_sent_without_rows() {
    let server = Server::start(reply);
    let client = server.client();
    let bulk = || Bulk::new((0..3).map(order)).concurrency(0);
    assert!(bulk().start_at(3).one_by_one(|order| create_order(&client, order)).next().await.is_none());
    assert!(server.requests().is_empty());
    assert!(format!("{:?}", bulk().one_by_one(|order| create_order(&client, order))).contains("total: Some(3)"));
}

#[tokio::test]
async fn the_last_error_of_an_outage_is_accessible() {
    let server = Server::script([json(503, "")]);
    let client = server.client();
    let mut rows = Bulk::new([order(0)]).one_by_one(|order| create_order(&client, order).attempts(1));
    assert!(rows.outage_error().is_none());
    tokio::time::timeout(Duration::from_millis(500), rows.next()).await.unwrap_err();
    assert_eq!(rows.outage_error().unwrap().status(), Some(503));
    assert!(rows.progress().outage.is_some() && rows.progress().failed == 0);
}

#[tokio::test]
async fn an_outage_of_ten_seconds_fails_no_row() {
    let (start, processed) = (Instant::now(), Arc::<Mutex<Vec<u64>>>::default());
    let ledger = Arc::clone(&processed);
    let server = Server::start(move |request| {
        let number = numbers(&request.body)[0];
        let is_down = (1..11).contains(&start.elapsed().as_secs());
        if !is_down {
            ledger.lock().unwrap().push(number);
        }
        async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            if is_down { Reply::reset("") } else { json(201, &format!(r#"{{"ok":true,"result":{{"id":{number}}}}}"#)) }
        }
    });
    let client = server.client();
    let mut rows = Bulk::new((0..3_000).map(order)).concurrency(8).one_by_one(|order| create_order(&client, order));
    for number in 0..3_000 {
        let row = rows.next().await.unwrap();
        assert_eq!((row.index, row.result.unwrap().id), (number, number));
    }
    assert!(rows.next().await.is_none() && rows.progress().outage.is_none());
    assert!(start.elapsed() > Duration::from_secs(11), "the rows were sent before the outage");
    let mut processed = processed.lock().unwrap().clone();
    processed.sort_unstable();
    assert_eq!(processed, (0..3_000).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_row_that_cannot_be_converted_to_a_call_fails_in_order() {
    let server = Server::start(reply);
    let client = server.client();
    let mut rows = Bulk::new((1..6).map(order)).one_by_one(|order| -> Result<Call<Created>, Error> {
        if order.number == 3 {
            return Err(InvalidError::new("number", format!("{} is unlucky", order.number)).into());
        }
        Ok(create_order(&client, order))
    });
    for index in 0..5 {
        let row = rows.next().await.unwrap();
        assert_eq!((row.index, row.result.is_ok()), (index, index != 2), "{:?}", row.result);
        if let Err(error) = row.result {
            assert_eq!(
                (error.to_string().as_str(), error.verdict()),
                ("invalid number: 3 is unlucky", Verdict::NotSent)
            );
        }
    }
    assert_eq!((rows.progress().failed, server.requests().len()), (1, 4));
}
