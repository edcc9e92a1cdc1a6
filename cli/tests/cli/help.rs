//! Golden tests of help.

use crate::support::{Surroundings, assert_golden};

#[tokio::test]
async fn help_lists_commands_and_exit_codes() {
    let run = Surroundings::default().run("talkable --help").await;
    assert_golden("help", &run.succeeded());
    let run = Surroundings::default().run("talkable people -h").await;
    assert_golden("help_people", &run.succeeded());
}

#[tokio::test]
async fn help_of_an_operation_shows_documentation_known_values_and_an_example() {
    let run = Surroundings::default().run("talkable origins create-purchase -h").await;
    assert_golden("help_create_purchase", &run.succeeded());
    let run = Surroundings::default().run("talkable referrals update-status --help").await;
    assert_golden("help_update_status", &run.succeeded());
}

#[tokio::test]
async fn without_arguments_the_help_is_an_error() {
    let run = Surroundings::default().run("talkable people").await;
    assert_eq!((run.exit, run.output.as_str()), (2, ""));
    assert!(run.errors.contains("Usage: talkable people"), "{}", run.errors);
}
