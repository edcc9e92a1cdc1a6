//! The sandbox as a program, with its options.

use std::collections::HashMap;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use talkable_api::ClientBuilder;

/// A sandbox that runs as a program, until this is dropped.
struct Program {
    child: Child,
    /// What it said at first, up to the request to start with.
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
        Self::of(command(options))
    }

    fn of(mut command: Command) -> Self {
        let mut child = command.spawn().expect("it starts");
        let output = BufReader::new(child.stdout.as_mut().expect("its output is taken"));
        let mut said = Vec::new();
        for line in output.lines().map(|line| line.expect("it is text")) {
            let is_last = line.starts_with("curl");
            said.push(line);
            if is_last {
                break;
            }
        }
        Self { child, said }
    }

    /// What it printed after this name.
    fn said(&self, name: &str) -> &str {
        let found = self.said.iter().find_map(|line| line.strip_prefix(name));
        found.unwrap_or_else(|| panic!("no {name} in {:?}", self.said)).trim()
    }

    /// What it complained of, if it has ended.
    fn ended(&mut self) -> Option<String> {
        self.child.try_wait().expect("it can be asked")?;
        let complaints = self.child.stderr.take().map(io::read_to_string);
        Some(complaints.transpose().expect("it is text").unwrap_or_default())
    }
}

/// Whether it holds within 20 seconds.
fn soon(mut holds: impl FnMut() -> bool) -> bool {
    (0..1000).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        holds()
    })
}

/// Sends a request with a key, and gives the whole answer; nothing if nobody is there.
fn ask(address: &str, key: &str, request: &str, body: &str) -> String {
    let head = format!(
        "{request} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = TcpStream::connect(address).and_then(|mut stream| {
        stream.write_all(head.as_bytes())?;
        io::read_to_string(stream)
    });
    answer.unwrap_or_default()
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
    let tunneled = ["--listen", "127.0.0.1:0", "--public-url", "https://sandbox.example.com"];
    assert_ne!(key(&tunneled), key(&tunneled));
}

#[test]
fn links_lead_where_others_reach_it() {
    let program = Program::start(&["--listen", "127.0.0.1:0", "--public-url", "https://sandbox.example.com/"]);
    assert_eq!(program.said("address"), "https://sandbox.example.com");
    assert_eq!(program.said("docs"), "https://sandbox.example.com/api-docs/");
}

#[tokio::test]
async fn whoever_exports_what_is_printed_reaches_the_sandbox() -> Result<(), talkable_api::Error> {
    let program = Program::start(&["--listen", "127.0.0.1:0", "--site", "shop"]);
    let exported = program.said("export").split(' ').filter_map(|variable| variable.split_once('='));
    let exported: HashMap<_, _> = exported.collect();
    let client = ClientBuilder::from_variables(|name| exported.get(name).copied()).build()?;
    assert_eq!(exported.get("TALKABLE_BASE_URL").copied(), Some(program.said("address")), "{:?}", program.said);
    assert_eq!(client.people().find("jane@example.com").await?.person.first_name.as_deref(), Some("Jane"));
    Ok(())
}

#[test]
fn the_key_of_webhooks_is_told() {
    let webhooks = ["--listen", "127.0.0.1:0", "--webhooks", "http://127.0.0.1:9"];
    assert_eq!(Program::start(&webhooks).said("webhooks"), "security key sandbox");
    let with_key = [&webhooks[..], &["--webhook-key", "mine"]].concat();
    assert_eq!(Program::start(&with_key).said("webhooks"), "security key mine");
    let without = Program::start(&["--listen", "127.0.0.1:0"]).said.join("\n");
    assert!(!without.contains("webhooks"), "{without}");
}

/// Starts one at a port that was free just now, and nobody reads what it prints. None if somebody was faster.
fn unheard(key: &str) -> Option<(Program, SocketAddr)> {
    let address = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("there is a free port");
    let mut child = command(&["--listen", &address.to_string(), "--key", key]).spawn().expect("it starts");
    drop(child.stdout.take());
    let mut program = Program { child, said: Vec::new() };
    let serves = || ask(&address.to_string(), key, "GET /sandbox/state", "").starts_with("HTTP/1.1 200");
    let mut ended = None;
    let is_decided = soon(|| {
        ended = program.ended();
        ended.is_some() || serves()
    });
    assert!(is_decided, "it does not serve");
    match ended {
        None => Some((program, address)),
        Some(words) if words.contains("can't listen") => None,
        Some(words) => panic!("it has ended: {words}"),
    }
}

#[test]
fn it_serves_on_when_nobody_reads_what_it_prints() {
    let key = "of-the-unheard";
    let (mut program, address) = (0..10).find_map(|_| unheard(key)).expect("one of ten ports stays free");
    // It prints as soon as it listens, which may be after the first answer.
    let again = ask(&address.to_string(), key, "GET /api/v2/campaigns?site_slug=my-store", "");
    assert!(again.starts_with("HTTP/1.1 200"), "{again}");
    assert_eq!(program.ended(), None);
}

#[test]
fn a_machine_without_certificates_is_told_so() {
    let mut command = command(&["--listen", "127.0.0.1:0", "--webhooks", "https://127.0.0.1:9/hook"]);
    command.env("SSL_CERT_FILE", "/nonexistent").env("SSL_CERT_DIR", "/nonexistent");
    let program = Program::of(command);
    let address = program.said("address").trim_start_matches("http://").to_owned();
    let ask = |request: &str, body: &str| ask(&address, program.said("key"), request, body);
    let posted = ask("POST /api/v2/people/jane@example.com/unsubscribe", r#"{"site_slug":"my-store"}"#);
    assert!(posted.starts_with("HTTP/1.1 200"), "{posted}");
    let failure = "unsubscribe_web_hook: builder error";
    assert!(soon(|| ask("GET /sandbox/state", "").contains(failure)), "{}", ask("GET /sandbox/state", ""));
}
