//! Tests of the sandbox program and its command-line options.

use std::collections::HashMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use talkable_api::ClientBuilder;

/// A running sandbox process, which is killed on drop.
struct Program {
    child: Child,
    /// The lines printed at startup, up to the sample request.
    printed: Vec<String>,
}

fn command(options: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_talkable-sandbox"));
    command.args(options).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Program {
    fn start(options: &[&str]) -> Self {
        Self::spawn(command(options))
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the program starts");
        let output = BufReader::new(child.stdout.as_mut().expect("the output is a pipe"));
        let mut printed = Vec::new();
        for line in output.lines().map(|line| line.expect("the output is text")) {
            let is_last = line.starts_with("curl");
            printed.push(line);
            if is_last {
                break;
            }
        }
        Self { child, printed }
    }

    /// Returns the rest of the printed line that starts with this name.
    fn printed(&self, name: &str) -> &str {
        let found = self.printed.iter().find_map(|line| line.strip_prefix(name));
        found.unwrap_or_else(|| panic!("no line starts with `{name}`: {:?}", self.printed)).trim()
    }

    /// Returns the error output if the process has exited.
    fn exited(&mut self) -> Option<String> {
        self.child.try_wait().expect("the process can be polled")?;
        let errors = self.child.stderr.take().map(io::read_to_string);
        Some(errors.transpose().expect("the output is text").unwrap_or_default())
    }
}

/// Waits up to 20 seconds for a condition, and returns whether it was met.
fn soon(mut condition: impl FnMut() -> bool) -> bool {
    (0..1000).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        condition()
    })
}

/// Sends a request and returns the response, or an empty string if nothing listens at the address.
fn request(address: &str, key: &str, line: &str, body: &str) -> String {
    let head = format!(
        "{line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let response = TcpStream::connect(address).and_then(|mut stream| {
        stream.write_all(head.as_bytes())?;
        io::read_to_string(stream)
    });
    response.unwrap_or_default()
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the error message of a program that ends with this exit code: 2 for invalid options.
fn error_for(options: &[&str], code: i32) -> String {
    let output = command(options).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(code), "{options:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn errors_name_the_invalid_option() {
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
        (["--log", "talkable_sandbox=loud"], "--log"),
    ] {
        let message = error_for(&options, 2);
        assert!(message.contains(named), "{options:?}: {message}");
    }
}

#[test]
fn keys_are_random_if_other_machines_have_access() {
    let key = |options: &[&str]| Program::start(options).printed("key").to_owned();
    assert_eq!(key(&["--listen", "127.0.0.1:0"]), key(&["--listen", "127.0.0.1:0"]));
    let remote = ["--listen", "127.0.0.1:0", "--allow-remote-connections"];
    assert_ne!(key(&remote), key(&remote));
    assert_eq!(key(&[&remote[..], &["--key", "mine"]].concat()), "mine");
    let tunneled = ["--listen", "127.0.0.1:0", "--public-url", "https://sandbox.example.com"];
    assert_ne!(key(&tunneled), key(&tunneled));
}

#[test]
fn prints_the_public_url() {
    let program = Program::start(&["--listen", "127.0.0.1:0", "--public-url", "https://sandbox.example.com/"]);
    assert_eq!(program.printed("address"), "https://sandbox.example.com");
    assert_eq!(program.printed("docs"), "https://sandbox.example.com/api-docs/");
}

#[tokio::test]
async fn the_printed_variables_configure_a_client() -> Result<(), talkable_api::Error> {
    let program = Program::start(&["--listen", "127.0.0.1:0", "--site", "shop"]);
    let exported = program.printed("export").split(' ').filter_map(|variable| variable.split_once('='));
    let exported: HashMap<_, _> = exported.collect();
    let client = ClientBuilder::from_variables(|name| exported.get(name).copied()).build()?;
    assert_eq!(exported.get("TALKABLE_BASE_URL").copied(), Some(program.printed("address")), "{:?}", program.printed);
    assert_eq!(client.people().find("jane@example.com").await?.person.first_name.as_deref(), Some("Jane"));
    Ok(())
}

