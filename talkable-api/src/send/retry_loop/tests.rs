//! The loop on a virtual clock: what is sent, when, and how it ends.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use reqwest::Method;
use reqwest::header::RETRY_AFTER;

use super::*;
use crate::error::{ApiErrorKind, TransportErrorKind};
use crate::operation::Retry;

static READ: Operation = Operation::new("read", Method::GET, "/").retry(Retry::Safe);
static WRITE: Operation = Operation::new("write", Method::POST, "/");

const SECOND: Duration = Duration::from_secs(1);

/// What the server does with one attempt.
#[derive(Clone, Copy, Debug)]
enum Step {
    Status(u16),
    RetryAfter(u16, &'static str),
    Fault(TransportErrorKind),
    /// Answers with 200, but only after this time.
    Slow(Duration),
}
use Step::{RetryAfter, Slow, Status};

/// A call and a server that follows a script; the last step repeats.
struct Scene {
    operation: &'static Operation,
    is_repeatable: bool,
    timeout: Duration,
    deadline: Duration,
    retry_limits: RetryLimits,
    throttle: Throttle,
    script: RefCell<VecDeque<Step>>,
    sent: Cell<u32>,
}

impl Scene {
    fn new(operation: &'static Operation, script: impl IntoIterator<Item = Step>) -> Self {
        Self {
            operation,
            is_repeatable: true,
            timeout: SECOND * 30,
            deadline: SECOND * 300,
            retry_limits: RetryLimits::default(),
            throttle: Throttle::default(),
            script: RefCell::new(script.into_iter().collect()),
            sent: Cell::new(0),
        }
    }

    async fn run(&self) -> Result<(RawResponse, CallStats), Error> {
        let key = ApiKey::new("sesame-0123".into()).expect("the key is fit");
        let plan = Plan {
            operation: self.operation,
            key: &key,
            is_repeatable: self.is_repeatable,
            timeout: self.timeout,
            deadline: self.deadline,
            retry_limits: self.retry_limits,
        };
        // The longest pauses that jitter allows, so that they can be told.
        run(&plan, &self.throttle, || 1.0, |end| self.attempt(end)).await
    }

    async fn attempt(&self, end: Instant) -> Result<RawResponse, AttemptError> {
        self.sent.set(self.sent.get() + 1);
        match self.next() {
            Status(status) => Ok(answer(status, None)),
            RetryAfter(status, text) => Ok(answer(status, Some(text))),
            Step::Fault(kind) => Err(AttemptError::new(kind)),
            Slow(time) => {
                let done = Instant::now() + time;
                sleep_until(done.min(end)).await;
                if done <= end { Ok(answer(200, None)) } else { Err(timed_out()) }
            }
        }
    }

    fn next(&self) -> Step {
        let mut script = self.script.borrow_mut();
        let step = if script.len() > 1 { script.pop_front() } else { script.front().copied() };
        step.expect("the script has a step")
    }

