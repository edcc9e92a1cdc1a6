//! The crate builds with the sets of features that its users choose.

use super::step::Outcome;
use crate::context::Context;
use crate::terminal::Failure;
use crate::tools::{Cargo, succeeds};

/// The sets besides the default one.
const FEATURE_SETS: &[&[&str]] = &[
    &["--no-default-features"],
    &["--no-default-features", "--features", "resources,native-tls"],
    &["--no-default-features", "--features", "resources,rustls-no-provider"],
    &["--features", "serialize"],
    &["--features", "blocking"],
    &["--features", "tracing"],
    &["--no-default-features", "--features", "webhooks"],
    &["--features", "webhook-axum"],
    &["--features", "serialize,webhooks"],
];

pub(super) fn check(context: &mut Context<'_>, cargo: &Cargo) -> Result<Outcome, Failure> {
    for set in FEATURE_SETS {
        if set.iter().any(|word| word.contains("native-tls")) && !succeeds("pkg-config", &["--exists", "openssl"]) {
            return Ok(Outcome::Skipped("native-tls needs pkg-config and OpenSSL's headers (libssl-dev)".to_owned()));
        }
        context.announce(&format!("talkable-api {}", set.join(" ")))?;
        let clippy = ["clippy", "--quiet", "--package", "talkable-api", "--lib"];
        cargo.run(&[&clippy[..], set, &["--", "-D", "warnings"]].concat())?;
    }
    Ok(Outcome::Passed)
}
