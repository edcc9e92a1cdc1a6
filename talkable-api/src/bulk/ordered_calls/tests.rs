//! Tests with a paused clock, in which the inputs are numbers and the calls only sleep.

mod outages;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::*;
use crate::bulk::outage::OUTAGE_LIMIT;
use crate::error::InvalidError;

const SECOND: Duration = Duration::from_secs(1);

/// The number of calls started, the number now in flight, and the highest number in flight at the same time.
#[derive(Default)]
struct Counts {
    started: AtomicUsize,
    in_flight: AtomicUsize,
    max: AtomicUsize,
}

/// A guard that counts a call as in flight until the guard is dropped.
struct Counted(Arc<Counts>);

impl Counted {
    fn new(counts: &Arc<Counts>) -> Self {
        counts.started.fetch_add(1, Ordering::Relaxed);
        let in_flight = counts.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        counts.max.fetch_max(in_flight, Ordering::Relaxed);
        Self(Arc::clone(counts))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Counts {
    fn of(counts: &Arc<Self>) -> [usize; 3] {
        [&counts.started, &counts.in_flight, &counts.max].map(|count| count.load(Ordering::Relaxed))
    }
}

/// Creates calls for the numbers below `numbers`. The call for a number takes `pause(number)` milliseconds.
fn calls(
    numbers: u64,
    concurrency: usize,
    pause: impl Fn(u64) -> u64 + Send + 'static,
) -> (OrderedCalls<'static, u64, u64>, Arc<Counts>) {
    let counts = Arc::new(Counts::default());
    let counted = Arc::clone(&counts);
    let mut numbers = 0..numbers;
    let start_call = move |number: &u64| -> CallFuture<u64> {
        let (number, pause) = (*number, Duration::from_millis(pause(*number)));
        let counted = Counted::new(&counted);
        CallFuture(Box::pin(async move {
            sleep(pause).await;
            drop(counted);
            if number % 10 == 7 { Err(InvalidError::new("number", "must not end in 7").into()) } else { Ok(number * 2) }
        }))
    };
    let concurrency = NonZeroUsize::new(concurrency).expect("not 0");
    (OrderedCalls::new(concurrency, OUTAGE_LIMIT, move |_| Poll::Ready(numbers.next()), start_call), counts)
}

async fn next(calls: &mut OrderedCalls<'_, u64, u64>) -> Option<Finished<u64, u64>> {
    std::future::poll_fn(|context| calls.poll_next(context)).await
}

#[tokio::test(start_paused = true)]
async fn yields_results_in_order() {
    let (mut calls, counts) = calls(100, 8, |number| (number * 37) % 11 * 100);
    for expected in 0..100 {
        let (number, result) = next(&mut calls).await.expect("another result");
        assert_eq!(number, expected);
        assert_eq!(result.ok(), (number % 10 != 7).then_some(number * 2));
    }
    assert!(next(&mut calls).await.is_none() && next(&mut calls).await.is_none());
    assert_eq!(Counts::of(&counts), [100, 0, 8]);
}

#[tokio::test(start_paused = true)]
async fn keeps_as_many_calls_in_flight_as_the_concurrency() {
    for (concurrency, seconds) in [(1, 64), (4, 16), (16, 4), (100, 1)] {
        let start = Instant::now();
        let (mut calls, _) = calls(64, concurrency, |_| 1_000);
        while next(&mut calls).await.is_some() {}
        assert_eq!(start.elapsed().as_millis() / 100, seconds * 10, "{concurrency}");
    }
}

#[tokio::test(start_paused = true)]
async fn continues_behind_a_slow_call_up_to_the_lookahead() {
    let start = Instant::now();
    let (mut calls, counts) = calls(1_000, 4, |number| if number == 0 { 60_000 } else { 10 });
    assert_eq!(next(&mut calls).await.map(|(number, _)| number), Some(0));
    assert_eq!(start.elapsed().as_secs(), 60);
    // There is room for one more entry. The next poll will start a call for it.
    assert_eq!(Counts::of(&counts), [4 * LOOKAHEAD, 0, 4]);
    assert_eq!(calls.inputs().count(), 4 * LOOKAHEAD - 1);
    while next(&mut calls).await.is_some() {}
    assert_eq!(Counts::of(&counts), [1_000, 0, 4]);
    assert!(start.elapsed() < 63 * SECOND + SECOND / 2, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn calls_continue_between_polls() {
    let (mut calls, counts) = calls(40, 4, |number| 1_000 + number);
    assert_eq!(next(&mut calls).await.map(|(number, _)| number), Some(0));
    // The first call has finished, and a fifth call has been started in its place.
    assert_eq!(Counts::of(&counts)[..2], [5, 4]);
    sleep(5 * SECOND).await;
    assert_eq!(Counts::of(&counts)[..2], [5, 0]);
    let start = Instant::now();
    assert_eq!(next(&mut calls).await.map(|(number, _)| number), Some(1));
    // A new call has been started for each finished call, even if the result of the finished call has not been read yet.
    assert_eq!(Counts::of(&counts)[..2], [9, 4]);
    for number in 2..5 {
        assert_eq!(next(&mut calls).await.map(|(number, _)| number), Some(number));
    }
    assert!(start.elapsed().is_zero());
}

#[tokio::test(start_paused = true)]
async fn takes_no_input_before_the_first_poll() {
    let (mut calls, counts) = calls(20, 4, |_| 1_000);
    sleep(SECOND).await;
    assert_eq!(Counts::of(&counts), [0, 0, 0]);
    let _ = tokio::time::timeout(SECOND / 2, next(&mut calls)).await;
    assert_eq!(Counts::of(&counts), [4, 4, 4]);
}

#[tokio::test(start_paused = true)]
async fn dropping_ordered_calls_cancels_them() {
    let (mut calls, counts) = calls(100, 8, |number| 1_000 + number);
    next(&mut calls).await;
    assert_eq!(Counts::of(&counts), [9, 8, 8]);
    drop(calls);
    tokio::task::yield_now().await;
    assert_eq!(Counts::of(&counts), [9, 0, 8]);
    sleep(60 * SECOND).await;
    assert_eq!(Counts::of(&counts), [9, 0, 8]);
}

#[tokio::test(start_paused = true)]
async fn a_canceled_poll_loses_no_result() {
    let (mut calls, _) = calls(50, 8, |number| (number * 37) % 11 * 100);
    let mut numbers = Vec::new();
    loop {
        match tokio::time::timeout(Duration::from_millis(130), next(&mut calls)).await {
            Ok(Some((number, _))) => numbers.push(number),
            Ok(None) => break,
            Err(_) => {}
        }
    }
    assert_eq!(numbers, (0..50).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn calls_in_flight_finish_after_stop() {
    let (mut calls, counts) = calls(100, 8, |number| 1_000 + number);
    next(&mut calls).await;
    calls.stop();
    let mut rest = 0;
    while next(&mut calls).await.is_some() {
        rest += 1;
    }
    assert_eq!((rest, Counts::of(&counts)), (8, [9, 0, 8]));
}

#[tokio::test(start_paused = true)]
async fn waits_for_a_pending_source() {
    let mut numbers = 0..3_u64;
    let mut pause = Box::pin(sleep(SECOND));
    let poll_input = move |context: &mut Context<'_>| {
        std::task::ready!(pause.as_mut().poll(context));
        pause.set(sleep(SECOND));
        Poll::Ready(numbers.next())
    };
    let start_call = |number: &u64| -> CallFuture<u64> { CallFuture(Box::pin(std::future::ready(Ok(*number)))) };
    let (start, mut calls) =
        (Instant::now(), OrderedCalls::new(NonZeroUsize::MIN, OUTAGE_LIMIT, poll_input, start_call));
    for seconds in 1..=3 {
        assert_eq!(next(&mut calls).await.map(|(number, _)| number), Some(seconds - 1));
        assert_eq!(start.elapsed().as_secs(), seconds);
    }
    assert!(next(&mut calls).await.is_none());
}

#[tokio::test]
async fn memory_usage_is_constant() {
    let (mut calls, counts) = calls(10_000, 16, |_| 0);
    let mut capacity = 0;
    while next(&mut calls).await.is_some() {
        capacity = capacity.max(calls.entries.capacity());
    }
    assert_eq!(Counts::of(&counts)[0], 10_000);
    assert!(capacity <= 16 * LOOKAHEAD, "{capacity}");
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "a hook panicked")]
async fn propagates_panics() {
    let start_call = |_: &u64| -> CallFuture<u64> { CallFuture(Box::pin(async { panic!("a hook panicked") })) };
    let mut calls = OrderedCalls::new(NonZeroUsize::MIN, OUTAGE_LIMIT, |_| Poll::Ready(Some(0)), start_call);
    next(&mut calls).await;
}
