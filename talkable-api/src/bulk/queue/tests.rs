//! On a virtual clock: units are numbers, and a call is a pause.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::*;
use crate::error::InvalidError;

const SECOND: Duration = Duration::from_secs(1);

/// How many calls were begun, are under way, and were so at most.
#[derive(Default)]
struct Counts {
    begun: AtomicUsize,
    under_way: AtomicUsize,
    most: AtomicUsize,
}

/// Counts a call until it ends or is dropped.
struct Counted(Arc<Counts>);

impl Counted {
    fn new(counts: &Arc<Counts>) -> Self {
        counts.begun.fetch_add(1, Ordering::Relaxed);
        let under_way = counts.under_way.fetch_add(1, Ordering::Relaxed) + 1;
        counts.most.fetch_max(under_way, Ordering::Relaxed);
        Self(Arc::clone(counts))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Counts {
    fn of(counts: &Arc<Self>) -> [usize; 3] {
        [&counts.begun, &counts.under_way, &counts.most].map(|count| count.load(Ordering::Relaxed))
    }
}

/// Numbers from 0, each of which takes as many milliseconds as `pause` says.
fn queue(
    numbers: u64,
    concurrency: usize,
    pause: impl Fn(u64) -> u64 + Send + 'static,
) -> (Queue<'static, u64, u64>, Arc<Counts>) {
    let counts = Arc::new(Counts::default());
    let counted = Arc::clone(&counts);
    let mut numbers = 0..numbers;
    let begin = move |number: &u64| -> Pending<u64> {
        let (number, pause) = (*number, Duration::from_millis(pause(*number)));
        let counted = Counted::new(&counted);
        Box::pin(async move {
            sleep(pause).await;
            drop(counted);
            if number % 10 == 7 { Err(InvalidError::new("number", "it ends in a 7").into()) } else { Ok(number * 2) }
        })
    };
    let concurrency = NonZeroUsize::new(concurrency).expect("a test says how many");
    (Queue::new(concurrency, move |_| Poll::Ready(numbers.next()), begin), counts)
}

async fn next(queue: &mut Queue<'_, u64, u64>) -> Option<Done<u64, u64>> {
    std::future::poll_fn(|context| queue.poll_next(context)).await
}

#[tokio::test(start_paused = true)]
async fn results_come_in_order_whatever_ends_first() {
    let (mut queue, counts) = queue(100, 8, |number| (number * 37) % 11 * 100);
    for expected in 0..100 {
        let (number, result) = next(&mut queue).await.expect("there are more");
        assert_eq!(number, expected);
        assert_eq!(result.ok(), (number % 10 != 7).then_some(number * 2));
    }
    assert!(next(&mut queue).await.is_none() && next(&mut queue).await.is_none());
    assert_eq!(Counts::of(&counts), [100, 0, 8]);
}

#[tokio::test(start_paused = true)]
async fn so_many_at_a_time_take_so_long() {
    for (concurrency, seconds) in [(1, 64), (4, 16), (16, 4), (100, 1)] {
        let start = Instant::now();
        let (mut queue, _) = queue(64, concurrency, |_| 1_000);
        while next(&mut queue).await.is_some() {}
        assert_eq!(start.elapsed().as_millis() / 100, seconds * 10, "{concurrency}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_slow_call_lets_others_pass_but_not_without_bound() {
    let start = Instant::now();
    let (mut queue, counts) = queue(1_000, 4, |number| if number == 0 { 60_000 } else { 10 });
    assert_eq!(next(&mut queue).await.map(|(number, _)| number), Some(0));
    assert_eq!(start.elapsed().as_secs(), 60);
    // The slots of the queue were full; the one that has just become free is filled the next time.
    assert_eq!(Counts::of(&counts), [4 * DEPTH, 0, 4]);
    assert_eq!(queue.units().count(), 4 * DEPTH - 1);
    while next(&mut queue).await.is_some() {}
    assert_eq!(Counts::of(&counts), [1_000, 0, 4]);
    assert!(start.elapsed() < 63 * SECOND + SECOND / 2, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn calls_get_on_while_a_result_is_looked_at() {
    let (mut queue, counts) = queue(40, 4, |number| 1_000 + number);
    assert_eq!(next(&mut queue).await.map(|(number, _)| number), Some(0));
    // The first has made room for a fifth.
    assert_eq!(Counts::of(&counts)[..2], [5, 4]);
    sleep(5 * SECOND).await;
    assert_eq!(Counts::of(&counts)[..2], [5, 0]);
    let start = Instant::now();
    assert_eq!(next(&mut queue).await.map(|(number, _)| number), Some(1));
    // All that have ended make room at once, those too whose results nobody has fetched yet.
    assert_eq!(Counts::of(&counts)[..2], [9, 4]);
    for number in 2..5 {
        assert_eq!(next(&mut queue).await.map(|(number, _)| number), Some(number));
    }
    assert!(start.elapsed().is_zero());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_taken_before_it_is_asked_for() {
    let (mut queue, counts) = queue(20, 4, |_| 1_000);
    sleep(SECOND).await;
    assert_eq!(Counts::of(&counts), [0, 0, 0]);
    let _ = tokio::time::timeout(SECOND / 2, next(&mut queue)).await;
    assert_eq!(Counts::of(&counts), [4, 4, 4]);
}

#[tokio::test(start_paused = true)]
async fn dropping_it_ends_the_calls() {
    let (mut queue, counts) = queue(100, 8, |number| 1_000 + number);
    next(&mut queue).await;
    assert_eq!(Counts::of(&counts), [9, 8, 8]);
    drop(queue);
    tokio::task::yield_now().await;
    assert_eq!(Counts::of(&counts), [9, 0, 8]);
    sleep(60 * SECOND).await;
    assert_eq!(Counts::of(&counts), [9, 0, 8]);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_wait_loses_nothing() {
    let (mut queue, _) = queue(50, 8, |number| (number * 37) % 11 * 100);
    let mut numbers = Vec::new();
    loop {
        match tokio::time::timeout(Duration::from_millis(130), next(&mut queue)).await {
            Ok(Some((number, _))) => numbers.push(number),
            Ok(None) => break,
            Err(_) => {}
        }
    }
    assert_eq!(numbers, (0..50).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn after_a_stop_what_is_under_way_comes_to_its_end() {
    let (mut queue, counts) = queue(100, 8, |number| 1_000 + number);
    next(&mut queue).await;
    queue.stop();
    let mut rest = 0;
    while next(&mut queue).await.is_some() {
        rest += 1;
    }
    assert_eq!((rest, Counts::of(&counts)), (8, [9, 0, 8]));
}

#[tokio::test(start_paused = true)]
async fn a_source_that_is_late_is_waited_for() {
    let mut numbers = 0..3_u64;
    let mut pause = Box::pin(sleep(SECOND));
    let take = move |context: &mut Context<'_>| {
        std::task::ready!(pause.as_mut().poll(context));
        pause.set(sleep(SECOND));
        Poll::Ready(numbers.next())
    };
    let begin = |number: &u64| -> Pending<u64> { Box::pin(std::future::ready(Ok(*number))) };
    let (start, mut queue) = (Instant::now(), Queue::new(NonZeroUsize::MIN, take, begin));
    for seconds in 1..=3 {
        assert_eq!(next(&mut queue).await.map(|(number, _)| number), Some(seconds - 1));
        assert_eq!(start.elapsed().as_secs(), seconds);
    }
    assert!(next(&mut queue).await.is_none());
}

#[tokio::test]
async fn many_units_take_no_more_room_than_few() {
    let (mut queue, counts) = queue(10_000, 16, |_| 0);
    let mut slots = 0;
    while next(&mut queue).await.is_some() {
        slots = slots.max(queue.slots.capacity());
    }
    assert_eq!(Counts::of(&counts)[0], 10_000);
    assert!(slots <= 16 * DEPTH, "{slots}");
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "a hook of the caller's")]
async fn a_panic_is_passed_on() {
    let begin = |_: &u64| -> Pending<u64> { Box::pin(async { panic!("a hook of the caller's") }) };
    let mut queue = Queue::new(NonZeroUsize::MIN, |_| Poll::Ready(Some(0)), begin);
    next(&mut queue).await;
}
