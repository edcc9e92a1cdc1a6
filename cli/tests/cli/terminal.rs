//! The program in a pseudo-terminal.

use std::process::Command;

use rexpect::session::spawn_command;

use crate::support::{assert_golden, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_gets_tables_and_colors() {
    let sandbox = sandbox().await;
    let command = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_talkable"));
        command.args(words).env_clear().env("TERM", "xterm").env("TZ", "EST5");
        command.env("TALKABLE_API_KEY", sandbox.api_key()).env("TALKABLE_SITE_SLUG", sandbox.site_slug());
        command.env("TALKABLE_BASE_URL", sandbox.url());
        command
    };
    let read = |command| {
        let mut session = spawn_command(command, Some(20_000)).expect("the program starts");
        session.exp_eof().expect("the program ends").replace('\r', "")
    };
    let table = read(command(&["campaigns", "list", "--columns", "id,name,status"]));
    assert!(table.starts_with("ID  NAME "), "{table}");
    let error = read(command(&["people", "find", "unknown@example.com"]));
    assert!(error.contains("\u{1b}[1m\u{1b}[91merror"), "{error:?}");
    let mut plain = command(&["people", "find", "unknown@example.com"]);
    plain.env("NO_COLOR", "1");
    assert_golden("terminal_error", &read(plain));
    assert!(read(command(&["people", "-h"])).contains("\u{1b}["));
}

#[tokio::test(flavor = "multi_thread")]
async fn login_asks_for_the_site_and_for_the_key_without_echo() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_talkable"));
    command.args(["login", "--base-url", sandbox.url()]).env_clear().env("XDG_CONFIG_HOME", folder.path());
    let mut session = spawn_command(command, Some(20_000)).expect("the program starts");
    session.exp_string("Site slug, from the URL of its dashboard: ").expect("a question");
    session.send_line("my-store").expect("an answer");
    session.exp_string("API key, from the settings of the site: ").expect("a question");
    session.send_line(sandbox.api_key()).expect("an answer");
    let rest = session.exp_eof().expect("the program ends");
    assert!(rest.contains("saved profile `default`") && !rest.contains(sandbox.api_key()), "{rest}");
}

#[tokio::test(flavor = "multi_thread")]
async fn anonymizing_asks_first_and_an_import_shows_its_progress() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let command = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_talkable"));
        command.args(words).env_clear().env("TERM", "xterm");
        command.env("TALKABLE_API_KEY", sandbox.api_key()).env("TALKABLE_SITE_SLUG", sandbox.site_slug());
        command.env("TALKABLE_BASE_URL", sandbox.url());
        command
    };
    for (answer, expected) in [("n", "canceled; nothing was sent"), ("y", "anonymized")] {
        let words = ["gdpr", "anonymize", "guest@example.com"];
        let mut session = spawn_command(command(&words), Some(20_000)).expect("the program starts");
        session.exp_string("This can't be undone. [y/N] ").expect("a question");
        session.send_line(answer).expect("an answer");
        let rest = session.exp_eof().expect("the program ends");
        assert!(rest.contains(expected), "{rest}");
    }
    let path = folder.path().join("orders.csv");
    let rows = (0..40).map(|row| format!("p{row}@example.com,{row}-t,5\n"));
    let text = format!("email,order_number,subtotal\n{}", rows.collect::<String>());
    std::fs::write(&path, text).expect("the file can be written");
    let words = ["import", "purchases", path.to_str().expect("the path is UTF-8")];
    let mut session = spawn_command(command(&words), Some(20_000)).expect("the program starts");
    let output = session.exp_eof().expect("the program ends");
    assert!(output.contains("  0%  0 of 40 rows, 0 failed") && output.contains("succeeded     40"), "{output:?}");
}
