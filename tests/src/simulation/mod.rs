//! A simulation of callers, a network and a rate-limited site, in virtual time.
//!
//! It compares algorithms that handle 429 responses. `Ours` is the code of `talkable-api`; the other algorithms follow their
//! published descriptions. The scenario, the algorithm and the seed determine the outcome.
//!
//! ```
//! use talkable_tests::simulation::{AlgorithmKind, Scenario, mean, simulate};
//!
//! let scenario = Scenario::new(8, 5.0);
//! let outcome = simulate(&scenario, AlgorithmKind::Ours, 1);
//! assert_eq!(outcome.lost, 0.0);
//! assert!(mean(&[outcome]).goodput > 95.0);
//! ```

mod algorithm;
mod callers;
mod metrics;
pub mod network;
mod scenario;
mod site;
mod store;

pub use algorithm::{AlgorithmKind, SiteResponse};
pub use callers::simulate;
pub use metrics::{Outcome, Tally, mean};
pub use scenario::{Incident, Scenario, Supply};
pub use site::Site;
pub use store::StoreModel;
