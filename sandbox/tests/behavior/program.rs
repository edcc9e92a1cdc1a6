//! The sandbox as a program, with its options.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// A sandbox that runs as a program, until this is dropped.
struct Program {
    child: Child,
    /// What it said first: the address, the key, the sites and the page.
    said: Vec<String>,
}

fn command(options: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_talkable-sandbox"));
    command.args(options).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Program {
    /// Starts it on a free port.
    fn start(options: &[&str]) -> Self {
        let mut child = command(options).spawn().expect("it starts");
        let output = BufReader::new(child.stdout.as_mut().expect("its output is taken"));
        let said = output.lines().take(4).map(|line| line.expect("it is text")).collect();
        Self { child, said }
    }

    /// What it printed after this name.
    fn said(&self, name: &str) -> &str {
        let found = self.said.iter().find_map(|line| line.strip_prefix(name));
        found.unwrap_or_else(|| panic!("no {name} in {:?}", self.said)).trim()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What it says on its way out.
fn refusal(options: &[&str]) -> String {
    let output = command(options).output().expect("it starts");
    assert!(!output.status.success(), "{options:?} are accepted");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn options_that_make_no_sense_are_refused_by_name() {
    for (options, named) in [
        (["--listen", "0.0.0.0:0"], "--allow-remote-connections"),
        (["--server-errors", "50"], "server_errors"),
        (["--dropped", "nan"], "dropped"),
        (["--truncated", "-1"], "truncated"),
        (["--requests-per-second", "inf"], "requests_per_second"),
        (["--webhooks", "http://"], "--webhooks"),
        (["--webhooks", "ftp://example.com"], "--webhooks"),
        (["--public-url", "example.com"], "--public-url"),
        (["--trickle-bytes-per-second", "many"], "many"),
    ] {
        let words = refusal(&options);
        assert!(words.contains(named), "{options:?}: {words}");
    }
}

#[test]
fn a_key_that_others_could_guess_is_none() {
    let key = |options: &[&str]| Program::start(options).said("key").to_owned();
    assert_eq!(key(&["--listen", "127.0.0.1:0"]), key(&["--listen", "127.0.0.1:0"]));
    let remote = ["--listen", "127.0.0.1:0", "--allow-remote-connections"];
    assert_ne!(key(&remote), key(&remote));
    assert_eq!(key(&[&remote[..], &["--key", "mine"]].concat()), "mine");
}

#[test]
fn links_lead_where_others_reach_it() {
    let program = Program::start(&["--listen", "127.0.0.1:0", "--public-url", "https://sandbox.example.com/"]);
    assert_eq!(program.said("address"), "https://sandbox.example.com");
    assert_eq!(program.said("page"), "https://sandbox.example.com/api-docs/");
}

#[test]
fn it_serves_on_when_nobody_reads_what_it_prints() {
    let mut program = Program::start(&["--listen", "127.0.0.1:0"]);
    drop(program.child.stdout.take());
    let address = program.said("address").trim_start_matches("http://").to_owned();
    assert!(std::net::TcpStream::connect(address).is_ok());
    assert_eq!(program.child.try_wait().expect("it can be asked"), None);
}
