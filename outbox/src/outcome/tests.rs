//! Tests of the policy, with errors from a fake API.

use std::time::Duration;

use fake_server::{Reply, Server, json, with_headers};
use talkable_api::Client;

use super::*;

const POLICY: Policy = Policy {
    max_attempts: 3,
    outage_after: 4,
    min_pause: Duration::from_secs(1),
    max_pause: Duration::from_mins(1),
    key_pause: Duration::from_secs(30),
};

fn entry(attempts: u32, probe: Option<i64>) -> Claimed {
    Claimed {
        id: 1,
        token: 1,
        site: "my-store".to_owned(),
        operation: "findPerson".to_owned(),
        payload: String::new(),
        attempts,
        tries: attempts,
        probe,
    }
}

/// The outcome of a call that gets a reply.
async fn outcome(operation: &str, reply: Reply, entry: &Claimed, streak: u32) -> Outcome {
    let server = Server::script([reply]);
    let client = Client::builder().api_key("sesame-0123").site_slug("my-store").base_url(server.url());
    let client = client.build().expect("valid settings");
    let call = client.call_by_id(operation, ["1"]).expect("an operation").attempts(1);
    Outcome::of(call.await, entry, streak, &POLICY, 0.0)
}

fn summary(outcome: &Outcome) -> (Target, Option<u64>, bool, Signal) {
    (outcome.target, outcome.wait.map(|wait| wait.as_secs()), outcome.is_counted, outcome.signal)
}

const READ: &str = "findPerson";
const REFUND: &str = "markOriginAsRefunded";

#[tokio::test]
async fn only_failures_of_an_available_site_count() {
    let failure = || json(503, "");
    let (fresh, last, probe) = (entry(0, None), entry(2, None), entry(2, Some(3)));
    let unavailable = |seconds| Signal::Failed { wait: Duration::from_secs(seconds), reason: "unavailable" };
    for (entry, streak, expected) in [
        (&fresh, 1, (Target::Ready, Some(1), true, Signal::Nothing)),
        (&last, 1, (Target::Dead, Some(4), true, Signal::Nothing)),
        (&last, 4, (Target::Ready, Some(4), false, unavailable(1))),
        (&probe, 1, (Target::Ready, Some(4), false, unavailable(8))),
        (&entry(999, Some(3)), 1, (Target::Dead, None, false, unavailable(8))),
    ] {
        assert_eq!(summary(&outcome(READ, failure(), entry, streak).await), expected, "{entry:?} {streak}");
    }
}

#[tokio::test]
async fn the_target_depends_on_the_verdict() {
    let fresh = entry(0, None);
    for (operation, reply, expected) in [
        (READ, json(200, r#"{"ok":true,"result":{}}"#), (Target::Done, None, false, Signal::Responded)),
        (READ, json(404, ""), (Target::Dead, None, false, Signal::Responded)),
        (READ, with_headers(429, "Retry-After: 7\r\n", ""), (Target::Ready, Some(7), false, Signal::Responded)),
        (REFUND, json(502, ""), (Target::Doubtful, None, false, Signal::Nothing)),
        (REFUND, Reply::close(""), (Target::Doubtful, None, false, Signal::Nothing)),
        (REFUND, json(429, ""), (Target::Ready, Some(1), false, Signal::Responded)),
    ] {
        assert_eq!(summary(&outcome(operation, reply, &fresh, 1).await), expected, "{operation} {expected:?}");
    }
}

#[tokio::test]
async fn a_refusal_counts_if_the_site_accepts_other_calls() {
    let (fresh, second, last) = (entry(0, None), entry(1, None), entry(2, None));
    let (probe, refused) = (entry(2, Some(3)), entry(999, Some(3)));
    let key = Signal::Failed { wait: Duration::from_secs(30), reason: "unauthorized" };
    for (entry, streak, expected) in [
        (&fresh, 1, (Target::Ready, Some(30), false, Signal::Nothing)),
        (&second, 1, (Target::Ready, Some(30), true, Signal::Nothing)),
        (&last, 1, (Target::Dead, Some(30), true, Signal::Nothing)),
        (&last, 2, (Target::Ready, Some(30), false, key)),
        (&probe, 1, (Target::Ready, Some(30), false, key)),
        (&refused, 1, (Target::Dead, None, false, Signal::Responded)),
    ] {
        for status in [401, 403] {
            assert_eq!(summary(&outcome(READ, json(status, ""), entry, streak).await), expected, "{entry:?} {streak}");
        }
    }
}

#[test]
fn a_call_without_a_known_result_is_repeated_after_a_pause_and_not_forever() {
    for (attempts, target, seconds) in [(0, Target::Release, 1), (1, Target::Release, 2), (2, Target::Abandon, 4)] {
        let outcome = Outcome::canceled("", &entry(attempts, None), &POLICY);
        assert_eq!(summary(&outcome), (target, Some(seconds), true, Signal::Nothing));
    }
}
