//! Outages on a virtual clock.

use std::collections::HashMap;
use std::sync::Mutex;

use reqwest::Method;

use super::*;
use crate::call_info::{CallInfo, CallStats};
use crate::error::{TransportError, TransportErrorKind};
use crate::operation::Operation;

fn unreachable() -> Error {
    static CREATE: Operation = Operation::new("create", Method::POST, "/").idempotent();
    let stats = CallStats { attempts: 3, maybe_processed: true, ..CallStats::default() };
    let info = CallInfo { operation: &CREATE, stats, request_id: None };
    let (kind, server) = (TransportErrorKind::Interrupted, "localhost:1".to_owned());
    Error::Transport(Box::new(TransportError { info, kind, server, source: None }))
}

/// The number of calls for each input, and how many of them were processed.
type Ledger = Arc<Mutex<HashMap<u64, [usize; 2]>>>;

/// Creates calls that take 10 ms, and that fail if `fails` returns true for the input and the elapsed time.
fn outage(
    numbers: u64,
    concurrency: usize,
    limit: Option<Duration>,
    fails: impl Fn(u64, Duration) -> bool + Send + Sync + 'static,
) -> (OrderedCalls<'static, u64, u64>, Ledger) {
    let ledger = Ledger::default();
    let (seen, fails, start) = (Arc::clone(&ledger), Arc::new(fails), Instant::now());
    let start_call = move |number: &u64| -> PendingCall<u64> {
        let (number, seen, fails) = (*number, Arc::clone(&seen), Arc::clone(&fails));
        Box::pin(async move {
            sleep(Duration::from_millis(10)).await;
            let has_failed = fails(number, start.elapsed());
            let mut seen = seen.lock().expect("no call panics");
            let [calls, processed] = seen.entry(number).or_default();
            *calls += 1;
            *processed += usize::from(!has_failed);
            if has_failed { Err(unreachable()) } else { Ok(number) }
        })
    };
    let mut numbers = 0..numbers;
    let concurrency = NonZeroUsize::new(concurrency).expect("not 0");
    (OrderedCalls::new(concurrency, limit, move |_| Poll::Ready(numbers.next()), start_call), ledger)
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_ten_minutes_fails_no_row() {
    let (start, down) = (Instant::now(), Duration::from_secs(2)..Duration::from_secs(602));
    let (mut calls, ledger) = outage(20_000, 16, None, move |_, elapsed| down.contains(&elapsed));
    let mut longest = Duration::ZERO;
    for expected in 0..20_000 {
        let next = std::future::poll_fn(|context| {
            let next = calls.poll_next(context);
            longest = longest.max(calls.outage().unwrap_or_default());
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
        let (mut calls, ledger) = outage(100, concurrency, None, |number, _| number == 20);
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
    let (mut calls, _) = outage(10, 4, Some(limit), |number, _| number >= 2);
    for expected in 0..4 {
        let (number, result) = next(&mut calls).await.expect("another row");
        assert_eq!((number, result.is_err()), (expected, expected >= 2));
    }
    assert!(start.elapsed() >= limit && start.elapsed() < limit + 61 * SECOND, "{:?}", start.elapsed());
    // The next rows are still sent as probes.
    assert!(next(&mut calls).await.is_some_and(|(number, result)| number == 4 && result.is_err()));
    assert!(start.elapsed() > limit + 61 * SECOND);
}