    /// How often the call was sent, how long it took, and how it ended.
    async fn check(&self, sent: u32, time: Duration) -> Result<CallStats, Error> {
        let start = Instant::now();
        let outcome = self.run().await.map(|(_, stats)| stats);
        assert_eq!(self.sent.get(), sent, "{outcome:?}");
        // The timer counts in milliseconds, and every wait may round one up.
        let over = start.elapsed().checked_sub(time).unwrap_or_else(|| panic!("{:?}: {outcome:?}", start.elapsed()));
        assert!(over < Duration::from_millis(20), "{:?}: {outcome:?}", start.elapsed());
        outcome
    }
}

fn answer(status: u16, retry_after: Option<&str>) -> RawResponse {
    let headers = retry_after.map(|text| (RETRY_AFTER, text.parse().expect("a header")));
    RawResponse {
        status: StatusCode::from_u16(status).expect("a status"),
        headers: headers.into_iter().collect(),
        body: Bytes::from_static(br#"{"ok":false,"error_message":"sesame-0123 is wrong\n"}"#),
    }
}

fn status(error: &Error) -> Option<u16> {
    if let Error::Api(error) = error { Some(error.status()) } else { None }
}

#[tokio::test(start_paused = true)]
async fn a_good_answer_ends_it_at_once() {
    let stats = Scene::new(&READ, [Status(201)]).check(1, Duration::ZERO).await.expect("it succeeds");
    assert_eq!(stats, CallStats { attempts: 1, ..CallStats::default() });
}

#[tokio::test(start_paused = true)]
async fn a_429_is_repeated_for_every_class_with_growing_pauses() {
    for operation in [&READ, &WRITE] {
        let scene = Scene::new(operation, [Status(429), Status(429), Status(429), Status(200)]);
        let stats = scene.check(4, pauses(3)).await.expect("it succeeds");
        assert_eq!(stats.attempts, 4);
        assert!(stats.waited >= pauses(3));
    }
}

/// The longest pauses: a quarter of a second, each time half as much again, and all that by the jitter, up to the cap of a
/// minute. From the second on they are no shorter than the pace allows, which is the slowest guess there is.
fn pauses(count: i32) -> Duration {
    let own = |number| Duration::from_secs_f64(0.375 * 1.5_f64.powi(number)).min(SECOND * 60);
    (0..count).map(|number| if number == 0 { own(number) } else { own(number).max(SECOND) }).sum()
}

#[tokio::test(start_paused = true)]
async fn attempts_are_unlimited_within_the_deadline() {
    let scene = Scene::new(&WRITE, [Status(429)]);
    // Another minute doesn't fit into five.
    let error = scene.check(16, pauses(15)).await.expect_err("the budget is spent");
    assert!(error.is_throttled());
    let Error::Throttled { retry_in, attempts, waited, last, .. } = error else { panic!("{error:?}") };
    assert_eq!((retry_in, attempts), (SECOND * 60, 16));
    assert!(waited >= pauses(15) && waited < SECOND * 300);
    assert_eq!(last.map(|last| last.kind()), Some(ApiErrorKind::TooManyRequests));
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_attempts_ends_it_with_the_answer() {
    for step in [Status(429), Status(503)] {
        let mut scene = Scene::new(&READ, [step]);
        scene.retry_limits.attempts = 2;
        let time = if matches!(step, Status(429)) { pauses(1) } else { SECOND / 4 };
        let error = scene.check(2, time).await.expect_err("two are enough");
        assert!(status(&error).is_some_and(|status| matches!(step, Status(other) if other == status)), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_pauses_ends_it_before_a_longer_one() {
    for (step, sent) in [(RetryAfter(429, "7"), 1), (Status(429), 6)] {
        let mut scene = Scene::new(&READ, [step]);
        scene.retry_limits.pause_cap = SECOND * 2;
        let error = scene.check(sent, pauses(sent.cast_signed() - 1)).await.expect_err("two seconds are enough");
        assert!(matches!(error, Error::Throttled { retry_in, .. } if retry_in > SECOND * 2), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_throttle_a_429_is_final_and_closes_no_gate() {
    let mut scene = Scene::new(&READ, [RetryAfter(429, "60"), Status(200)]);
    scene.retry_limits.is_throttled = false;
    let error = scene.check(1, Duration::ZERO).await.expect_err("it is refused");
    assert_eq!((status(&error), error.is_throttled()), (Some(429), true));
    scene.retry_limits.is_throttled = true;
    scene.check(2, Duration::ZERO).await.expect("the gate is open");
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_is_waited_for_or_reported_at_once() {
    for text in ["7", "7.0"] {
        let scene = Scene::new(&WRITE, [RetryAfter(429, text), Status(200)]);
        scene.check(2, SECOND * 7).await.expect("it succeeds");
    }
    for (text, expected) in [("1000000", SECOND * 1_000_000), ("inf", FOREVER)] {
        let scene = Scene::new(&WRITE, [RetryAfter(429, text), Status(200)]);
        let error = scene.check(1, Duration::ZERO).await.expect_err("nobody waits that long");
        assert!(matches!(error, Error::Throttled { retry_in, .. } if retry_in == expected), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_would_have_to_wait_too_long_is_not_sent() {
    let mut scene = Scene::new(&READ, [Status(200)]);
    scene.deadline = SECOND * 10;
    let permit = scene.throttle.enter(Instant::now(), Instant::now()).await.expect("the gate is open");
    permit.ended(End::Refused { retry_after: Some(SECOND * 20) }, 1.0);
    let error = scene.check(0, Duration::ZERO).await.expect_err("the gate is closed");
    assert!(matches!(error, Error::Throttled { attempts: 0, last: None, .. }), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn one_refusal_slows_the_others_down() {
    let scene = Scene::new(&READ, [RetryAfter(429, "5"), Status(200)]);
    let second = async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        scene.run().await
    };
    let (first, second) = tokio::join!(scene.run(), second);
    let [first, second] = [first, second].map(|outcome| outcome.expect("it succeeds").1);
    assert_eq!((first.attempts, first.waited, second.attempts), (2, SECOND * 5, 1));
    assert!(second.waited > first.waited && second.waited < SECOND * 6, "{:?}", second.waited);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_leaves_the_gate_as_it_was() {
    let scene = Scene::new(&READ, [RetryAfter(429, "5"), Status(200)]);
    let dropped = tokio::time::timeout(SECOND, scene.run()).await;
    assert!(dropped.is_err());
    let status = scene.throttle.status();
    assert_eq!((status.waiting, status.in_flight, status.refused), (0, 0, 1));
    scene.check(2, SECOND * 4).await.expect("it succeeds");
}

#[tokio::test(start_paused = true)]
async fn server_faults_are_repeated_twice_and_only_if_that_is_safe() {
    for fault in [500, 502, 503, 504] {
        let scene = Scene::new(&READ, [Status(fault), Status(fault), Status(200)]);
        scene.check(3, Duration::from_millis(750)).await.expect("it succeeds");
        let scene = Scene::new(&READ, [Status(fault)]);
        let error = scene.check(3, Duration::from_millis(750)).await.expect_err("three are enough");
        assert_eq!((status(&error), error.attempts()), (Some(fault), 3));
        let scene = Scene::new(&WRITE, [Status(fault)]);
        let error = scene.check(1, Duration::ZERO).await.expect_err("it may have been done");
        assert_eq!(status(&error), Some(fault));
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_fault_with_a_retry_after_waits_for_it() {
    let scene = Scene::new(&READ, [RetryAfter(503, "9"), Status(200)]);
    scene.check(2, SECOND * 9).await.expect("it succeeds");
    let scene = Scene::new(&READ, [RetryAfter(503, "999"), Status(200)]);
    let error = scene.check(1, Duration::ZERO).await.expect_err("nobody waits that long");
    assert_eq!(status(&error), Some(503));
}

#[tokio::test(start_paused = true)]
async fn refusals_other_than_429_are_final() {
    for refusal in [301, 400, 401, 403, 404, 422, 501] {
        let error = Scene::new(&READ, [Status(refusal)]).check(1, Duration::ZERO).await.expect_err("it is refused");
        assert_eq!(status(&error), Some(refusal));
    }
}

#[tokio::test(start_paused = true)]
async fn faults_follow_the_class() {
    for (kind, read, write) in [
        (TransportErrorKind::Connect, 3, 3),
        (TransportErrorKind::Timeout, 3, 1),
        (TransportErrorKind::Interrupted, 3, 1),
        (TransportErrorKind::TooLarge, 1, 1),
    ] {
        for (operation, sent) in [(&READ, read), (&WRITE, write)] {
            let scene = Scene::new(operation, [Step::Fault(kind)]);
            let time = if sent == 3 { Duration::from_millis(750) } else { Duration::ZERO };
            let error = scene.check(sent, time).await.expect_err("it fails");
            let Error::Transport(error) = error else { panic!("{error:?}") };
            assert_eq!((error.kind(), error.attempts()), (kind, sent));
            assert_eq!(error.maybe_executed(), kind != TransportErrorKind::Connect);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_is_not_repeated_after_a_429_and_then_a_fault() {
    let scene = Scene::new(&WRITE, [Status(429), Status(503), Status(200)]);
    let error = scene.check(2, pauses(1)).await.expect_err("it may have been done");
    assert_eq!((status(&error), error.attempts()), (Some(503), 2));
}

#[tokio::test(start_paused = true)]
async fn an_error_tells_whether_something_may_have_been_done() {
    let outage = Step::Fault(TransportErrorKind::Interrupted);
    let offline = Step::Fault(TransportErrorKind::Connect);
    for (steps, maybe_executed) in [
        (vec![Status(400)], false),
        (vec![Status(429), Status(400)], false),
        (vec![offline, Status(400)], false),
        (vec![Status(503), Status(400)], true),
        (vec![outage, Status(400)], true),
        (vec![outage, RetryAfter(429, "1000000")], true),
        (vec![RetryAfter(429, "1000000")], false),
        (vec![Status(503), Status(503), Status(503)], true),
    ] {
        let shown = format!("{steps:?}");
        let sent = u32::try_from(steps.len()).expect("they are few");
        let error = Scene::new(&READ, steps).run().await.expect_err("it fails");
        assert_eq!((error.maybe_executed(), error.attempts()), (maybe_executed, sent), "{shown}: {error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_429_does_not_use_up_the_attempts_for_faults() {
    let steps = [Status(500), Status(429), Status(429), Status(500), Status(200)];
    let time = Duration::from_millis(750) + pauses(2);
    Scene::new(&READ, steps).check(5, time).await.expect("it succeeds");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_repeated_is_not() {
    for (step, expected) in [(Status(429), Some(429)), (Status(503), Some(503))] {
        let mut scene = Scene::new(&READ, [step, Status(200)]);
        scene.is_repeatable = false;
        let error = scene.check(1, Duration::ZERO).await.expect_err("the stream is gone");
        assert_eq!(status(&error), expected);
    }
    let mut scene = Scene::new(&READ, [Step::Fault(TransportErrorKind::Connect), Status(200)]);
    scene.is_repeatable = false;
    scene.check(1, Duration::ZERO).await.expect_err("the stream is gone");
}

#[tokio::test(start_paused = true)]
async fn an_attempt_and_a_call_have_their_limits() {
    let mut scene = Scene::new(&READ, [Slow(SECOND * 40), Slow(SECOND)]);
    scene.check(2, Duration::from_millis(31_250)).await.expect("the second attempt is fast enough");

    scene = Scene::new(&READ, [Slow(SECOND * 40)]);
    scene.deadline = SECOND * 50;
    let error = scene.check(2, SECOND * 50).await.expect_err("the deadline ends the second attempt");
    assert!(matches!(&error, Error::Transport(error) if error.kind() == TransportErrorKind::Timeout), "{error:?}");
    assert_eq!(error.waited(), Duration::from_millis(250));
}

#[tokio::test(start_paused = true)]
async fn limits_without_end_are_possible() {
    let mut scene = Scene::new(&READ, [Status(429), Status(200)]);
    (scene.timeout, scene.deadline) = (Duration::MAX, Duration::MAX);
    scene.check(2, pauses(1)).await.expect("it succeeds");
}

#[tokio::test(start_paused = true)]
async fn an_echoed_key_is_in_no_error() {
    let error = Scene::new(&READ, [Status(401)]).run().await.expect_err("it is refused");
    let Error::Api(error) = error else { panic!("{error:?}") };
    assert_eq!(error.message(), "[api key] is wrong");
    let body = String::from_utf8_lossy(error.body());
    assert!(!format!("{error} {error:?} {body}").contains("sesame"));
}
