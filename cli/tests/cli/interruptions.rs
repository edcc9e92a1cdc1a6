//! Interruptions of imports by signals, crashes and outages.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use talkable_sandbox::{Faults, Sandbox};

use crate::import::{file, origins};
use crate::support::{Environment, sandbox};

/// Starts an import as a process.
fn start(sandbox: &Sandbox, kind: &str, path: &Path) -> std::process::Child {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_talkable"));
    command.args(["import", kind, "--concurrency", "8"]).arg(path).env_clear();
    command.env("TALKABLE_API_KEY", sandbox.api_key()).env("TALKABLE_SITE_SLUG", sandbox.site_slug());
    command.env("TALKABLE_BASE_URL", sandbox.url());
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    command.spawn().expect("the program starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_finishes_the_rows_in_flight() {
    for signal in ["-INT", "-TERM"] {
        finishes_the_rows_in_flight(signal).await;
    }
}

async fn finishes_the_rows_in_flight(signal: &str) {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let mut faults = Faults::default();
    faults.latency_ms = 50;
    sandbox.set_faults(faults);
    let before = origins(&sandbox);
    let rows = (0..400).map(|row| format!("p{row}@example.com,{row}-c,5\n"));
    let path = file(folder.path(), "orders.csv", &format!("email,order_number,subtotal\n{}", rows.collect::<String>()));
    let child = start(&sandbox, "purchases", &path);
    while sandbox.calls().len() < 20 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(folder.path().join("orders.csv.progress").exists());
    let kill = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(kill.expect("kill runs").success());
    let output = tokio::task::spawn_blocking(|| child.wait_with_output()).await.expect("no panic").expect("an output");
    let summary: Value = serde_json::from_slice(&output.stdout).expect("the summary is JSON");
    let sent = summary["rows"].as_u64().expect("a number");
    assert_eq!(output.status.code(), Some(130));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.starts_with("finishing the rows in flight; send a second signal to stop at once\n"), "{errors}");
    assert!(sent > 0 && sent < 400 && summary["total"] == 400, "{summary}");
    // Each row was sent once, and the next run sends only the others.
    assert_eq!(origins(&sandbox), before + usize::try_from(sent).expect("a small number"));
    let calls = sandbox.calls().len();
    let run = Environment::of(&sandbox).run(&format!("talkable import purchases {} --jq .rows", path.display())).await;
    assert_eq!((run.output, run.errors), ("400\n".to_owned(), format!("continuing after row {sent}\n")));
    assert_eq!(sandbox.calls().len(), calls + 400 - usize::try_from(sent).expect("a small number"));
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_stops_an_import_while_the_server_is_unreachable() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let path = file(folder.path(), "orders.csv", "email,order_number,subtotal\na@example.com,1,2\n");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_talkable"));
    command.args(["import", "purchases"]).arg(&path).env_clear().env("TALKABLE_API_KEY", sandbox.api_key());
    command.env("TALKABLE_SITE_SLUG", sandbox.site_slug()).env("TALKABLE_BASE_URL", "http://127.0.0.1:1");
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut errors = BufReader::new(child.stderr.take().expect("standard error is a pipe"));
    let mut line = String::new();
    errors.read_line(&mut line).expect("a line");
    assert!(line.starts_with("warning: the API does not respond"), "{line}");
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.expect("kill runs").success());
    let interrupted = Instant::now();
    let output = tokio::task::spawn_blocking(|| child.wait_with_output()).await.expect("no panic").expect("an output");
    assert!(interrupted.elapsed() < Duration::from_secs(3), "{:?}", interrupted.elapsed());
    assert_eq!(output.status.code(), Some(130));
    let summary: Value = serde_json::from_slice(&output.stdout).expect("the summary is JSON");
    assert_eq!(summary["rows"], json!(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_without_a_terminal_stops_if_the_server_is_unreachable() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let mut environment = Environment::of(&sandbox);
    let rows = "email,order_number,subtotal\na@example.com,1,x\nb@example.com,2,5\n";
    let path = file(folder.path(), "orders.csv", rows);
    let line = format!("talkable import purchases {} --timeout 1 --jq .rows", path.display());
    environment.set("TALKABLE_BASE_URL", "http://127.0.0.1:1");
    let run = environment.run(&line).await;
    assert_eq!((run.exit, run.output.as_str()), (4, "1\n"), "{}", run.errors);
    assert!(run.errors.contains("does not respond (could not connect"), "{}", run.errors);
    assert!(run.errors.contains("retrying for 1 second\n"), "{}", run.errors);
    assert!(run.errors.ends_with(" = help: run the same command to continue\n"), "{}", run.errors);
    let run = environment.run(&line).await;
    assert_eq!((run.exit, run.output.as_str()), (4, "1\n"), "{}", run.errors);
    assert!(run.errors.starts_with("continuing after row 1\n"), "{}", run.errors);
}

/// Kills an import twice, with faults, and counts.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_import_continues_with_exact_accounting() {
    const ROWS: usize = 1_200;
    let folder = tempfile::tempdir().expect("a folder");
    let sandbox = Sandbox::builder().start().await.expect("the sandbox starts");
    let mut faults = Faults::default();
    (faults.server_errors, faults.dropped, faults.latency_ms) = (0.02, 0.02, 20);
    sandbox.set_faults(faults);
    let before = origins(&sandbox);
    let rows = (0..ROWS).map(|row| {
        let subtotal = if row % 100 == 99 { "x" } else { "5" };
        format!("p{row}@example.com,{row}-k,{subtotal}\n")
    });
    let text = format!("email,order_number,subtotal\n{}", rows.collect::<String>());
    let path = file(folder.path(), "orders.csv", &text);
    for _ in 0..2 {
        let mut child = start(&sandbox, "purchases", &path);
        tokio::time::sleep(Duration::from_millis(1_300)).await;
        child.kill().expect("the program can be killed");
        child.wait().expect("the program ends");
    }
    let child = start(&sandbox, "purchases", &path);
    let output = tokio::task::spawn_blocking(|| child.wait_with_output()).await.expect("no panic").expect("an output");
    let summary: Value = serde_json::from_slice(&output.stdout).expect("the summary is JSON");
    let failed = ROWS / 100;
    assert_eq!((output.status.code(), &summary["rows"], &summary["failed"]), (Some(7), &json!(ROWS), &json!(failed)));
    assert_eq!(origins(&sandbox), before + ROWS - failed);
    let failures = fs::read_to_string(folder.path().join("orders.csv.failed")).expect("the failed rows are in a file");
    assert_eq!(failures.lines().count(), failed + 1, "{failures}");
}

