//! Runs fleets.

#[cfg(test)]
mod conformance;
mod servers;

#[tokio::main]
async fn main() {}
