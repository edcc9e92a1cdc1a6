//! Runs fleets of processes that call one site, with and without a shared throttle, and compares them.
//!
//! `talkable-fleet [NAME…]` runs the fleets whose names contain one of the words, by default all. Each runs for
//! `FLEET_SECONDS`, by default 15. The processes are this program too; [`child`] contains their part.

#![allow(clippy::unwrap_used, reason = "a panic fails the check")]

mod child;
#[cfg(test)]
mod conformance;
mod event;
mod fleet;
mod outcome;
mod servers;
mod store;
mod workers;

use std::process::ExitCode;
use std::time::Duration;

use crate::fleet::{FLEETS, Servers};
use crate::outcome::Outcome;

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if child::is_child() {
        child::run().await;
        return ExitCode::SUCCESS;
    }
    let seconds = std::env::var("FLEET_SECONDS").map_or(15, |seconds| seconds.parse().unwrap());
    if words == ["workers"] {
        workers::measure(Duration::from_secs(seconds)).await;
        return ExitCode::SUCCESS;
    }
    let servers = Servers::start().await;
    println!("{:<44} {}", format!("{seconds} s each"), Outcome::HEAD);
    let mut has_failed = false;
    for fleet in FLEETS.iter().filter(|fleet| words.is_empty() || words.iter().any(|word| fleet.name.contains(word))) {
        let outcome = fleet.run(&servers, Duration::from_secs(seconds)).await;
        let complaints = fleet.bounds.complaints(&outcome);
        println!("{:<44} {outcome}", fleet.name);
        for complaint in &complaints {
            println!("    FAIL: {complaint}");
        }
        has_failed |= !complaints.is_empty();
    }
    if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
