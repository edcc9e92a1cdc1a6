//! Tests for the retry loop with a scripted server, on a virtual clock.

mod verdicts;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::RETRY_AFTER;

use super::*;
use crate::error::{ApiErrorKind, TransportErrorKind, Verdict};
use crate::send::key::ApiKey;
use crate::send::response::ResponseBody;

static READ: Operation = Operation::new("read", Method::GET, "/").idempotent();
static WRITE: Operation = Operation::new("write", Method::POST, "/");

const SECOND: Duration = Duration::from_secs(1);

/// The server's response to one attempt.
#[derive(Clone, Copy, Debug)]
enum ScriptStep {
    Status(u16),
    RetryAfter(u16, &'static str),
    Error(TransportErrorKind),
    /// A response with status 200 after this time.
    Slow(Duration),
    /// An HTML page of a proxy with status 200.
    Page,
}
use ScriptStep::{Page, RetryAfter, Slow, Status};

/// A call and the script for its server. The last step of the script is repeated.
struct Scene {
    operation: &'static Operation,
    is_repeatable: bool,
    limits: RetryLimits,
    throttle: Throttle,
    script: RefCell<VecDeque<ScriptStep>>,
    sent: Cell<u32>,
}

impl Scene {
    fn new(operation: &'static Operation, script: impl IntoIterator<Item = ScriptStep>) -> Self {
        Self {
            operation,
            is_repeatable: true,
            limits: RetryLimits::default(),
            throttle: Throttle::default(),
            script: RefCell::new(script.into_iter().collect()),
            sent: Cell::new(0),
        }
    }

    async fn run(&self) -> Result<(RawResponse, CallStats), Error> {
        let server = Url::parse("https://localhost").expect("a valid URL");
        let plan = Plan {
            operation: self.operation,
            server: &server,
            is_repeatable: self.is_repeatable,
            limits: &self.limits,
            before_send: None,
        };
        // A random value of 1 results in the longest pauses.
        run(&plan, &self.throttle, || 1.0, |end, _| self.attempt(end)).await
    }

    async fn attempt(&self, end: Instant) -> Result<RawResponse, AttemptError> {
        self.sent.set(self.sent.get() + 1);
        match self.next() {
            Status(status) => Ok(response(status, None)),
            RetryAfter(status, text) => Ok(response(status, Some(text))),
            ScriptStep::Error(kind) => Err(AttemptError::new(kind)),
            Page => Ok(RawResponse { body: ResponseBody::Read(Bytes::from_static(b"<html>")), ..response(200, None) }),
            Slow(time) => {
                let done = Instant::now() + time;
                sleep_until(done.min(end)).await;
                if done <= end { Ok(response(200, None)) } else { Err(AttemptError::new(TransportErrorKind::Timeout)) }
            }
        }
    }

    fn next(&self) -> ScriptStep {
        let mut script = self.script.borrow_mut();
        let step = if script.len() > 1 { script.pop_front() } else { script.front().copied() };
        step.expect("the script has a step")
    }

