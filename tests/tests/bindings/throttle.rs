//! Tests the throttle in short simulations. The `throttle` benchmark runs the complete set.
//!
//! Time is virtual, and each run is determined by a seed, so the results change only if the code changes.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use talkable_api::__private::throttle::controller::End;
use talkable_api::__private::throttle::{Limits, Throttle};
use talkable_tests::simulation::{AlgorithmKind, Incident, Outcome, Scenario, StoreModel, Supply, mean, simulate};
use tokio::time::Instant;

const SEEDS: std::ops::Range<u64> = 1..4;

fn means(scenario: Scenario, kind: AlgorithmKind) -> Outcome {
    mean(&SEEDS.map(|seed| simulate(&scenario, kind, seed)).collect::<Vec<_>>())
}

/// Runs a scenario. Asserts a minimum goodput and a maximum waste, both in percent, and that no calls are lost.
fn check(scenario: Scenario, goodput: f64, wasted: f64) -> Outcome {
    let outcome = means(scenario, AlgorithmKind::Ours);
    assert!(outcome.goodput >= goodput && outcome.wasted <= wasted && outcome.lost == 0.0, "{scenario:?}: {outcome:?}");
    outcome
}

#[test]
fn uses_a_steady_limit_and_rarely_exceeds_it() {
    for (callers, limit, wasted) in [(1, 5.0, 12.0), (8, 5.0, 12.0), (64, 5.0, 10.0), (8, 50.0, 5.0), (64, 50.0, 5.0)] {
        let scenario = Scenario::new(callers, limit);
        let outcome = check(scenario, 99.0, wasted);
        let oracle = means(scenario, AlgorithmKind::Oracle);
        assert!(outcome.fairness >= 0.98, "{callers} callers at {limit}: {outcome:?}");
        let times = outcome.p99 / oracle.p99;
        assert!(callers < 8 || times <= 1.5, "{callers} callers at {limit}: p99 is {times} times the oracle's");
    }
}

#[test]
fn obeys_retry_after_with_little_loss() {
    check(Scenario { retry_after: true, ..Scenario::new(64, 5.0) }, 92.0, 10.0);
    check(Scenario { retry_after: true, ..Scenario::new(64, 50.0) }, 95.0, 5.0);
}

#[test]
fn adapts_to_dips_charges_windows_and_outages() {
    let at = |limit| Scenario::new(64, limit);
    let dip = Incident::Dip { from: 20.0, to: 50.0, limit: 5.0 };
    check(Scenario { incident: Some(dip), work: 90.0, ..at(50.0) }, 95.0, 5.0);
    check(Scenario { charge: 0.5, ..at(50.0) }, 92.0, 8.0);
    check(Scenario { charge: 0.5, ..at(5.0) }, 88.0, 12.0);
    check(Scenario { supply: Supply::Windows(10.0), work: 120.0, ..at(5.0) }, 94.0, 25.0);
    check(Scenario { supply: Supply::Bucket(1.0), ..at(50.0) }, 55.0, 5.0);
    let outage = Incident::Outage { from: 10.0, to: 40.0 };
    let outcome = check(Scenario { incident: Some(outage), ..at(50.0) }, 55.0, 5.0);
    assert!(outcome.peak <= 64.0, "the throttle probes too often during an outage: {outcome:?}");
}

#[test]
fn independent_processes_share_a_limit() {
    let outcome = check(Scenario { processes: 4, ..Scenario::new(16, 50.0) }, 96.0, 8.0);
    assert!(outcome.fairness >= 0.93, "{outcome:?}");
    check(Scenario { processes: 16, ..Scenario::new(4, 50.0) }, 95.0, 18.0);
}

#[test]
fn processes_with_a_store_find_the_limit_together() {
    let scenario = Scenario { processes: 16, store: Some(StoreModel::new(0.005)), ..Scenario::new(4, 5.0) };
    let outcome = check(scenario, 95.0, 15.0);
    let one = means(Scenario::new(64, 5.0), AlgorithmKind::Ours);
    assert!(outcome.fairness >= 0.95 && outcome.p99 <= 1.5 * one.p99, "{outcome:?}, {one:?}");
    assert!(outcome.operations <= 10.0, "{outcome:?}");
}

#[test]
fn beats_other_algorithms() {
    let scenario = Scenario::new(64, 5.0);
    let ours = means(scenario, AlgorithmKind::Ours);
    for kind in [
        AlgorithmKind::FullJitter,
        AlgorithmKind::FullJitterShort,
        AlgorithmKind::Decorrelated,
        AlgorithmKind::AwsAdaptive,
    ] {
        let theirs = means(scenario, kind);
        assert!(theirs.goodput < ours.goodput && theirs.wasted > 2.0 * ours.wasted, "{kind:?}: {theirs:?}, {ours:?}");
    }
    assert!(means(scenario, AlgorithmKind::ReqwestRetry).lost > 50.0);
}

#[test]
fn the_seed_determines_a_run() {
    let scenario = Scenario { charge: 0.5, ..Scenario::new(16, 50.0) };
    let run = |seed| simulate(&scenario, AlgorithmKind::Ours, seed);
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn an_unthrottled_call_allocates_nothing() {
    let throttle = Throttle::new(Limits::default());
    let counted = allocation_counter::measure(|| {
        for _ in 0..1000 {
            let now = Instant::now();
            match pin!(throttle.enter(now, now)).poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(Ok(permit)) => permit.ended(End::Accepted, 0.5),
                Poll::Ready(Err(_)) | Poll::Pending => panic!("an idle throttle sends a call at once"),
            }
        }
    });
    assert_eq!(counted.count_total, 0);
}
