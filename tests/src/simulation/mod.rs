//! A site with a limit, callers that want more, and what lies between them: on a virtual time, from a seed.
//!
//! It shows what algorithms for 429 are worth. Ours is the very code that the crate runs; the others are written here from
//! their descriptions. The same scenario, algorithm and seed always give the same outcome.
//!
//! ```
//! use talkable_tests::simulation::{Kind, Scenario, mean, simulate};
//!
//! let scenario = Scenario::new(8, 5.0);
//! let outcome = simulate(&scenario, Kind::Ours, 1);
//! assert_eq!(outcome.lost, 0.0);
//! assert!(mean(&[outcome]).goodput > 95.0);
//! ```

mod algorithm;
mod callers;
mod metrics;
pub mod network;
mod scenario;
mod site;

pub use algorithm::{Answer, Kind};
pub use callers::simulate;
pub use metrics::{Outcome, Tally, mean};
pub use scenario::{Incident, Scenario, Supply};
pub use site::Site;
