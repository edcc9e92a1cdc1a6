//! Outages on a virtual clock.

use std::collections::HashMap;
use std::sync::Mutex;

use bytes::Bytes;
use reqwest::{Method, StatusCode};

use super::*;
use crate::call_info::{CallInfo, CallStats};
use crate::error::{ApiError, DecodeError, ThrottledError, TransportError, TransportErrorKind};
use crate::operation::Operation;

static CREATE: Operation = Operation::new("create", Method::POST, "/").idempotent();
static SEND: Operation = Operation::new("send", Method::POST, "/");

fn info(operation: &'static Operation, maybe_processed: bool) -> CallInfo {
    let stats = CallStats { attempts: u32::from(maybe_processed), maybe_processed, ..CallStats::default() };
    CallInfo { operation, stats, request_id: None }
}

/// The error of a call whose connection was lost.
fn unreachable() -> Error {
    let (kind, server) = (TransportErrorKind::Interrupted, "localhost:1".to_owned());
    Error::Transport(Box::new(TransportError { info: info(&CREATE, true), kind, server, source: None }))
}

/// The error of a call that must not be repeated after a 503.
fn unavailable() -> Error {
    let (info, status) = (info(&SEND, true), StatusCode::SERVICE_UNAVAILABLE);
    Error::Api(Box::new(ApiError { info, status, retry_after: None, message: None, body: Bytes::new() }))
}

/// The error of a call that was not sent, because the throttle holds all calls back.
fn throttled() -> Error {
    let (info, retry_in) = (info(&CREATE, false), Duration::from_secs(60));
    Error::Throttled(Box::new(ThrottledError { info, retry_in, limit: "deadline", last: None }))
}

/// The error of a call that got a response with this body instead of the expected one.
fn undecodable(body: &'static str, is_lost: bool) -> Error {
    let (info, status, body) = (info(&CREATE, true), StatusCode::OK, Bytes::from_static(body.as_bytes()));
    Error::Decode(Box::new(DecodeError::of_body(info, status, body, "expected value", is_lost)))
}

fn invalid() -> Error {
    InvalidError::new("row", "expected three columns").into()
}

/// The number of calls for each input, and how many of them were processed.
type Ledger = Arc<Mutex<HashMap<u64, [usize; 2]>>>;

/// Creates calls that take `pause(number)` milliseconds. A call fails if `fails` returns an error for its number and for the time
/// since the start.
fn scripted(
    numbers: u64,
    concurrency: usize,
    limit: Duration,
    pause: fn(u64) -> u64,
    fails: impl Fn(u64, Duration) -> Option<Error> + Send + Sync + 'static,
) -> (OrderedCalls<'static, u64, u64>, Ledger) {
    let ledger = Ledger::default();
    let (seen, fails, start) = (Arc::clone(&ledger), Arc::new(fails), Instant::now());
    let start_call = move |number: &u64| -> CallFuture<u64> {
        let (number, seen, fails) = (*number, Arc::clone(&seen), Arc::clone(&fails));
        CallFuture(Box::pin(async move {
            sleep(Duration::from_millis(pause(number))).await;
            let error = fails(number, start.elapsed());
            let mut seen = seen.lock().expect("no call panics");
            let [calls, processed] = seen.entry(number).or_default();
            *calls += 1;
            *processed += usize::from(error.is_none());
            error.map_or(Ok(number), Err)
        }))
    };
    let mut numbers = 0..numbers;
    let concurrency = NonZeroUsize::new(concurrency).expect("not 0");
    (OrderedCalls::new(concurrency, limit, move |_| Poll::Ready(numbers.next()), start_call), ledger)
}

/// Creates calls that take 10 ms, and whose connections are lost if `fails` returns true.
fn outage(
    numbers: u64,
    concurrency: usize,
    limit: Duration,
    fails: impl Fn(u64, Duration) -> bool + Send + Sync + 'static,
) -> (OrderedCalls<'static, u64, u64>, Ledger) {
    let fails = move |number, elapsed| fails(number, elapsed).then(unreachable);
    scripted(numbers, concurrency, limit, |_| 10, fails)
}

