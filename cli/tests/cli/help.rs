//! Golden tests of help.

use crate::support::{Environment, assert_golden};

#[tokio::test]
async fn help_lists_commands_and_exit_codes() {
    let run = Environment::default().run("talkable --help").await;
    // The golden file is the help without the feature `outbox`.
    let help = run.succeeded().replace("  outbox           Inspect an outbox, and send its calls\n", "");
    assert_golden("help", &help);
    let run = Environment::default().run("talkable people -h").await;
    assert_golden("help_people", &run.succeeded());
}

#[tokio::test]
async fn help_of_an_operation_shows_documentation_known_values_and_an_example() {
    let run = Environment::default().run("talkable origins create-purchase -h").await;
    assert_golden("help_create_purchase", &run.succeeded());
    let run = Environment::default().run("talkable referrals update-status --help").await;
    assert_golden("help_update_status", &run.succeeded());
}

#[tokio::test]
async fn help_omits_common_options_without_effect() {
    for (line, omitted, shown) in [
        ("login -h", "--jq", "--site"),
        ("man -h", "Common options", "FOLDER"),
        ("webhooks verify -h", "--site", "--jq"),
        ("webhooks trigger -h", "--profile", "--site"),
        ("webhooks -h", "--site", "--jq"),
        ("import -h", "several sites", "--site"),
        ("coupons check -h", "several sites", "--site"),
        ("login -h", "several sites", "--site"),
        ("webhooks trigger -h", "several sites", "--site"),
    ] {
        let help = Environment::default().run(&format!("talkable {line}")).await.succeeded();
        assert!(!help.contains(omitted) && help.contains(shown), "{line}\n{help}");
    }
}

#[tokio::test]
async fn without_arguments_the_help_is_an_error() {
    let run = Environment::default().run("talkable people").await;
    assert_eq!((run.exit, run.output.as_str()), (2, ""));
    assert!(run.errors.contains("Usage: talkable people"), "{}", run.errors);
}

#[test]
fn every_command_line_in_the_readme_is_valid() {
    let readme = include_str!("../../README.md");
    let lines: Vec<_> = readme.lines().filter(|line| line.starts_with("talkable ")).collect();
    assert!(lines.len() > 20, "{}", lines.len());
    let has_command = |line: &&&str| cfg!(feature = "outbox") || !line.starts_with("talkable outbox");
    for line in lines.iter().filter(has_command) {
        let line = line.split(" > ").next().unwrap_or_default();
        let words = shlex::split(line).expect("the command line is quoted correctly");
        let result = talkable_cli::command().try_get_matches_from(words);
        assert!(result.is_ok(), "{line}\n{}", result.unwrap_err());
    }
}