#[test]
fn reads_options_from_the_environment() {
    let mut with_variables = command(&["--key", "mine"]);
    with_variables.env("TALKABLE_SANDBOX_LISTEN", "127.0.0.1:0").env("TALKABLE_SANDBOX_SITE", "one, two");
    with_variables.env("TALKABLE_SANDBOX_KEY", "other").env("TALKABLE_SANDBOX_LENIENT", "1");
    with_variables.env("TALKABLE_SANDBOX_ALLOW_REMOTE_CONNECTIONS", "false").env("PORT", "1");
    let program = Program::spawn(with_variables);
    assert_eq!((program.printed("key"), program.printed("sites")), ("mine", "one two"));
    for (name, value, named) in [
        ("TALKABLE_SANDBOX_BURST", "many", "TALKABLE_SANDBOX_BURST"),
        ("PORT", "none", "PORT"),
        ("TALKABLE_SANDBOX_LOG", "talkable_sandbox=loud", "TALKABLE_SANDBOX_LOG"),
        ("RUST_LOG", "talkable_sandbox=loud", "RUST_LOG"),
    ] {
        let output = command(&[]).env(name, value).output().expect("the program starts");
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && message.contains(named), "{name}: {message}");
    }
}

#[test]
fn quotes_words_for_the_shell() {
    let key = "it's $HOME; \"x\"";
    let program = Program::start(&["--listen", "127.0.0.1:0", "--key", key]);
    let line = program.printed.iter().find(|line| line.starts_with("export")).expect("the variables are printed");
    let shell = Command::new("sh").arg("-c").arg(format!("{line}; printf %s \"$TALKABLE_API_KEY\"")).output();
    assert_eq!(String::from_utf8_lossy(&shell.expect("there is a shell").stdout), key);
}

/// Returns the lines that a program has logged once it has been stopped.
fn logged(options: &[&str], variable: Option<&str>) -> String {
    let mut command = command(&[&["--listen", "127.0.0.1:0", "--key", "secret-key"], options].concat());
    command.env_remove("RUST_LOG").envs(variable.map(|filter| ("RUST_LOG", filter)));
    let mut program = Program::spawn(command);
    let address = program.printed("address").trim_start_matches("http://").to_owned();
    let body = r#"{"site_slug":"my-store","data":{"first_name":"Zoe"}}"#;
    assert!(request(&address, "secret-key", "PUT /api/v2/people/zoe@example.com", body).starts_with("HTTP/1.1 200"));
    let _ = program.child.kill();
    let errors = program.child.stderr.take().expect("the output is a pipe");
    io::read_to_string(errors).expect("the output is text")
}

#[test]
fn logs_requests_without_keys_and_bodies() {
    assert_eq!(logged(&[], None), "");
    for log in [logged(&["--log", "info"], None), logged(&[], Some("talkable_sandbox=info"))] {
        assert!(log.contains("PUT /api/v2/people/{person_slug} 200 in"), "{log}");
        assert!(!["secret-key", "Zoe", "zoe@"].iter().any(|text| log.contains(text)), "{log}");
    }
    let log = logged(&["--log", "debug"], None);
    assert!(log.contains("Zoe") && !log.contains("secret-key"), "{log}");
}

