//! The gate with calls that wait at it, on a virtual clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn refused(retry_after: impl Into<Option<Duration>>) -> End {
    End::Refused { retry_after: retry_after.into() }
}

/// A gate that a `Retry-After` has closed.
async fn closed(time: Duration) -> Arc<Throttle> {
    let throttle = Arc::new(Throttle::default());
    let now = Instant::now();
    throttle.enter(now, now).await.expect("the gate is open").ended(refused(time), 0.5);
    throttle
}

#[tokio::test(start_paused = true)]
async fn an_open_gate_lets_everybody_through_at_once() {
    let (throttle, now) = (Throttle::default(), Instant::now());
    for _ in 0..100 {
        throttle.enter(now, now).await.expect("nothing is known against it").ended(End::Accepted, 0.5);
    }
    let status = throttle.status();
    assert_eq!((status.pace, status.waiting, status.in_flight, status.refused), (None, 0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn only_so_many_calls_are_under_way_before_the_first_answer() {
    let throttle = Throttle::new(Limits { initial_window: 2, ..Limits::default() });
    let now = Instant::now();
    let first = throttle.enter(now, now + SECOND).await.expect("the window is open");
    let second = throttle.enter(now, now + SECOND).await.expect("the window is open");
    let third = throttle.enter(now, now + SECOND);
    assert!(timeout(SECOND / 2, third).await.is_err());
    drop(first); // nobody waits for it any more, and that makes room as well
    let third = throttle.enter(now, now + SECOND).await.expect("there is room");
    second.ended(End::Accepted, 0.5);
    third.ended(End::Accepted, 0.5);
    assert_eq!(throttle.status().in_flight, 0);
}

#[tokio::test(start_paused = true)]
async fn who_cannot_be_in_time_is_told_at_once() {
    let throttle = closed(SECOND * 30).await;
    let now = Instant::now();
    let outcome = throttle.enter(now, now + SECOND * 20).await;
    assert_eq!(outcome.map(drop), Err(TooLate(SECOND * 30)));
    assert_eq!((now.elapsed(), throttle.status().waiting), (Duration::ZERO, 0));
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_told_as_soon_as_the_gate_closes_for_too_long() {
    let throttle = Throttle::new(Limits { initial_window: 1, ..Limits::default() });
    let now = Instant::now();
    let first = throttle.enter(now, now).await.expect("the gate is open");
    let second = throttle.enter(now, now + SECOND * 20);
    let refusal = async {
        sleep(SECOND).await;
        first.ended(refused(SECOND * 60), 0.5);
    };
    let (outcome, ()) = tokio::join!(second, refusal);
    assert_eq!((outcome.map(drop), now.elapsed()), (Err(TooLate(SECOND * 60)), SECOND));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_passes_in_the_queue_ends_the_wait() {
    let throttle = Throttle::new(Limits { initial_window: 1, ..Limits::default() });
    let now = Instant::now();
    let _first = throttle.enter(now, now).await.expect("the gate is open");
    let outcome = throttle.enter(now, now + SECOND * 3).await;
    assert!(outcome.is_err());
    assert_eq!((now.elapsed(), throttle.status().waiting), (SECOND * 3, 0));
}

#[tokio::test(start_paused = true)]
async fn of_512_that_wait_half_are_dropped_and_the_rest_go_in_order() {
    const WAITING: usize = 512;
    let throttle = closed(SECOND * 10).await;
    let began = Instant::now();
    let (sender, mut order) = mpsc::unbounded_channel();
    let mut tasks = Vec::new();
    for number in 0..WAITING {
        let (throttle, sender) = (Arc::clone(&throttle), sender.clone());
        // The later the task, the earlier its call began: it is the age that counts.
        let began = began + SECOND * u32::try_from(WAITING - number).expect("it is small") / 1000;
        tasks.push(tokio::spawn(async move {
            let permit = throttle.enter(began, began + SECOND * 3600).await.expect("there is time");
            sender.send(number).expect("somebody listens");
            sleep(SECOND / 10).await;
            permit.ended(End::Accepted, 0.5);
        }));
    }
    sleep(SECOND * 5).await;
    assert_eq!(throttle.status().waiting, WAITING);
    // Also those in front, whose turn is next.
    tasks.iter().skip(1).step_by(2).for_each(tokio::task::JoinHandle::abort);
    drop(sender);
    let mut gone = Vec::new();
    while let Some(number) = order.recv().await {
        gone.push(number);
    }
    assert_eq!(gone, (0..WAITING).rev().step_by(2).map(|number| number - 1).collect::<Vec<_>>());
    let status = throttle.status();
    assert_eq!((status.waiting, status.in_flight), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn the_first_may_be_dropped_at_any_moment() {
    for dropped_after in [0, 9_999, 10_000, 10_001, 10_050] {
        let throttle = closed(SECOND * 10).await;
        let now = Instant::now();
        let passed = AtomicUsize::new(0);
        let first = timeout(Duration::from_millis(dropped_after), async {
            let _permit = throttle.enter(now, now + SECOND * 60).await;
            sleep(SECOND * 60).await;
        });
        let second = async {
            let permit = throttle.enter(now + SECOND / 1000, now + SECOND * 60).await.expect("there is time");
            passed.fetch_add(1, Ordering::Relaxed);
            permit.ended(End::Accepted, 0.5);
        };
        let _ = tokio::join!(first, second);
        assert_eq!((passed.into_inner(), throttle.status().in_flight), (1, 0), "{dropped_after}");
        assert!(now.elapsed() < SECOND * 13, "{dropped_after}: {:?}", now.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn after_fruitless_pauses_one_call_asks_for_all() {
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
    // The first burst, and then one at a time: without the gate it would be thousands.
    let sent = sent.load(Ordering::Relaxed);
    assert!((20..=40).contains(&sent), "{sent}");
    assert_eq!((throttle.status().waiting, throttle.status().in_flight), (0, 0));
}

/// A future that is begun and then left alone, as in a buffered stream whose consumer awaits something else.
async fn begun<F: Future>(future: F) -> std::pin::Pin<Box<F>> {
    let mut future = Box::pin(future);
    assert!(timeout(Duration::ZERO, &mut future).await.is_err());
    future
}

#[tokio::test(start_paused = true)]
async fn calls_that_nobody_polls_hold_nobody_up() {
    let throttle = Throttle::new(Limits { initial_window: 1, ..Limits::default() });
    let (now, end) = (Instant::now(), Instant::now() + SECOND * 300);
    let first = throttle.enter(now, end).await.expect("the window is open");
    let mut left_alone = Vec::new();
    for _ in 0..16 {
        left_alone.push(begun(throttle.enter(now, end)).await);
    }
    first.ended(End::Accepted, 0.5);

    let late = throttle.enter(now, end).await.expect("those in front don't come");
    assert!((SECOND / 4..SECOND).contains(&now.elapsed()), "{:?}", now.elapsed());
    late.ended(End::Accepted, 0.5);
    let from = Instant::now();
    throttle.enter(now, end).await.expect("nobody is in front any more").ended(End::Accepted, 0.5);
    assert_eq!(from.elapsed(), Duration::ZERO);

    // Whoever is polled again goes, too, and those who began earlier go first.
    let mut left_alone = left_alone.into_iter();
    let (Some(one), Some(other)) = (left_alone.next(), left_alone.next()) else { panic!("there are 16") };
    drop(left_alone);
    // The window has grown by one, while calls were waiting.
    let _busy = throttle.enter(now, end).await.expect("the window is open");
    let busy = throttle.enter(now, end).await.expect("the window is open");
    let order = Mutex::new(Vec::new());
    let note = async |name, call: std::pin::Pin<Box<dyn Future<Output = Result<Permit<'_>, TooLate>>>>| {
        let permit = call.await.expect("there is time");
        order.lock().expect("nobody panics").push(name);
        permit.ended(End::Accepted, 0.5);
    };
    tokio::join!(note("other", other), note("one", one), async { busy.ended(End::Accepted, 0.5) });
    assert_eq!(order.lock().expect("nobody panics").as_slice(), ["one", "other"]);
    assert_eq!((throttle.status().waiting, throttle.status().in_flight), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_polled_too_late_is_not_sent() {
    let throttle = closed(SECOND).await;
    let now = Instant::now();
    let left_alone = begun(throttle.enter(now, now + SECOND * 2)).await;
    tokio::time::advance(SECOND * 3).await;
    assert_eq!(left_alone.await.map(drop), Err(TooLate(SECOND)), "the gate is open, but its time is over");
    assert_eq!((throttle.status().waiting, throttle.status().in_flight), (0, 0));
    // What is known of the wait is told as it is.
    let (throttle, now) = (closed(SECOND / 2).await, Instant::now());
    assert_eq!(throttle.enter(now, now + SECOND / 4).await.map(drop), Err(TooLate(SECOND / 2)));
}

#[tokio::test(start_paused = true)]
async fn requests_that_nobody_polls_hold_nobody_up_for_long() {
    let (now, end) = (Instant::now(), Instant::now() + SECOND * 300);
    let full = Throttle::new(Limits { initial_window: 1, ..Limits::default() });
    let left_alone = full.enter(now, end).await.expect("the window is open");
    full.enter(now, end).await.expect("the other is taken for lost").ended(End::Accepted, 0.5);
    assert_eq!(now.elapsed(), SECOND * 40);
    left_alone.ended(End::Accepted, 0.5);

    let asking = closed(SECOND).await;
    asking.enter(now, end).await.expect("the gate opens again").ended(refused(None), 0.5);
    let left_alone = asking.enter(now, end).await.expect("one asks for all");
    let from = Instant::now();
    asking.enter(now, end).await.expect("another asks").ended(End::Accepted, 0.5);
    assert_eq!(from.elapsed(), SECOND * 40);
    drop(left_alone);
    assert_eq!((asking.status().waiting, asking.status().in_flight), (0, 0));
}
