//! Durations: a way through the network, the work for a request, and a refusal.

use std::time::Duration;

use fastrand::Rng;

/// The mean seconds from an accepted request to its response.
pub(super) const ROUND_TRIP: f64 = 2.0 * (WAY + WAY_SPREAD) + SERVICE + SERVICE_SPREAD;

const WAY: f64 = 0.020;
const WAY_SPREAD: f64 = 0.003;
const SERVICE: f64 = 0.060;
const SERVICE_SPREAD: f64 = 0.020;
const REFUSAL: f64 = 0.005;

/// One way through the network.
pub fn way(random: &mut Rng) -> Duration {
    Duration::from_secs_f64(WAY + exponential(random, WAY_SPREAD))
}

/// The work of the server before it responds.
pub fn service(random: &mut Rng, is_accepted: bool) -> Duration {
    Duration::from_secs_f64(if is_accepted { SERVICE + exponential(random, SERVICE_SPREAD) } else { REFUSAL })
}

/// The time between two independent events.
pub(super) fn exponential(random: &mut Rng, mean: f64) -> f64 {
    -mean * (1.0 - random.f64()).ln()
}