/// Reads all results, and returns the numbers of the calls that failed.
async fn failed(mut calls: OrderedCalls<'_, u64, u64>) -> Vec<u64> {
    let (mut failed, mut expected) = (Vec::new(), 0);
    while let Some((number, result)) = next(&mut calls).await {
        assert_eq!(number, expected);
        expected += 1;
        failed.extend(result.is_err().then_some(number));
    }
    failed
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_ten_minutes_fails_no_row() {
    let (start, down) = (Instant::now(), Duration::from_secs(2)..Duration::from_secs(602));
    let (mut calls, ledger) = outage(20_000, 16, OUTAGE_LIMIT, move |_, elapsed| down.contains(&elapsed));
    let mut longest = Duration::ZERO;
    for expected in 0..20_000 {
        let next = std::future::poll_fn(|context| {
            let next = calls.poll_next(context);
            longest = longest.max(calls.outage().unwrap_or_default());
            assert_eq!(calls.outage_error().is_some(), calls.outage().is_some());
            next
        });
        let (number, result) = next.await.expect("another row");
        assert_eq!((number, result.ok()), (expected, Some(expected)));
    }
    assert!(next(&mut calls).await.is_none() && calls.outage().is_none());
    let ledger = ledger.lock().expect("no call panics");
    assert!(ledger.len() == 20_000 && ledger.values().all(|[_, processed]| *processed == 1));
    // The 16 calls in flight fail first. Afterwards, the pauses between the probes grow to a minute.
    let failed: usize = ledger.values().map(|[calls, processed]| calls - processed).sum();
    assert!((16 + 10..16 + 20).contains(&failed), "{failed}");
    assert!(longest > Duration::from_secs(540), "{longest:?}");
    assert!(start.elapsed() < Duration::from_secs(602 + 60 + 20), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_row_that_always_fails_does_not_stop_the_others() {
    for concurrency in [1, 4] {
        let (mut calls, ledger) = outage(100, concurrency, OUTAGE_LIMIT, |number, _| number == 20);
        for expected in 0..100 {
            let (number, result) = next(&mut calls).await.expect("another row");
            assert_eq!((number, result.is_err()), (expected, expected == 20));
        }
        let ledger = ledger.lock().expect("no call panics");
        assert!(ledger[&20][0] <= 5 && ledger.values().map(|[_, processed]| processed).sum::<usize>() == 99);
    }
}

#[tokio::test(start_paused = true)]
async fn rows_fail_after_the_outage_limit() {
    let (start, limit) = (Instant::now(), 100 * SECOND);
    let (mut calls, _) = outage(60, 4, limit, |number, _| number >= 2);
    for expected in 0..60 {
        let (number, result) = next(&mut calls).await.expect("another row");
        assert_eq!((number, result.is_err()), (expected, expected >= 2));
        match number {
            2 => assert!(start.elapsed() >= limit && start.elapsed() < limit + 61 * SECOND, "{:?}", start.elapsed()),
            // The next rows are still sent as probes.
            20.. => assert!(start.elapsed() > limit + 61 * SECOND),
            _ => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn calls_that_must_not_be_repeated_do_not_end_an_outage() {
    let (start, down) = (Instant::now(), SECOND..601 * SECOND);
    let fails = move |_, elapsed| down.contains(&elapsed).then(unavailable);
    let (calls, ledger) = scripted(5_000, 16, OUTAGE_LIMIT, |_| 10, fails);
    let failed = failed(calls).await.len();
    // The calls in flight, and one call per probe.
    assert!((16 + 10..16 + 20).contains(&failed), "{failed}");
    assert!(ledger.lock().expect("no call panics").values().all(|[calls, _]| *calls == 1));
    assert!(start.elapsed() < Duration::from_secs(601 + 60 + 20), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_throttled_during_an_outage_are_repeated() {
    let fails = |_, elapsed| match elapsed {
        _ if elapsed < SECOND || elapsed > 300 * SECOND => None,
        _ if elapsed < 2 * SECOND => Some(unreachable()),
        _ => Some(throttled()),
    };
    let (calls, _) = scripted(2_000, 16, OUTAGE_LIMIT, |_| 10, fails);
    assert_eq!(failed(calls).await, [0; 0]);
}

#[tokio::test(start_paused = true)]
async fn responses_that_are_not_json_are_an_outage() {
    let down = SECOND..601 * SECOND;
    let fails = move |_, elapsed| down.contains(&elapsed).then(|| undecodable("<html>", true));
    let (calls, ledger) = scripted(5_000, 16, OUTAGE_LIMIT, |_| 10, fails);
    assert_eq!(failed(calls).await, [0; 0]);
    let repeated: usize = ledger.lock().expect("no call panics").values().map(|[calls, _]| calls - 1).sum();
    assert!((16 + 10..16 + 20).contains(&repeated), "{repeated}");

    // The API has processed the row.
    let (calls, ledger) =
        scripted(40, 4, OUTAGE_LIMIT, |_| 10, |number, _| (number == 7).then(|| undecodable("[]", false)));
    assert_eq!(failed(calls).await, [7]);
    assert!(ledger.lock().expect("no call panics").values().all(|[calls, _]| *calls == 1));
}

#[tokio::test(start_paused = true)]
async fn rows_that_always_fail_slowly_do_not_stop_the_others() {
    for (concurrency, rows) in
        [(1, 0..1), (4, 0..1), (16, 0..1), (1, 0..2), (2, 0..2), (2, 20..22), (4, 0..8), (4, 7..8)]
    {
        let (start, expected) = (Instant::now(), rows.clone().collect::<Vec<_>>());
        let fails = move |number, _| rows.contains(&number).then(unreachable);
        let (calls, _) =
            scripted(200, concurrency, OUTAGE_LIMIT, |number| if number < 22 { 30_000 } else { 10 }, fails);
        assert_eq!(failed(calls).await, expected, "{concurrency}");
        assert!(start.elapsed() < Duration::from_secs(3_600), "{concurrency}: {:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn adjacent_rows_that_always_fail_do_not_stop_the_others() {
    for (concurrency, rows) in [(1, 0..2), (1, 20..22), (1, 20..24), (2, 0..2), (2, 20..22), (2, 20..26), (16, 20..36)]
    {
        let (start, expected) = (Instant::now(), rows.clone().collect::<Vec<_>>());
        let (calls, _) = outage(200, concurrency, OUTAGE_LIMIT, move |number, _| rows.contains(&number));
        assert_eq!(failed(calls).await, expected, "{concurrency}");
        assert!(start.elapsed() < Duration::from_secs(600), "{concurrency}: {:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_last_row_that_always_fails_is_repeated_until_the_outage_limit() {
    for (concurrency, row) in [(1, 99), (2, 99), (16, 99)] {
        let start = Instant::now();
        let (calls, _) = outage(100, concurrency, OUTAGE_LIMIT, move |number, _| number == row);
        assert_eq!(failed(calls).await, [row], "{concurrency}");
        assert!(start.elapsed() < OUTAGE_LIMIT + 70 * SECOND, "{concurrency}: {:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_at_the_end_fails_no_row() {
    for concurrency in [1, 16] {
        let down = SECOND..601 * SECOND;
        let rows = 100 * u64::try_from(concurrency).expect("a small number");
        let (calls, _) = outage(rows, concurrency, OUTAGE_LIMIT, move |_, elapsed| down.contains(&elapsed));
        assert_eq!(failed(calls).await, [0; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_was_not_sent_does_not_lengthen_the_pause() {
    let start = Instant::now();
    let fails = |number, elapsed| match number {
        0 => (elapsed < 2 * SECOND).then(unreachable),
        _ => Some(invalid()),
    };
    let (calls, _) = scripted(8, 1, OUTAGE_LIMIT, |number| if number == 0 { 10 } else { 0 }, fails);
    assert_eq!(failed(calls).await, [1, 2, 3, 4, 5, 6, 7]);
    assert!(start.elapsed() < 4 * SECOND, "{:?}", start.elapsed());
}
