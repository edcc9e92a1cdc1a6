//! Measures wall time. The clients take turns, so that other load affects all of them equally.

use std::time::{Duration, Instant};

use super::side::{CALLS, Call, SIDES, Side};
use super::{Outcome, WARM_UP, repeat, runtime};

/// The number of rounds. It is odd, so that the median is the time of one round.
const ROUNDS: usize = 51;

/// Prints the median time of each call for each client, in nanoseconds.
pub(crate) fn all(address: &str) -> Outcome<()> {
    let runtime = runtime()?;
    let sides: Vec<Box<dyn Side>> = SIDES.iter().map(|side| (side.make)(address)).collect::<Outcome<_>>()?;
    for call in CALLS {
        let mut rounds = vec![Vec::with_capacity(ROUNDS); sides.len()];
        for _ in 0..ROUNDS {
            for (side, times) in sides.iter().zip(&mut rounds) {
                times.push(runtime.block_on(round(&**side, call))?);
            }
        }
        for (side, mut times) in SIDES.iter().zip(rounds) {
            times.sort_unstable();
            println!("{} {} {}", call.name(), side.name, times[ROUNDS / 2].as_nanos());
        }
    }
    Ok(())
}

/// Makes several calls and returns their mean time.
async fn round(side: &dyn Side, call: Call) -> Outcome<Duration> {
    let times: u32 = if matches!(call, Call::ListRewards) { 5 } else { 100 };
    repeat(side, call, WARM_UP).await?;
    let started = Instant::now();
    repeat(side, call, times as usize).await?;
    Ok(started.elapsed() / times)
}
