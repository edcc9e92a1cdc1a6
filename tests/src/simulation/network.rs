//! Random network and server latencies.

use std::time::Duration;

use fastrand::Rng;

/// The mean time from an accepted request to its response, in seconds.
pub(super) const ROUND_TRIP: f64 = 2.0 * (WAY + WAY_SPREAD) + SERVICE + SERVICE_SPREAD;

const WAY: f64 = 0.020;
const WAY_SPREAD: f64 = 0.003;
const SERVICE: f64 = 0.060;
const SERVICE_SPREAD: f64 = 0.020;
const THROTTLED: f64 = 0.005;

/// Returns a random one-way network latency.
pub fn way(random: &mut Rng) -> Duration {
    Duration::from_secs_f64(WAY + exponential(random, WAY_SPREAD))
}

/// Returns a random time for the server to respond to a request.
pub fn service(random: &mut Rng, is_accepted: bool) -> Duration {
    Duration::from_secs_f64(if is_accepted { SERVICE + exponential(random, SERVICE_SPREAD) } else { THROTTLED })
}

/// Returns an exponentially distributed random time, such as the time between independent events.
pub(super) fn exponential(random: &mut Rng, mean: f64) -> f64 {
    -mean * (1.0 - random.f64()).ln()
}
