//! Wall time, the sides in turn: a noisy machine then disturbs all of them alike, which a harness that measures one after
//! the other can't promise.

use std::time::{Duration, Instant};

use super::side::{CALLS, Call, SIDES, Side};
use super::{Outcome, WARM_UP, repeat, runtime};

/// Odd, so that the median is one of the rounds.
const ROUNDS: usize = 51;

/// Prints a line for each call and side: the median over the rounds, in nanoseconds for one call.
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

/// The time of one call, as the mean of a few.
async fn round(side: &dyn Side, call: Call) -> Outcome<Duration> {
    let times: u32 = if matches!(call, Call::ListRewards) { 5 } else { 100 };
    repeat(side, call, WARM_UP).await?;
    let started = Instant::now();
    repeat(side, call, times as usize).await?;
    Ok(started.elapsed() / times)
}
