//! Measures the cost of the throttle for a call that does not wait.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use talkable_api::__private::throttle::controller::End;
use talkable_api::__private::throttle::{Limits, Throttle};
use tokio::time::Instant;

const CALLS: u32 = 1_000_000;
const ROUNDS: u32 = 5;

/// The cost of one call.
pub(crate) struct Overhead {
    pub(crate) allocations: f64,
    /// The nanoseconds per call in the fastest round, which is least affected by other load.
    pub(crate) nanoseconds: f64,
}

pub(crate) fn measure() -> Overhead {
    let throttle = Throttle::new(Limits::default());
    let mut fastest = Duration::MAX;
    let counted = allocation_counter::measure(|| {
        for _ in 0..ROUNDS {
            let begin = std::time::Instant::now();
            (0..CALLS).for_each(|_| call(&throttle));
            fastest = fastest.min(begin.elapsed());
        }
    });
    let allocations = u32::try_from(counted.count_total).map_or(f64::INFINITY, f64::from) / f64::from(CALLS * ROUNDS);
    Overhead { allocations, nanoseconds: fastest.as_secs_f64() * 1e9 / f64::from(CALLS) }
}

/// Takes and returns a slot, as a call does.
fn call(throttle: &Throttle) {
    let now = Instant::now();
    match pin!(throttle.enter(now, now)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(permit)) => permit.ended(End::Accepted, 0.5),
        Poll::Ready(Err(_)) | Poll::Pending => unreachable!("an idle throttle accepts the call"),
    }
}
