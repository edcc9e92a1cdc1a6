//! Whether errors are colored is up to the environment, and never the case in a pipe unless it is asked for.

use std::process::Command;

/// What the program writes to standard error, which is a pipe, about a file that isn't there.
fn error(environment: &[(&str, &str)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command.args(["codegen", "--published", "nowhere.yaml"]).envs(environment.iter().copied());
    let output = command.output().expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).expect("it is text")
}

#[test]
fn a_pipe_gets_plain_text() {
    let error = error(&[]);
    assert!(error.starts_with("error: the file cannot be read: ") && !error.contains('\u{1b}'), "{error:?}");
}

#[test]
fn colors_are_forced_and_forbidden() {
    assert!(error(&[("CLICOLOR_FORCE", "1")]).contains("\u{1b}["));
    for environment in [&[("CLICOLOR", "1")][..], &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]] {
        assert!(!error(environment).contains('\u{1b}'), "{environment:?}");
    }
}
