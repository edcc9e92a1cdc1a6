//! Webhooks: a receiver, and the commands that send to it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::Surroundings;

const KEY: &str = "webhook-key-0123";

struct Listener {
    process: Child,
    url: String,
}

impl Listener {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_talkable"));
        command.args(["webhooks", "listen", "--listen", "127.0.0.1:0", "--save"]).arg(folder);
        command.env_clear().env("TALKABLE_WEBHOOK_KEY", KEY).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("the program starts");
        let errors = process.stderr.take().expect("standard error is a pipe");
        let mut line = String::new();
        BufReader::new(errors).read_line(&mut line).expect("a line");
        let url = line.split_whitespace().find(|word| word.starts_with("http")).expect("the address");
        Self { process, url: url.trim_end_matches(';').to_owned() }
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
    let listener = Listener::start(&saved);
    let mut surroundings = Surroundings::default();
    surroundings.set("TALKABLE_WEBHOOK_KEY", KEY);
    let url = listener.url.clone();
    let line =
        format!("talkable webhooks trigger reward_web_hook --to {url} --set /reward/amount=5.00 --jq '.[].status'");
    assert_eq!(surroundings.run(&line).await.succeeded(), "200\n");
    let line = format!("talkable webhooks trigger check_unsubscribe_web_hook --to {url} --jq '.[].reply'");
    assert_eq!(surroundings.run(&line).await.succeeded(), "{\"result\":{\"unsubscribed\":false}}\n");
    let mut wrong = surroundings.clone();
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
        let verified = surroundings.run(&format!("talkable webhooks verify {} --jq .known", file.display())).await;
        assert_eq!(verified.succeeded(), "true\n");
    }
    let line =
        format!("talkable webhooks replay {} {} --to {url} --jq '.[].status'", files[0].display(), files[1].display());
    assert_eq!(surroundings.run(&line).await.succeeded(), "200\n200\n");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let output = listener.stop();
    let lines: Vec<Value> = output.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 4, "{output}");
    assert!(
        lines.iter().any(|line| line["type"] == "reward_web_hook" && line["payload"]["reward"]["amount"] == 5.0),
        "{output}"
    );
    assert!(!output.contains(KEY));
}

#[tokio::test]
async fn a_sample_payload_can_be_printed_and_edited() {
    let run = Surroundings::default()
        .run("talkable webhooks trigger reward_web_hook --print --set /reward/amount='\"7\"'")
        .await;
    let payload: Value = serde_json::from_str(&run.succeeded()).expect("JSON");
    assert_eq!(payload["reward"]["amount"], "7");
}
