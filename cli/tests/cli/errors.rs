//! Errors and exit codes.

use talkable_sandbox::Failure;

use crate::support::{Run, Surroundings, assert_golden, sandbox};

fn report(line: &str, run: &Run) -> String {
    assert_eq!(run.output, "", "{line}");
    format!("$ {line}\n{}exit {}\n\n", run.errors, run.exit)
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_arguments_are_reported_before_anything_is_sent() {
    let sandbox = sandbox().await;
    let surroundings = Surroundings::of(&sandbox);
    let mut text = String::new();
    for line in [
        "talkable peple find jane@example.com",
        "talkable people find",
        "talkable origins create-purchase --email jane@example.com --order-number 1 --subtotal 1x --item price=2,quanity=1",
        "talkable origins create-purchase --email jane@example.com --order-number 1",
        "talkable origins create-purchase --data '{\"email\": 1, \"order_number\": \"1\", \"items\": [{\"price\": \"x\"}], \"totel\": 1}'",
        "talkable origins create-purchase --data '{'",
        "talkable origins create --type Event --email jane@example.com --order-number 1",
        "talkable referrals update-status 1041 --status aproved",
        "talkable metrics calculate advocate_impressions --start-date 2026-13-01 --end-date yesterday",
        "talkable people find jane@example.com --jq '.person['",
        "talkable people find jane@example.com --output json --jq .",
        "talkable campaigns list --output table --columns nam",
    ] {
        text += &report(line, &surroundings.run(line).await);
    }
    assert_golden("errors_invalid", &text);
    // The last command sends a request before it finds that the column is missing.
    assert_eq!(sandbox.calls().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_follow_the_verdict() {
    let sandbox = sandbox().await;
    let surroundings = Surroundings::of(&sandbox);
    let mut text = String::new();
    let rejected = "talkable people find nobody@example.com";
    text += &report(rejected, &surroundings.run(rejected).await);
    let mut wrong_key = surroundings.clone();
    wrong_key.set("TALKABLE_API_KEY", "wrong-key-0123456789");
    let line = "talkable people find jane@example.com";
    text += &report(line, &wrong_key.run(line).await);
    sandbox.fail_next("findPerson", Failure::Status(503), 3);
    text += &report(line, &surroundings.run(line).await);
    sandbox.fail_next("anonymizePerson", Failure::DroppedAfterProcessing, 3);
    let line = "talkable people anonymize guest@example.com";
    text += &report(line, &surroundings.run(line).await);
    assert_golden("errors_verdicts", &text);
}

#[tokio::test]
async fn without_a_key_the_error_explains_how_to_set_one_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = "talkable people find jane@example.com";
    let run = Surroundings::configured(folder.path()).run(line).await;
    assert_golden("errors_no_key", &report(line, &run));
}
