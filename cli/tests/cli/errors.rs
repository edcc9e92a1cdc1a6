//! Errors and exit codes.

use talkable_sandbox::Failure;

use crate::support::{Environment, Run, assert_golden, sandbox};

fn report(line: &str, run: &Run) -> String {
    assert_eq!(run.output, "", "{line}");
    format!("$ {line}\n{}exit {}\n\n", run.errors, run.exit)
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_arguments_are_reported_before_anything_is_sent() {
    let sandbox = sandbox().await;
    let environment = Environment::of(&sandbox);
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
        "talkable people find jane@example.com --output json --columns email",
        "talkable metrics show total_sales_sum --chart --output csv",
        "talkable webhooks trigger reward_web_hook --print --jq .",
        "talkable webhooks listen --columns id",
        "talkable export rewards addresses.txt --columns id",
        "talkable export rewards addresses.txt --jq .",
        "talkable coupons check ' '",
        "talkable coupons check TK-4AMB7F8Q --site one --site two",
        "talkable login --site one --site two",
        "talkable login --site my-store --jq .site",
        "talkable --profile live man target",
        "talkable webhooks verify body.txt --site one",
        "talkable --site one webhooks verify body.txt",
        "talkable people update jane@example.com --first-name Jane --output csv --columns emial,person.id",
        "talkable people find jane@example.com --output table --columns id.nope",
        "talkable person find jane@example.com --timeout abc",
        "talkable origins create-purchase --email '' --order-number 1 --subtotal 1",
        "talkable people find ''",
        "talkable coupons check TK-4AMB7F8Q --email ''",
        "talkable gdpr anonymize '' --yes",
        "talkable people unsubscribe jane@example.com --output csv --columns site",
        "talkable gdpr anonymize jane@example.com --yes --output csv --columns 'status, nope'",
        "talkable gdpr export jane@example.com --output csv --columns personal_data.nope",
        "talkable gdpr export jane@example.com --output table --columns status",
        "talkable metrics show total_sales_sum --output csv --columns site",
        "talkable metrics show total_sales_sum sharing_rate total_sales_sum",
        "talkable whoami --output csv --columns key",
        "talkable profiles --set-default live --output csv --columns nope",
        "talkable coupons check TK-4AMB7F8Q --output csv --columns usabel",
        "talkable webhooks verify body.txt --output csv --columns nope",
        "talkable webhooks trigger reward_web_hook --to http://127.0.0.1:1/ --output csv --columns file",
        "talkable webhooks replay nowhere --to http://127.0.0.1:1/ --output csv --columns nope",
    ] {
        text += &report(line, &environment.run(line).await);
    }
    assert_golden("errors_invalid", &text);
    assert!(sandbox.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_follow_the_verdict() {
    let sandbox = sandbox().await;
    let environment = Environment::of(&sandbox);
    let mut text = String::new();
    let rejected = "talkable people find unknown@example.com";
    text += &report(rejected, &environment.run(rejected).await);
    let mut wrong_key = environment.clone();
    wrong_key.set("TALKABLE_API_KEY", "wrong-key-0123456789");
    let line = "talkable people find jane@example.com";
    text += &report(line, &wrong_key.run(line).await);
    sandbox.fail_next("findPerson", Failure::Status(503), 3);
    text += &report(line, &environment.run(line).await);
    sandbox.fail_next("anonymizePerson", Failure::DroppedAfterProcessing, 3);
    let line = "talkable people anonymize guest@example.com --yes";
    text += &report(line, &environment.run(line).await);
    assert_golden("errors_verdicts", &text);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_the_output_have_a_code_of_their_own() {
    let sandbox = sandbox().await;
    let environment = Environment::of(&sandbox);
    let run = environment.run("talkable people unsubscribe guest@example.com --jq tonumber").await;
    assert!(run.exit == 8 && run.errors.contains("the jq filter failed"), "{}", run.errors);
    // The request must not be repeated to see its result.
    assert!(run.output.starts_with('{') && run.output.contains("guest@example.com"), "{}", run.output);
    assert_eq!(sandbox.calls().len(), 1);
    let run = environment.run("talkable campaigns list --columns id,,name").await;
    assert_eq!((run.exit, sandbox.calls().len()), (2, 1), "{}", run.errors);
    for (line, known) in
        [("campaigns list", "`appearance`"), ("people find jane@example.com", "`person.referral_counts.total`")]
    {
        for format in ["table", "csv"] {
            let run = environment.run(&format!("talkable {line} --output {format} --columns nope --unchecked")).await;
            assert_eq!((run.exit, run.output.as_str()), (8, ""), "{line} {format}");
            assert!(run.errors.contains("no column `nope`"), "{}", run.errors);
            assert!(run.errors.contains(known), "{}", run.errors);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_filter_hides_neither_a_failed_site_nor_an_effect() {
    let sandbox = sandbox().await;
    let environment = Environment::of(&sandbox);
    for command in ["people find", "people unsubscribe", "gdpr export", "gdpr anonymize --yes", "whoami"] {
        let person = if command == "whoami" { "" } else { "jane@example.com" };
        let line = format!("talkable {command} {person} --site my-store --site other --jq .person.email");
        let run = environment.run(&line).await;
        assert!(
            run.exit == 8 && run.errors.starts_with("error: the jq filter failed: cannot index [{"),
            "{}",
            run.errors
        );
        assert!(run.errors.contains("start with `.[]`") && run.errors.contains("site other"), "{}", run.errors);
        assert!(run.errors.lines().all(|line| line.chars().count() < 130), "{}", run.errors);
        let has_effect = command.contains("unsubscribe") || command.contains("anonymize");
        assert_eq!(run.output.starts_with('['), has_effect, "{line}\n{}", run.output);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_an_error_of_the_output() {
    let sandbox = sandbox().await;
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_talkable"));
    command.args(["campaigns", "list"]).env_clear().env("TALKABLE_API_KEY", sandbox.api_key());
    command.env("TALKABLE_SITE_SLUG", sandbox.site_slug()).env("TALKABLE_BASE_URL", sandbox.url());
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("the device exists");
    let output = tokio::task::spawn_blocking(move || command.stdout(full).output()).await.expect("no panic");
    assert_eq!(output.expect("the program starts").status.code(), Some(8));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_irreversible_operation_needs_a_confirmation() {
    let sandbox = sandbox().await;
    let run = Environment::of(&sandbox).run("talkable people anonymize guest@example.com").await;
    assert!(run.exit == 2 && run.errors.contains("pass `--yes`"), "{}", run.errors);
    assert!(run.errors.contains("anonymize guest@example.com at my-store of"), "{}", run.errors);
    assert!(sandbox.calls().is_empty());
    let help = Environment::default().run("talkable people anonymize --help").await.succeeded();
    assert!(help.contains("This can't be undone") && help.contains("--yes"), "{help}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_sandbox_is_suggested() {
    let sandbox = sandbox().await;
    let mut environment = Environment::of(&sandbox);
    environment.set("TALKABLE_BASE_URL", "http://127.0.0.1:1");
    for line in ["talkable people find jane@example.com --timeout 2", "talkable whoami --timeout 2"] {
        let run = environment.run(line).await;
        assert!(run.errors.starts_with("error: could not connect to 127.0.0.1:1"), "{}", run.errors);
        assert!(run.errors.contains("start a sandbox"), "{}", run.errors);
    }
}

#[tokio::test]
async fn plain_http_to_another_machine_is_rejected() {
    let mut environment = Environment::default();
    environment.set("TALKABLE_API_KEY", "sesame-0123");
    environment.set("TALKABLE_SITE_SLUG", "my-store");
    environment.set("TALKABLE_BASE_URL", "http://talkable.invalid");
    let line = "talkable people find jane@example.com";
    assert_golden("errors_plain_http", &report(line, &environment.run(line).await));
}

#[tokio::test]
async fn without_a_key_the_error_explains_how_to_set_one_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = "talkable people find jane@example.com";
    let run = Environment::configured(folder.path()).run(line).await;
    assert_golden("errors_no_key", &report(line, &run));
}
