//! Tests that environment variables control the colors of errors, which are off by default if standard error is a pipe.

use std::process::Command;

/// Runs the program with a missing file and returns its standard error, which is a pipe.
fn error(environment: &[(&str, &str)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    // A command that does not write, because only one writing command can run at a time.
    command.args(["coverage", "--published", "nowhere.yaml"]).envs(environment.iter().copied());
    let output = command.output().expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).expect("the error is UTF-8")
}

#[test]
fn prints_plain_text_to_a_pipe() {
    let error = error(&[]);
    assert!(error.starts_with("error: the file cannot be read: ") && !error.contains('\u{1b}'), "{error:?}");
}

#[test]
fn obeys_the_color_variables() {
    assert!(error(&[("CLICOLOR_FORCE", "1")]).contains("\u{1b}["));
    for environment in [&[("CLICOLOR", "1")][..], &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]] {
        assert!(!error(environment).contains('\u{1b}'), "{environment:?}");
    }
}
