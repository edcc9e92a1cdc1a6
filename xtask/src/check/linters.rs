//! Checks the complete descriptions with Redocly and Spectral. Their configuration is in `tests/clients/`.

use crate::command::{Context, Result};
use crate::inputs::{DESCRIPTION, DESCRIPTION_3_1, WEBHOOKS_DESCRIPTION};
use crate::tools::{Cargo, Npm, run};

pub(super) fn check(_: &mut Context<'_>, cargo: &Cargo) -> Result {
    let npm = Npm::prepare(cargo)?;
    let mut redocly = npm.command("redocly");
    redocly.args(["lint", "--config", "tests/clients/redocly.yaml"]);
    // Both settings prevent requests to other hosts.
    redocly.env("REDOCLY_TELEMETRY", "off").env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
    run(redocly.current_dir(&cargo.root))?;
    let mut spectral = npm.command("spectral");
    spectral.args(["lint", "--ruleset", "tests/clients/spectral.yaml", "--fail-severity", "hint"]);
    run(spectral.args([DESCRIPTION, WEBHOOKS_DESCRIPTION, DESCRIPTION_3_1]).current_dir(&cargo.root))
}