    /// Checks the number of attempts and the duration of the call, and returns its result.
    async fn check(&self, sent: u32, time: Duration) -> Result<CallStats, Error> {
        let start = Instant::now();
        let outcome = self.run().await.map(|(_, stats)| stats);
        assert_eq!(self.sent.get(), sent, "{outcome:?}");
        // The timer has a resolution of one millisecond, and each wait can be rounded up.
        let over = start.elapsed().checked_sub(time).unwrap_or_else(|| panic!("{:?}: {outcome:?}", start.elapsed()));
        assert!(over < Duration::from_millis(20), "{:?}: {outcome:?}", start.elapsed());
        outcome
    }
}

fn response(status: u16, retry_after: Option<&str>) -> RawResponse {
    let headers = retry_after.map(|text| (RETRY_AFTER, text.parse().expect("a header")));
    RawResponse {
        status: StatusCode::from_u16(status).expect("a status"),
        headers: headers.into_iter().collect(),
        body: ResponseBody::Read(Bytes::from_static(br#"{"ok":false,"error_message":"sesame-0123 is wrong\n"}"#)),
        key: Arc::new(ApiKey::new("sesame-0123".into()).expect("a valid key")),
    }
}

fn attempts(error: &Error) -> u32 {
    error.info().map_or(0, CallInfo::attempts)
}

fn status(error: &Error) -> Option<u16> {
    if let Error::Api(error) = error { Some(error.status()) } else { None }
}

#[tokio::test(start_paused = true)]
async fn a_success_ends_the_call() {
    let stats = Scene::new(&READ, [Status(201)]).check(1, Duration::ZERO).await.expect("the call succeeds");
    assert_eq!(stats, CallStats { attempts: 1, ..CallStats::default() });
}

#[tokio::test(start_paused = true)]
async fn retries_every_operation_after_429_with_growing_pauses() {
    for operation in [&READ, &WRITE] {
        let scene = Scene::new(operation, [Status(429), Status(429), Status(429), Status(200)]);
        let stats = scene.check(4, pauses(3)).await.expect("the call succeeds");
        assert_eq!(stats.attempts, 4);
        assert!(stats.waited >= pauses(3));
    }
}

/// The total length of the first `count` pauses after 429s, with maximum jitter. The first pause is 0.375 s, and each
/// is 50% longer than the one before, up to a minute. From the second pause on, the throttle's initial rate of one
/// request per second sets a minimum of one second.
fn pauses(count: i32) -> Duration {
    let own = |number| Duration::from_secs_f64(0.375 * 1.5_f64.powi(number)).min(SECOND * 60);
    (0..count).map(|number| if number == 0 { own(number) } else { own(number).max(SECOND) }).sum()
}

#[tokio::test(start_paused = true)]
async fn retries_after_429_until_the_deadline() {
    let scene = Scene::new(&WRITE, [Status(429)]);
    // Another pause of a minute would exceed the deadline of five minutes.
    let error = scene.check(16, pauses(15)).await.expect_err("the deadline passes");
    let Error::Throttled(error) = error else { panic!("{error:?}") };
    let (retry_in, attempts, waited) = (error.retry_in(), error.info().attempts(), error.info().waited());
    assert_eq!((retry_in, attempts), (SECOND * 60, 16));
    assert!(waited >= pauses(15) && waited < SECOND * 300);
    assert_eq!(error.last().map(ApiError::kind), Some(ApiErrorKind::TooManyRequests));
}

#[tokio::test(start_paused = true)]
async fn the_last_attempt_determines_the_error() {
    for step in [Status(429), Status(503)] {
        let mut scene = Scene::new(&READ, [step]);
        scene.limits.attempts = Some(2);
        let time = if matches!(step, Status(429)) { pauses(1) } else { SECOND / 4 };
        let error = scene.check(2, time).await.expect_err("two attempts fail");
        assert!(status(&error).is_some_and(|status| matches!(step, Status(other) if other == status)), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn pause_cap_ends_the_call_before_a_longer_pause() {
    for (step, sent) in [(RetryAfter(429, "7"), 1), (Status(429), 6)] {
        let mut scene = Scene::new(&READ, [step]);
        scene.limits.pause_cap = SECOND * 2;
        let error = scene.check(sent, pauses(sent.cast_signed() - 1)).await.expect_err("the pause exceeds pause_cap");
        assert!(matches!(&error, Error::Throttled(error) if error.retry_in() > SECOND * 2), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_429_is_final_without_the_throttle() {
    let mut scene = Scene::new(&READ, [RetryAfter(429, "60"), Status(200)]);
    scene.limits.is_throttled = false;
    let error = scene.check(1, Duration::ZERO).await.expect_err("the API refuses the call");
    assert_eq!((status(&error), error.verdict()), (Some(429), Verdict::RetryAfter(SECOND * 60)));
    scene.limits.is_throttled = true;
    scene.check(2, Duration::ZERO).await.expect("a slot is free");
}

#[tokio::test(start_paused = true)]
async fn obeys_retry_after_or_fails_at_once() {
    for text in ["7", "7.0"] {
        let scene = Scene::new(&WRITE, [RetryAfter(429, text), Status(200)]);
        scene.check(2, SECOND * 7).await.expect("the call succeeds");
    }
    for (text, expected) in [("1000000", SECOND * 1_000_000), ("inf", FOREVER)] {
        let scene = Scene::new(&WRITE, [RetryAfter(429, text), Status(200)]);
        let error = scene.check(1, Duration::ZERO).await.expect_err("the pause exceeds the deadline");
        assert!(matches!(&error, Error::Throttled(error) if error.retry_in() == expected), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn does_not_send_a_call_that_would_wait_too_long() {
    let mut scene = Scene::new(&READ, [Status(200)]);
    scene.limits.deadline = SECOND * 10;
    let permit = scene.throttle.enter(Instant::now(), Instant::now()).await.expect("a slot is free");
    permit.ended(End::Refused { retry_after: Some(SECOND * 20) }, 1.0);
    let error = scene.check(0, Duration::ZERO).await.expect_err("the next slot is too late");
    assert!(
        matches!(&error, Error::Throttled(error) if error.info().attempts() == 0 && error.last().is_none()),
        "{error:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn one_429_delays_other_calls() {
    let scene = Scene::new(&READ, [RetryAfter(429, "5"), Status(200)]);
    let second = async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        scene.run().await
    };
    let (first, second) = tokio::join!(scene.run(), second);
    let [first, second] = [first, second].map(|outcome| outcome.expect("the call succeeds").1);
    assert_eq!((first.attempts, first.waited, second.attempts), (2, SECOND * 5, 1));
    assert!(second.waited > first.waited && second.waited < SECOND * 6, "{:?}", second.waited);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_does_not_block_the_throttle() {
    let scene = Scene::new(&READ, [RetryAfter(429, "5"), Status(200)]);
    let dropped = tokio::time::timeout(SECOND, scene.run()).await;
    assert!(dropped.is_err());
    let status = scene.throttle.status();
    assert_eq!((status.waiting, status.in_flight, status.refused), (0, 0, 1));
    scene.check(2, SECOND * 4).await.expect("the call succeeds");
}

#[tokio::test(start_paused = true)]
async fn retries_idempotent_operations_twice_after_a_server_error() {
    for fault in [500, 502, 503, 504] {
        let scene = Scene::new(&READ, [Status(fault), Status(fault), Status(200)]);
        scene.check(3, Duration::from_millis(750)).await.expect("the call succeeds");
        let scene = Scene::new(&READ, [Status(fault)]);
        let error = scene.check(3, Duration::from_millis(750)).await.expect_err("three attempts fail");
        assert_eq!((status(&error), attempts(&error)), (Some(fault), 3));
        let scene = Scene::new(&WRITE, [Status(fault)]);
        let error = scene.check(1, Duration::ZERO).await.expect_err("a write is not retried");
        assert_eq!(status(&error), Some(fault));
    }
}

#[tokio::test(start_paused = true)]
async fn obeys_retry_after_of_a_server_error() {
    let scene = Scene::new(&READ, [RetryAfter(503, "9"), Status(200)]);
    scene.check(2, SECOND * 9).await.expect("the call succeeds");
    let scene = Scene::new(&READ, [RetryAfter(503, "999"), Status(200)]);
    let error = scene.check(1, Duration::ZERO).await.expect_err("the pause exceeds the deadline");
    assert_eq!(status(&error), Some(503));
}

#[tokio::test(start_paused = true)]
async fn other_errors_are_final() {
    for refusal in [301, 400, 401, 403, 404, 422, 501] {
        let error =
            Scene::new(&READ, [Status(refusal)]).check(1, Duration::ZERO).await.expect_err("the API refuses the call");
        assert_eq!(status(&error), Some(refusal));
    }
}

#[tokio::test(start_paused = true)]
async fn retries_writes_only_after_a_failed_connection() {
    for (kind, read, write) in [
        (TransportErrorKind::Connect, 3, 3),
        (TransportErrorKind::Timeout, 3, 1),
        (TransportErrorKind::Interrupted, 3, 1),
        (TransportErrorKind::TooLarge, 1, 1),
    ] {
        for (operation, sent) in [(&READ, read), (&WRITE, write)] {
            let scene = Scene::new(operation, [ScriptStep::Error(kind)]);
            let time = if sent == 3 { Duration::from_millis(750) } else { Duration::ZERO };
            let error = scene.check(sent, time).await.expect_err("the call fails");
            let Error::Transport(error) = error else { panic!("{error:?}") };
            assert_eq!((error.kind(), error.info().attempts()), (kind, sent));
            assert_eq!(error.info().maybe_processed(), kind != TransportErrorKind::Connect);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn does_not_retry_a_write_that_fails_after_a_429() {
    let scene = Scene::new(&WRITE, [Status(429), Status(503), Status(200)]);
    let error = scene.check(2, pauses(1)).await.expect_err("a write is not retried");
    assert_eq!((status(&error), attempts(&error)), (Some(503), 2));
}

#[tokio::test(start_paused = true)]
async fn reports_whether_the_call_may_have_been_processed() {
    let outage = ScriptStep::Error(TransportErrorKind::Interrupted);
    let offline = ScriptStep::Error(TransportErrorKind::Connect);
    for (steps, maybe_processed) in [
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
        let sent = u32::try_from(steps.len()).expect("the script is short");
        let error = Scene::new(&READ, steps).run().await.expect_err("the call fails");
        let info = error.info().expect("the request was sent");
        assert_eq!((info.maybe_processed(), info.attempts()), (maybe_processed, sent), "{shown}: {error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_429_does_not_count_as_a_failed_attempt() {
    let steps = [Status(500), Status(429), Status(429), Status(500), Status(200)];
    let time = Duration::from_millis(750) + pauses(2);
    Scene::new(&READ, steps).check(5, time).await.expect("the call succeeds");
}

#[tokio::test(start_paused = true)]
async fn does_not_retry_a_stream() {
    for (step, expected) in [(Status(429), Some(429)), (Status(503), Some(503))] {
        let mut scene = Scene::new(&READ, [step, Status(200)]);
        scene.is_repeatable = false;
        let error = scene.check(1, Duration::ZERO).await.expect_err("a stream is not sent again");
        assert_eq!(status(&error), expected);
    }
    let mut scene = Scene::new(&READ, [ScriptStep::Error(TransportErrorKind::Connect), Status(200)]);
    scene.is_repeatable = false;
    scene.check(1, Duration::ZERO).await.expect_err("a stream is not sent again");
}

#[tokio::test(start_paused = true)]
async fn timeout_and_deadline_end_attempts() {
    let mut scene = Scene::new(&READ, [Slow(SECOND * 40), Slow(SECOND)]);
    scene.check(2, Duration::from_millis(31_250)).await.expect("the second attempt is fast enough");

    scene = Scene::new(&READ, [Slow(SECOND * 40)]);
    scene.limits.deadline = SECOND * 50;
    let error = scene.check(2, SECOND * 50).await.expect_err("the deadline ends the second attempt");
    assert!(matches!(&error, Error::Transport(error) if error.kind() == TransportErrorKind::Timeout), "{error:?}");
    assert_eq!(error.info().map(CallInfo::waited), Some(Duration::from_millis(250)));
}

#[tokio::test(start_paused = true)]
async fn accepts_unlimited_durations() {
    let mut scene = Scene::new(&READ, [Status(429), Status(200)]);
    (scene.limits.timeout, scene.limits.deadline) = (Duration::MAX, Duration::MAX);
    scene.check(2, pauses(1)).await.expect("the call succeeds");
}

#[tokio::test(start_paused = true)]
async fn errors_do_not_contain_an_echoed_key() {
    let error = Scene::new(&READ, [Status(401)]).run().await.expect_err("the API refuses the call");
    let Error::Api(error) = error else { panic!("{error:?}") };
    assert_eq!(error.message(), "[api key] is wrong");
    let body = String::from_utf8_lossy(error.body());
    assert!(!format!("{error} {error:?} {body}").contains("sesame"));
}
