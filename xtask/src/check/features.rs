//! Lints the published crates with the feature sets that users choose, and tests the choice of the TLS library.

use std::process::Stdio;

use crate::command::{Context, Failure, Result};
use crate::tools::{Cargo, succeeds};

/// The feature sets other than the default.
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

/// The test of the TLS library, which the step runs with another feature.
const TEST: &str = "tls::uses_rustls_if_reqwest_also_has_native_tls";

pub(super) fn check(context: &mut Context<'_>, cargo: &Cargo) -> Result {
    for set in FEATURE_SETS {
        if set.iter().any(|word| word.contains("native-tls")) && !succeeds("pkg-config", &["--exists", "openssl"]) {
            let reason = "native-tls needs pkg-config and the OpenSSL headers (libssl-dev)";
            return Err(Failure::Skipped(reason.to_owned()));
        }
        context.announce(&format!("talkable-api {}", set.join(" ")))?;
        let clippy = ["clippy", "--quiet", "--package", "talkable-api", "--lib"];
        cargo.run(&[&clippy[..], set, &["--", "-D", "warnings"]].concat())?;
    }
    for set in [&[][..], &["--no-default-features", "--features", "postgres"], &["--all-features", "--tests"]] {
        context.announce(&format!("talkable-outbox {}", set.join(" ")))?;
        let clippy = ["clippy", "--quiet", "--package", "talkable-outbox", "--lib"];
        cargo.run(&[&clippy[..], set, &["--", "-D", "warnings"]].concat())?;
    }
    for package in ["talkable-throttle-redis", "talkable-fleet"] {
        context.announce(&format!("{package} --all-features"))?;
        let clippy = ["clippy", "--quiet", "--package", package, "--all-features", "--all-targets"];
        cargo.run(&[&clippy[..], &["--", "-D", "warnings"]].concat())?;
    }
    // If another crate enables reqwest's `native-tls`, this client must still use rustls.
    context.announce("talkable-api with native-tls in addition to rustls")?;
    let mut test = cargo.command();
    test.args(["test", "--quiet", "--package", "talkable-api", "--features", "native-tls", "--test", "client", TEST]);
    let output = test.stderr(Stdio::inherit()).output().map_err(Failure::io("cargo", "cannot be started"))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && printed.contains(" 1 passed;") {
        return Ok(());
    }
    context.announce(&printed)?;
    let error = Failure::new(format!("the test `{TEST}` did not pass"));
    Err(error.help("if the test has another name now, change the name in xtask/src/check/features.rs"))
}
