//! Lints the published crates with the feature sets that users choose, and tests the choice of the TLS library.

use std::process::Stdio;

use crate::command::{Context, Failure, Result};
use crate::tools::{Cargo, succeeds};

/// The packages and features that are linted together. The step `clippy` lints `talkable-api` with all optional features.
const ROWS: &[&[&str]] = &[
    &["--package=talkable-api", "--lib", "--no-default-features"],
    &["--package=talkable-api", "--lib", "--no-default-features", "--features=webhooks"],
    &["--package=talkable-api", "--lib", "--no-default-features", "--features=resources,native-tls,blocking"],
    &["--package=talkable-api", "--lib", "--no-default-features", "--features=resources,rustls-no-provider,tracing"],
    &["--package=talkable-api", "--lib", "--features=serialize"],
    &["--package=talkable-api", "--lib", "--features=webhook-axum"],
    &["--package=talkable-outbox", "--package=talkable-throttle-redis", "--lib"],
    &["--package=talkable-outbox", "--lib", "--no-default-features", "--features=postgres"],
    // The last row builds all programs and tests that need PostgreSQL or Redis.
    &[
        "--package=talkable-outbox",
        "--package=talkable-throttle-redis",
        "--package=talkable-fleet",
        "--package=talkable-cli",
        "--all-targets",
        "--all-features",
    ],
];

/// The test of the TLS library, which the step runs with another feature.
const TEST: &str = "tls::uses_rustls_if_reqwest_also_has_native_tls";

pub(super) fn check(context: &mut Context<'_>, cargo: &Cargo) -> Result {
    for row in ROWS {
        if row.iter().any(|word| word.contains("native-tls")) && !succeeds("pkg-config", &["--exists", "openssl"]) {
            let reason = "native-tls needs pkg-config and the OpenSSL headers (libssl-dev)";
            return Err(Failure::Skipped(reason.to_owned()));
        }
        context.announce(&row.join(" "))?;
        cargo.run(&[&["clippy", "--quiet"][..], *row, &["--", "-D", "warnings"]].concat())?;
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