/// Refunds have an effect each time, so the rows that were in flight when the program was killed are not sent again.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_import_of_refunds_sends_no_row_twice() {
    const ROWS: usize = 120;
    let folder = tempfile::tempdir().expect("a folder");
    let sandbox = Sandbox::builder().record_calls().start().await.expect("the sandbox starts");
    let environment = Environment::of(&sandbox);
    let orders = (0..ROWS).map(|row| format!("p{row}@example.com,{row}-r,5\n")).collect::<String>();
    let orders = file(folder.path(), "orders.csv", &format!("email,order_number,subtotal\n{orders}"));
    environment.run(&format!("talkable import purchases {}", orders.display())).await.succeeded();
    let mut faults = Faults::default();
    faults.latency_ms = 100;
    sandbox.set_faults(faults);
    let rows = (0..ROWS).map(|row| format!("{row}-r,1\n")).collect::<String>();
    let path = file(folder.path(), "refunds.csv", &format!("order_number,refund_subtotal\n{rows}"));
    let mut child = start(&sandbox, "refunds", &path);
    let refunds = || -> Vec<String> {
        let calls = sandbox.calls().into_iter().filter(|call| call.operation == "markOriginAsRefunded");
        calls.filter_map(|call| Some(call.path.into_iter().next()?.1)).collect()
    };
    while refunds().len() < 20 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    child.kill().expect("the program can be killed");
    child.wait().expect("the program ends");
    // A row that may have been sent is another one now, so the others may have moved.
    let line = format!("talkable import refunds {}", path.display());
    let text = fs::read_to_string(&path).expect("a text");
    fs::write(&path, text.replace("\n19-r,1", "\n19-s,1")).expect("the file can be written");
    let run = environment.run(&line).await;
    assert!(run.exit == 2 && run.errors.contains("refunds.csv has changed"), "{}", run.errors);
    fs::write(&path, text).expect("the file can be written");
    let run = environment.run(&line).await;
    assert_eq!(run.exit, 7, "{}", run.errors);
    assert!(run.errors.contains("of the interrupted run may have been sent"), "{}", run.errors);
    let sent = refunds();
    let distinct: std::collections::BTreeSet<_> = sent.iter().collect();
    assert_eq!(distinct.len(), sent.len(), "a row was sent twice");
    let failures =
        fs::read_to_string(folder.path().join("refunds.csv.failed")).expect("the doubtful rows are in a file");
    let doubtful: Vec<_> = failures.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert!((1..=20).contains(&doubtful.len()), "{failures}");
    // Each row was sent, is listed as doubtful, or both.
    for row in 0..ROWS {
        let order = format!("{row}-r");
        let was_sent = sent.contains(&order);
        assert!(was_sent || doubtful.contains(&order.as_str()), "{order} is lost");
    }
    let started = fs::read_to_string(folder.path().join("refunds.csv.started")).expect("the file stays, as a lock");
    assert_eq!(started, "");
}