#[test]
fn reports_the_first_webhook_that_cannot_be_delivered() {
    let mut program = Program::start(&[
        "--listen",
        "127.0.0.1:0",
        "--key",
        "secret-key",
        "--webhooks",
        "http://127.0.0.1:1/?token=sesame",
    ]);
    let address = program.printed("address").trim_start_matches("http://").to_owned();
    let mut errors = BufReader::new(program.child.stderr.take().expect("the output is a pipe")).lines();
    let body = |number: u8| {
        let data = format!(r#"{{"email":"zoe@example.com","order_number":"{number}","subtotal":5}}"#);
        format!(r#"{{"site_slug":"my-store","type":"Purchase","data":{data}}}"#)
    };
    for number in 0..3 {
        let response = request(&address, "secret-key", "POST /api/v2/origins", &body(number));
        assert!(response.starts_with("HTTP/1.1 201"), "{response}");
    }
    let line = errors.next().expect("a line").expect("the output is text");
    assert!(line.contains("WARN could not deliver a webhook to http://127.0.0.1:1: "), "{line}");
    assert!(line.ends_with("; trying again") && !line.contains("sesame"), "{line}");
    let _ = program.child.kill();
    assert_eq!(errors.count(), 0);
}

#[cfg(unix)]
#[test]
fn stops_within_two_seconds_with_calls_in_progress() {
    let mut program = Program::start(&["--listen", "127.0.0.1:0", "--latency-ms", "60000"]);
    let address = program.printed("address").trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).expect("the sandbox listens");
    let head = format!("GET /api/v2/campaigns HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("the request is sent");
    assert!(request(&address, "", "GET /sandbox/health", "").starts_with("HTTP/1.1 200"), "the sandbox is not healthy");
    let started = Instant::now();
    let killed = Command::new("kill").arg(program.child.id().to_string()).status();
    assert!(killed.expect("there is a kill command").success());
    assert!(soon(|| program.exited().is_some()), "the sandbox does not stop");
    assert!(started.elapsed() < Duration::from_secs(3), "stopping took {:?}", started.elapsed());
}

#[cfg(unix)]
#[test]
fn saves_a_site_on_exit_and_loads_it() {
    let path = std::env::temp_dir().join(format!("talkable-sandbox-{}.json", std::process::id()));
    let path = path.to_str().expect("the path is text").to_owned();
    let mut program = Program::start(&["--listen", "127.0.0.1:0", "--save", &path]);
    assert!(!std::path::Path::new(&path).exists(), "the file exists before the sandbox stops");
    let (address, key) = (program.printed("address").trim_start_matches("http://"), program.printed("key"));
    let body = r#"{"site_slug":"my-store","data":{"first_name":"Zoe"}}"#;
    let head = format!(
        "PUT /api/v2/people/zoe@example.com HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Authorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\n\r\n",
        body.len()
    );
    let mut call = TcpStream::connect(address).expect("the sandbox listens");
    call.write_all(head.as_bytes()).expect("the sandbox reads the request");
    let mut response = BufReader::new(call.try_clone().expect("the socket can be cloned"));
    let mut line = String::new();
    response.read_line(&mut line).expect("the sandbox reads the body");
    assert_eq!(line, "HTTP/1.1 100 Continue\r\n");
    // The call is in flight when the sandbox is interrupted, and is still saved if it ends within the grace period of 1.5 seconds.
    let killed = Command::new("kill").arg(program.child.id().to_string()).status();
    assert!(killed.expect("there is a kill command").success());
    let output = BufReader::new(program.child.stdout.as_mut().expect("the output is a pipe"));
    let sent = output.lines().next().expect("the sandbox prints another line").expect("the output is text");
    assert_eq!(sent, "sent 0 responses");
    call.write_all(body.as_bytes()).expect("the sandbox reads the body");
    let response = io::read_to_string(response).expect("the sandbox responds");
    assert!(response.contains("HTTP/1.1 200"), "{response}");
    assert!(soon(|| program.exited().is_some()), "the sandbox does not stop");
    let program = Program::start(&["--listen", "127.0.0.1:0", "--load", &path]);
    let address = program.printed("address").trim_start_matches("http://").to_owned();
    let found = request(&address, program.printed("key"), "GET /api/v2/people/zoe@example.com?site_slug=my-store", "");
    std::fs::remove_file(&path).expect("the file exists");
    assert!(found.contains("Zoe"), "{found}");
    let missing = error_for(&["--listen", "127.0.0.1:0", "--load", &path], 1);
    assert!(missing.contains("can't load") && missing.contains(&path), "{missing}");
    let unwritable = error_for(&["--listen", "127.0.0.1:0", "--save", "/nonexistent/site.json"], 1);
    assert!(unwritable.contains("can't save /nonexistent/site.json"), "{unwritable}");
}

#[test]
fn sends_webhooks_for_rewards_that_are_paid_when_a_site_is_loaded() {
    let mut saved: Value = serde_json::from_str(include_str!("../../demo_shop.json")).expect("the file is JSON");
    saved["referrals"][0]["status"] = "approved".into();
    let path = std::env::temp_dir().join(format!("talkable-sandbox-approved-{}.json", std::process::id()));
    std::fs::write(&path, saved.to_string()).expect("the folder is writable");
    let receiver = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let url = format!("http://{}/hook", receiver.local_addr().expect("the socket is bound"));
    let load = path.to_str().expect("the path is text");
    let program = Program::start(&["--listen", "127.0.0.1:0", "--load", load, "--webhooks", &url]);
    std::fs::remove_file(&path).expect("the file exists");
    receiver.set_nonblocking(true).expect("the socket can be configured");
    let mut webhook = None;
    assert!(
        soon(|| {
            webhook = receiver.accept().ok();
            webhook.is_some()
        }),
        "no webhook is sent"
    );
    let mut webhook = BufReader::new(webhook.expect("a webhook is sent").0);
    webhook.get_ref().set_nonblocking(false).expect("the socket can be configured");
    drop(program);
    let mut request = String::new();
    webhook.read_to_string(&mut request).expect("the request is text");
    assert!(request.contains("type=reward_web_hook"), "{request}");
}

#[test]
fn prints_the_webhook_key() {
    let webhooks = ["--listen", "127.0.0.1:0", "--webhooks", "http://127.0.0.1:9"];
    assert_eq!(Program::start(&webhooks).printed("webhooks"), "security key sandbox");
    let with_key = [&webhooks[..], &["--webhook-key", "mine"]].concat();
    assert_eq!(Program::start(&with_key).printed("webhooks"), "security key mine");
    let without = Program::start(&["--listen", "127.0.0.1:0"]).printed.join("\n");
    assert!(!without.contains("webhooks"), "{without}");
}

/// Starts a sandbox whose output is closed. Returns `None` if another process took the port first.
fn start_with_closed_output(key: &str) -> Option<(Program, SocketAddr)> {
    let address = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("there is a free port");
    let mut child = command(&["--listen", &address.to_string(), "--key", key]).spawn().expect("the program starts");
    drop(child.stdout.take());
    let mut program = Program { child, printed: Vec::new() };
    let serves = || request(&address.to_string(), key, "GET /sandbox/state", "").starts_with("HTTP/1.1 200");
    let mut exited = None;
    let is_settled = soon(|| {
        exited = program.exited();
        exited.is_some() || serves()
    });
    assert!(is_settled, "the sandbox does not serve");
    match exited {
        None => Some((program, address)),
        Some(message) if message.contains("can't listen") => None,
        Some(message) => panic!("the sandbox exited: {message}"),
    }
}

#[test]
fn keeps_serving_after_its_output_is_closed() {
    let key = "closed-output";
    let (mut program, address) =
        (0..10).find_map(|_| start_with_closed_output(key)).expect("one of ten ports stays free");
    // The first response can arrive before the program tries to print, so the test sends a second request.
    let again = request(&address.to_string(), key, "GET /api/v2/campaigns?site_slug=my-store", "");
    assert!(again.starts_with("HTTP/1.1 200"), "{again}");
    assert_eq!(program.exited(), None);
}

#[test]
fn reports_missing_certificates() {
    let mut command = command(&["--listen", "127.0.0.1:0", "--webhooks", "https://127.0.0.1:9/hook"]);
    command.env("SSL_CERT_FILE", "/nonexistent").env("SSL_CERT_DIR", "/nonexistent");
    let program = Program::spawn(command);
    let address = program.printed("address").trim_start_matches("http://").to_owned();
    let send = |line: &str, body: &str| request(&address, program.printed("key"), line, body);
    let response = send("POST /api/v2/people/jane@example.com/unsubscribe", r#"{"site_slug":"my-store"}"#);
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    let failure = "unsubscribe_web_hook: builder error";
    assert!(soon(|| send("GET /sandbox/state", "").contains(failure)), "{}", send("GET /sandbox/state", ""));
}

#[test]
fn stops_when_its_input_ends() {
    let mut command = command(&["--listen", "127.0.0.1:0", "--stop-with-input"]);
    command.stdin(Stdio::piped());
    let mut program = Program::spawn(command);
    assert!(program.exited().is_none());
    drop(program.child.stdin.take());
    assert!(soon(|| program.child.try_wait().expect("the process can be polled").is_some()));
}
