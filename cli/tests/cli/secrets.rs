//! The key is in no output.

use talkable_sandbox::Failure;

use crate::support::{Surroundings, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_in_no_output_and_no_error() {
    let sandbox = sandbox().await;
    let surroundings = Surroundings::of(&sandbox);
    for line in [
        "talkable --help",
        "talkable whoami",
        "talkable people find jane@example.com --dry-run",
        "talkable people find jane@example.com",
        "talkable people find nobody@example.com",
        "talkable people find jane@example.com --jq env",
        "talkable people find jane@example.com --jq '$ENV'",
        "talkable people find jane@example.com --site nowhere",
        "talkable peple",
    ] {
        for failure in [None, Some(Failure::Status(401)), Some(Failure::Truncated), Some(Failure::Dropped)] {
            if let Some(failure) = failure {
                sandbox.fail_next("findPerson", failure, 3);
            }
            let run = surroundings.run(line).await;
            let text = format!("{}{}", run.output, run.errors);
            assert!(!text.contains(sandbox.api_key()), "{line}\n{text}");
        }
    }
}
