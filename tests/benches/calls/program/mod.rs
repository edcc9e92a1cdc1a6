//! The measured program, which makes three calls with three clients.
//!
//! `program serve` runs the server, in a process that isn't measured. `program run SIDE CALL TIMES ADDRESS` repeats a call
//! with one client (the side) inside the [`measured`] function. Callgrind finds this function by its name. `program time
//! ADDRESS` measures the wall time of all calls. Progenitor's client is included only with `--cfg progenitor`.

mod by_hand;
mod ours;
#[cfg(progenitor)]
mod progenitor;
mod server;
mod side;
mod time;

use std::error::Error;
use std::future::Future;
use std::io::Read as _;
use std::pin::Pin;

use tokio::runtime::{Builder, Runtime};

use self::side::{Call, SIDES, Side};

/// The number of calls made before a measurement, to open the connection and warm up caches.
const WARM_UP: usize = 3;

pub(crate) type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

pub(crate) fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve"] => serve(),
        ["run", side, call, times, address] => run(side, Call::named(call)?, times.parse()?, address),
        ["time", address] => time::all(address),
        // With other arguments, as in `cargo test`, the program only checks the clients.
        _ => check(),
    }
}

/// Runs the server until standard input is closed.
fn serve() -> Outcome<()> {
    let server = server::start();
    println!("{}", address(&server));
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn address(server: &fake_server::Server) -> &str {
    server.url().trim_start_matches("http://")
}

fn run(side: &str, call: Call, times: usize, address: &str) -> Outcome<()> {
    let side = SIDES.iter().find(|known| known.name == side).ok_or("unknown side")?;
    let runtime = runtime()?;
    let side = (side.make)(address)?;
    runtime.block_on(repeat(&*side, call, WARM_UP))?;
    measured(&runtime, Box::pin(repeat(&*side, call, times)))
}

/// Runs the measured calls and their connections on one thread. Callgrind counts only what this function executes.
#[inline(never)]
fn measured(runtime: &Runtime, calls: Pin<Box<dyn Future<Output = Outcome<()>> + '_>>) -> Outcome<()> {
    runtime.block_on(calls)
}

async fn repeat(side: &dyn Side, call: Call, times: usize) -> Outcome<()> {
    for _ in 0..times {
        side.call(call).await?;
    }
    Ok(())
}

fn runtime() -> Outcome<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// Checks that `ours` and `by_hand` decode equal values.
fn check() -> Outcome<()> {
    let server = server::start();
    runtime()?.block_on(async {
        let address = address(&server);
        let (ours, by_hand) = (ours::Ours::new(address)?, by_hand::ByHand::new(address)?);
        assert_eq!(ours.find_person().await?, by_hand.find_person().await?);
        assert_eq!(ours.create_purchase().await?, by_hand.create_purchase().await?);
        let rewards = ours.list_rewards().await?;
        assert_eq!(rewards.rewards.len(), server::REWARDS);
        assert_eq!(rewards, by_hand.list_rewards().await?);
        Ok(())
    })
}
