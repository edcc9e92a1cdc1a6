//! Tests for the throttle with waiting calls, on a virtual clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::*;

mod shared;

const SECOND: Duration = Duration::from_secs(1);

fn refused(retry_after: impl Into<Option<Duration>>) -> End {
    End::Refused { retry_after: retry_after.into() }
}

/// Creates a throttle that pauses for `time`, because of a `Retry-After`.
async fn closed(time: Duration) -> Arc<Throttle> {
    let throttle = Arc::new(Throttle::default());
    let now = Instant::now();
    throttle.enter(now, now).await.expect("a slot is free").ended(refused(time), 0.5);
    throttle
}

#[tokio::test(start_paused = true)]
async fn calls_do_not_wait_before_the_first_429() {
    let (throttle, now) = (Throttle::default(), Instant::now());
    for _ in 0..100 {
        throttle.enter(now, now).await.expect("a slot is free").ended(End::Accepted, 0.5);
    }
    let status = throttle.status();
    assert_eq!((status.pace, status.waiting, status.in_flight, status.refused), (None, 0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn the_window_limits_calls_in_flight() {
    let throttle = Throttle::new(Limits { initial_window: 2, ..Limits::default() });
    let now = Instant::now();
    let first = throttle.enter(now, now + SECOND).await.expect("a slot is free");
    let second = throttle.enter(now, now + SECOND).await.expect("a slot is free");
    let third = throttle.enter(now, now + SECOND);
    assert!(timeout(SECOND / 2, third).await.is_err());
    // A dropped permit frees its slot.
    drop(first);
    let third = throttle.enter(now, now + SECOND).await.expect("a slot is free");
    second.ended(End::Accepted, 0.5);
    third.ended(End::Accepted, 0.5);
    assert_eq!(throttle.status().in_flight, 0);
}

#[tokio::test(start_paused = true)]
async fn fails_at_once_if_the_next_slot_is_too_late() {
    let throttle = closed(SECOND * 30).await;
    let now = Instant::now();
    let outcome = throttle.enter(now, now + SECOND * 20).await;
    assert_eq!(outcome.map(drop), Err(TooLate(SECOND * 30)));
    assert_eq!((now.elapsed(), throttle.status().waiting), (Duration::ZERO, 0));
}

#[tokio::test(start_paused = true)]
async fn a_waiting_call_fails_when_the_next_slot_becomes_too_late() {
    let throttle = Throttle::new(Limits { initial_window: 1, ..Limits::default() });
    let now = Instant::now();
    let first = throttle.enter(now, now).await.expect("a slot is free");
    let second = throttle.enter(now, now + SECOND * 20);
    let refusal = async {
        sleep(SECOND).await;
        first.ended(refused(SECOND * 60), 0.5);
    };
    let (outcome, ()) = tokio::join!(second, refusal);
    assert_eq!((outcome.map(drop), now.elapsed()), (Err(TooLate(SECOND * 60)), SECOND));
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_the_wait_in_the_queue() {
    let throttle = Throttle::new(Limits { initial_window: 1, ..Limits::default() });
    let now = Instant::now();
    let _first = throttle.enter(now, now).await.expect("a slot is free");
    let outcome = throttle.enter(now, now + SECOND * 3).await;
    assert!(outcome.is_err());
    assert_eq!((now.elapsed(), throttle.status().waiting), (SECOND * 3, 0));
}

#[tokio::test(start_paused = true)]
async fn dropping_half_of_512_calls_keeps_the_others_in_order() {
    const WAITING: usize = 512;
    let throttle = closed(SECOND * 10).await;
    let began = Instant::now();
    let (sender, mut order) = mpsc::unbounded_channel();
    let mut tasks = Vec::new();
    for number in 0..WAITING {
        let (throttle, sender) = (Arc::clone(&throttle), sender.clone());
        // Tasks that join later get an earlier `began`, so that the order of `began` differs from the order of joining.
        let began = began + SECOND * u32::try_from(WAITING - number).expect("the number fits") / 1000;
        tasks.push(tokio::spawn(async move {
            let permit = throttle.enter(began, began + SECOND * 3600).await.expect("there is enough time");
            sender.send(number).expect("the receiver exists");
            sleep(SECOND / 10).await;
            permit.ended(End::Accepted, 0.5);
        }));
    }
    sleep(SECOND * 5).await;
    assert_eq!(throttle.status().waiting, WAITING);
    // One of the aborted tasks is the first in the queue.
    tasks.iter().skip(1).step_by(2).for_each(tokio::task::JoinHandle::abort);
    drop(sender);
    let mut sent = Vec::new();
    while let Some(number) = order.recv().await {
        sent.push(number);
    }
    assert_eq!(sent, (0..WAITING).rev().step_by(2).map(|number| number - 1).collect::<Vec<_>>());
    let status = throttle.status();
    assert_eq!((status.waiting, status.in_flight), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn the_first_call_can_be_dropped_at_any_time() {
    for dropped_after in [0, 9_999, 10_000, 10_001, 10_050] {
        let throttle = closed(SECOND * 10).await;
        let now = Instant::now();
        let passed = AtomicUsize::new(0);
        let first = timeout(Duration::from_millis(dropped_after), async {
            let _permit = throttle.enter(now, now + SECOND * 60).await;
            sleep(SECOND * 60).await;
        });
        let second = async {
            let permit = throttle.enter(now + SECOND / 1000, now + SECOND * 60).await.expect("there is enough time");
            passed.fetch_add(1, Ordering::Relaxed);
            permit.ended(End::Accepted, 0.5);
        };
        let _ = tokio::join!(first, second);
        assert_eq!((passed.into_inner(), throttle.status().in_flight), (1, 0), "{dropped_after}");
        assert!(now.elapsed() < SECOND * 13, "{dropped_after}: {:?}", now.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn one_call_probes_for_all_during_an_outage() {
    let throttle = Arc::new(Throttle::default());
    let (sent, now) = (Arc::new(AtomicUsize::new(0)), Instant::now());
    let calls = (0..64).map(|_| {
        let (throttle, sent) = (Arc::clone(&throttle), Arc::clone(&sent));
        tokio::spawn(async move {
            while let Ok(permit) = throttle.enter(now, now + SECOND * 120).await {
                sent.fetch_add(1, Ordering::Relaxed);
                sleep(SECOND / 20).await;
                permit.ended(refused(None), 0.5);
            }
        })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.expect("no call panics");
    }
    // The calls send one burst, and then one probe at a time. Without a throttle, they would send thousands of
    // requests.
    let sent = sent.load(Ordering::Relaxed);
    assert!((20..=40).contains(&sent), "{sent}");
    assert_eq!((throttle.status().waiting, throttle.status().in_flight), (0, 0));
}

/// Polls a future once and returns it unfinished. This simulates a buffered stream that is not polled while its consumer
/// awaits another call.
async fn polled_once<F: Future>(future: F) -> std::pin::Pin<Box<F>> {
    let mut future = Box::pin(future);
    assert!(timeout(Duration::ZERO, &mut future).await.is_err());
    future
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_not_polled_do_not_block_others() {
    let throttle = Throttle::new(Limits { initial_window: 1, ..Limits::default() });
    let (now, end) = (Instant::now(), Instant::now() + SECOND * 300);
    let first = throttle.enter(now, end).await.expect("a slot is free");
    let mut unpolled = Vec::new();
    for _ in 0..16 {
        unpolled.push(polled_once(throttle.enter(now, end)).await);
    }
    first.ended(End::Accepted, 0.5);

    let late = throttle.enter(now, end).await.expect("it passes over the unpolled calls");
    assert!((SECOND / 4..SECOND).contains(&now.elapsed()), "{:?}", now.elapsed());
    late.ended(End::Accepted, 0.5);
    let from = Instant::now();
    throttle.enter(now, end).await.expect("no call is ahead").ended(End::Accepted, 0.5);
    assert_eq!(from.elapsed(), Duration::ZERO);

    // Calls that are polled again are sent in the order of their age.
    let mut unpolled = unpolled.into_iter();
    let (Some(one), Some(other)) = (unpolled.next(), unpolled.next()) else { panic!("16 calls are waiting") };
    drop(unpolled);
    // The window has grown by one, because calls were waiting.
    let _busy = throttle.enter(now, end).await.expect("a slot is free");
    let busy = throttle.enter(now, end).await.expect("a slot is free");
    let order = Mutex::new(Vec::new());
    let record = async |name, call: std::pin::Pin<Box<dyn Future<Output = Result<Permit<'_>, TooLate>>>>| {
        let permit = call.await.expect("there is enough time");
        order.lock().expect("no test thread panics").push(name);
        permit.ended(End::Accepted, 0.5);
    };
    tokio::join!(record("other", other), record("one", one), async { busy.ended(End::Accepted, 0.5) });
    assert_eq!(order.lock().expect("no test thread panics").as_slice(), ["one", "other"]);
    assert_eq!((throttle.status().waiting, throttle.status().in_flight), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_polled_too_late_is_not_sent() {
    let throttle = closed(SECOND).await;
    let now = Instant::now();
    let unpolled = polled_once(throttle.enter(now, now + SECOND * 2)).await;
    tokio::time::advance(SECOND * 3).await;
    assert_eq!(unpolled.await.map(drop), Err(TooLate(SECOND)), "its deadline has passed");
    assert_eq!((throttle.status().waiting, throttle.status().in_flight), (0, 0));
    // If the time of the next slot is known, the error reports the exact wait.
    let (throttle, now) = (closed(SECOND / 2).await, Instant::now());
    assert_eq!(throttle.enter(now, now + SECOND / 4).await.map(drop), Err(TooLate(SECOND / 2)));
}

#[tokio::test(start_paused = true)]
async fn an_unpolled_request_blocks_others_for_40_seconds() {
    let (now, end) = (Instant::now(), Instant::now() + SECOND * 300);
    let full = Throttle::new(Limits { initial_window: 1, ..Limits::default() });
    let unpolled = full.enter(now, end).await.expect("a slot is free");
    full.enter(now, end).await.expect("the unpolled request no longer counts").ended(End::Accepted, 0.5);
    assert_eq!(now.elapsed(), SECOND * 40);
    unpolled.ended(End::Accepted, 0.5);

    let probing = closed(SECOND).await;
    probing.enter(now, end).await.expect("the pause ends").ended(refused(None), 0.5);
    let unpolled = probing.enter(now, end).await.expect("the call is the probe");
    let from = Instant::now();
    probing.enter(now, end).await.expect("the call is another probe").ended(End::Accepted, 0.5);
    assert_eq!(from.elapsed(), SECOND * 40);
    drop(unpolled);
    assert_eq!((probing.status().waiting, probing.status().in_flight), (0, 0));
}
