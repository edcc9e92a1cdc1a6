//! Webhooks: a receiver, and the commands that send to it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::Environment;

const KEY: &str = "webhook-key-0123";

struct Listener {
    process: Child,
    errors: BufReader<ChildStderr>,
    url: String,
}

impl Listener {
    fn start(folder: &Path, options: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_talkable"));
        command.args(["webhooks", "listen", "--listen", "127.0.0.1:0", "--save"]).arg(folder).args(options);
        command.env_clear().env("TALKABLE_WEBHOOK_KEY", KEY).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("the program starts");
        let errors = process.stderr.take().expect("standard error is a pipe");
        let mut line = String::new();
        let mut errors = BufReader::new(errors);
        errors.read_line(&mut line).expect("a line");
        let url = line.split_whitespace().find(|word| word.starts_with("http")).expect("the address");
        Self { process, errors, url: url.trim_end_matches(';').to_owned() }
    }

    /// Stops the program, and returns its output.
    fn stop(mut self) -> String {
        self.process.kill().expect("the program can be killed");
        let output = self.process.wait_with_output().expect("the program ends");
        String::from_utf8(output.stdout).expect("the output is UTF-8")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_triggered_received_saved_verified_and_replayed() {
    let folder = tempfile::tempdir().expect("a folder");
    let saved = folder.path().join("deliveries");
    let listener = Listener::start(&saved, &[]);
    let mut environment = Environment::default();
    environment.set("TALKABLE_WEBHOOK_KEY", KEY);
    let url = listener.url.clone();
    let line =
        format!("talkable webhooks trigger reward_web_hook --to {url} --set /reward/amount=5.00 --jq '.[].status'");
    assert_eq!(environment.run(&line).await.succeeded(), "200\n");
    let line = format!("talkable webhooks trigger check_unsubscribe_web_hook --to {url} --jq '.[].reply'");
    assert_eq!(environment.run(&line).await.succeeded(), "{\"result\":{\"unsubscribed\":false}}\n");
    let mut wrong = environment.clone();
    wrong.set("TALKABLE_WEBHOOK_KEY", "wrong-key-0123");
    let run = wrong.run(&format!("talkable webhooks trigger reward_web_hook --to {url} --jq '.[].status'")).await;
    assert_eq!((run.exit, run.output.as_str()), (1, "401\n"), "{}", run.errors);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut files: Vec<_> =
        std::fs::read_dir(&saved).expect("the folder exists").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    assert_eq!(files.len(), 2, "{files:?}");
    for file in &files {
        assert!(!std::fs::read_to_string(file).expect("a text").contains(KEY));
        let verified = environment.run(&format!("talkable webhooks verify {} --jq .known", file.display())).await;
        assert_eq!(verified.succeeded(), "true\n");
    }
    let line = format!("talkable webhooks replay {} --to {url} --jq '.[].status'", saved.display());
    assert_eq!(environment.run(&line).await.succeeded(), "200\n200\n");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let output = listener.stop();
    let lines: Vec<Value> = output.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 4, "{output}");
    assert!(
        lines.iter().any(|line| line["type"] == "reward_web_hook" && line["payload"]["reward"]["amount"] == "5.00"),
        "{output}"
    );
    assert!(!output.contains(KEY));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_request_is_reported_with_the_reason() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().expect("a folder");
    let mut listener = Listener::start(folder.path(), &[]);
    let address = listener.url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = std::net::TcpStream::connect(address).expect("a connection");
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").expect("a request");
    let mut environment = Environment::default();
    environment.set("TALKABLE_WEBHOOK_KEY", KEY);
    let mut next = || {
        let mut line = String::new();
        listener.errors.read_line(&mut line).expect("a line");
        line
    };
    assert_eq!(next(), "rejected a request: GET; webhooks are POST requests\n");
    let line = format!("talkable webhooks trigger event_web_hook --to {} --set /origin/subtotal=[]", listener.url);
    assert_eq!(environment.run(&format!("{line} --jq '.[].status'")).await.output, "400\n");
    let report = next();
    assert!(report.starts_with("rejected a request: at /payload/origin/subtotal: "), "{report}");
    listener.stop();
}

#[tokio::test]
async fn a_sample_payload_can_be_printed_and_edited() {
    let run = Environment::default()
        .run("talkable webhooks trigger reward_web_hook --print --set /reward/amount='\"7\"'")
        .await;
    let payload: Value = serde_json::from_str(&run.succeeded()).expect("JSON");
    assert_eq!(payload["reward"]["amount"], "7");
    let run = Environment::default().run("talkable webhooks trigger reward_web_hook --print --set /nosuch=5").await;
    assert!(run.exit == 2 && run.errors.contains("the payload has no value at /nosuch"), "{}", run.errors);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_goes_on_after_a_failure_and_reports_every_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("reward.json");
    let text = r#"{"type": "reward_web_hook", "site": "my-shop", "received_at": null, "payload": {"reward": {}}}"#;
    std::fs::write(&file, text).expect("the file can be written");
    let mut environment = Environment::default();
    environment.set("TALKABLE_WEBHOOK_KEY", KEY);
    let line = format!("talkable webhooks replay {0} {0}", file.display());
    let run = environment.run(&format!("{line} --to http://127.0.0.1:1/")).await;
    let rows: Value = serde_json::from_str(&run.output).expect("JSON");
    assert_eq!((run.exit, rows.as_array().expect("a list").len()), (4, 2), "{}", run.output);
    assert!(rows[1]["error"].as_str().is_some_and(|error| error.contains("could not send")), "{}", run.output);
    let run = environment.run(&format!("talkable webhooks verify {} --jq .site,.known", file.display())).await;
    assert_eq!(run.succeeded(), "my-shop\ntrue\n");
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).expect("the folder can be created");
    let run = environment.run(&format!("talkable webhooks replay {} --to http://127.0.0.1:1/", empty.display())).await;
    assert!(run.exit == 2 && run.errors.contains("contains no saved delivery"), "{}", run.errors);
    for (to, help) in [
        ("127.0.0.1:3920", "write http://127.0.0.1:3920"),
        ("localhost:3920", "write http://localhost:3920"),
        ("ftp://x", "http:// or https://"),
    ] {
        let run = environment.run(&format!("{line} --to {to}")).await;
        assert!(run.exit == 2 && run.errors.contains(help), "{}", run.errors);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_is_not_forwarded_is_reported_with_the_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut listener = Listener::start(folder.path(), &["--forward", "http://127.0.0.1:1/"]);
    let mut environment = Environment::default();
    environment.set("TALKABLE_WEBHOOK_KEY", KEY);
    let line = format!("talkable webhooks trigger reward_web_hook --to {} --jq '.[].status'", listener.url);
    assert_eq!(environment.run(&line).await.output, "502\n");
    let mut line = String::new();
    listener.errors.read_line(&mut line).expect("a line");
    assert!(line.starts_with("could not forward a webhook: ") && line.contains("refused"), "{line}");
    listener.stop();
}
