//! A property test of the verdicts after any sequence of faults.

use proptest::collection::vec;
use proptest::prelude::*;
use tokio::runtime::Builder;

use super::*;
use crate::decode::envelope::DecodeFailure;
use crate::decode::location::Mismatch;
use crate::observe::CallSpan;
use crate::operation::RetryClass;
use crate::send::response::DecodableResponse;

impl ScriptStep {
    /// Whether a server that behaves in this way may have processed the request. A server that refuses a request has not processed
    /// it.
    fn may_process(self) -> bool {
        match self {
            Status(status) | RetryAfter(status, _) => matches!(status, 200..=299 | 408 | 500..=599),
            ScriptStep::Error(kind) => kind != TransportErrorKind::Connect,
            Slow(_) | Page => true,
        }
    }
}

fn any_step() -> impl Strategy<Value = ScriptStep> {
    use TransportErrorKind::{Connect, Interrupted, Timeout, TooLarge};
    let kind = prop::sample::select(vec![Connect, Interrupted, Timeout, TooLarge]);
    prop_oneof![
        3 => Just(Status(429)),
        1 => (200_u16..600).prop_map(Status),
        1 => prop::sample::select(vec![408, 429, 503]).prop_map(|status| RetryAfter(status, "2")),
        3 => kind.prop_map(ScriptStep::Error),
        1 => Just(Page),
        1 => (0_u64..60).prop_map(|time| Slow(SECOND * u32::try_from(time).unwrap_or_default())),
    ]
}

/// Runs a call, and returns its error. A response is treated as one that does not decode.
async fn error(scene: &Scene) -> Error {
    let (raw, stats) = match scene.run().await {
        Ok(response) => response,
        Err(error) => return error,
    };
    let span = CallSpan::new(scene.operation, "site", &Url::parse("https://localhost").expect("a valid URL"));
    let response = DecodableResponse { raw, stats, operation: scene.operation, span };
    let unreadable =
        |_: &mut DecodableResponse| Err::<(), _>(DecodeFailure::Mismatch(Mismatch::at(b"", 0, "unreadable")));
    response.decode(unreadable, 127).map(drop).expect_err("the response is unreadable")
}

proptest! {
    #[test]
    fn never_advises_to_repeat_a_call_that_may_have_been_processed(
        steps in vec(any_step(), 1..8),
        attempts in 1_u32..9,
        seconds in (1_u64..90, 1_u64..90),
        is_throttled: bool,
    ) {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
        for operation in [&READ, &WRITE] {
            let mut scene = Scene::new(operation, steps.clone());
            scene.limits.attempts = Some(attempts);
            scene.limits.is_throttled = is_throttled;
            scene.limits.deadline = Duration::from_secs(seconds.0);
            scene.limits.pause_cap = Duration::from_secs(seconds.1);
            let error = runtime.block_on(error(&scene));
            let sent = scene.sent.get() as usize;
            let may_be_processed = steps.iter().take(sent).any(|step| step.may_process());
            let info = error.info().expect("the call has a valid request");
            let is_lost = matches!(error, Error::Decode(_)) && matches!(steps.get(sent - 1).or(steps.last()), Some(Page));
            let verdict = error.verdict();
            prop_assert!(!is_lost || matches!(verdict, Verdict::RetryAfter(_) | Verdict::MaybeProcessed), "{:?}", error);
            match verdict {
                Verdict::NotSent => prop_assert!(false, "{error:?}"),
                Verdict::RetryAfter(_) => prop_assert!(operation.retry_class == RetryClass::Idempotent || !may_be_processed),
                Verdict::MaybeProcessed => prop_assert!(operation.retry_class == RetryClass::RefusedOnly && may_be_processed),
                // The response was a success, but it was too large or did not decode.
                Verdict::Processed => prop_assert!(may_be_processed && !is_lost),
                Verdict::Rejected | Verdict::Unauthorized => {
                    prop_assert!(operation.retry_class == RetryClass::Idempotent || !may_be_processed);
                }
            }
            prop_assert_eq!(info.maybe_processed(), may_be_processed);
        }
    }
}
