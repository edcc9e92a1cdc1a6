//! Imports: columns, failed rows, interruptions and accounting.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use talkable_sandbox::{Faults, Sandbox};

use crate::support::{Environment, assert_golden, sandbox};

fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).expect("the file can be written");
    path
}

fn origins(sandbox: &Sandbox) -> usize {
    sandbox.site(sandbox.site_slug(), |site| site.origins().count())
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_rows_can_be_corrected_and_imported_again() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let environment = Environment::of(&sandbox);
    let before = origins(&sandbox);
    let text = "id,email,subtotal,tags,items,note\n\
                1,ann@example.com,10,a;b,\"[{\"\"price\"\": 5, \"\"quantity\"\": 2}]\",x\n\
                2,bob@example.com,ten,,,\n\
                3,not an address,5,,,\n\
                4,cy@example.com,5.50,,,\n";
    let path = file(folder.path(), "orders.csv", text);
    let options = "--map order_number=id --map coupon_codes=tags --ignore note -o json";
    let run = environment.run(&format!("talkable import purchases {} {options}", path.display())).await;
    let summary: Value = serde_json::from_str(&run.output).expect("the summary is JSON");
    let errors = run.errors.replace(&folder.path().display().to_string(), "FOLDER");
    assert_golden("import_reasons", &format!("{errors}exit {}\n", run.exit));
    assert_eq!((&summary["rows"], &summary["succeeded"], &summary["failed"]), (&json!(4), &json!(2), &json!(2)));
    assert_eq!(origins(&sandbox), before + 2);
    let failed = folder.path().join("orders.csv.failed");
    assert_golden("import_failed_rows", &fs::read_to_string(&failed).expect("the failed rows are in a file"));
    let again = environment.run(&format!("talkable import purchases {} {options}", path.display())).await;
    assert!(again.exit == 2 && again.errors.contains("already been imported"), "{}", again.errors);
    let corrected =
        fs::read_to_string(&failed).expect("a text").replace("ten", "10").replace("not an address", "dee@example.com");
    fs::write(&failed, corrected).expect("the file can be written");
    environment.run(&format!("talkable import purchases {} {options}", failed.display())).await.succeeded();
    assert_eq!(origins(&sandbox), before + 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_checked_before_anything_is_sent() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let environment = Environment::of(&sandbox);
    let path = file(folder.path(), "orders.csv", "id,emial,subtotal,custom_properties.color\n1,a@example.com,x,red\n");
    let run = environment.run(&format!("talkable import purchases {} --map segment1=seg", path.display())).await;
    assert_golden("import_columns", &format!("{}exit {}\n", run.errors, run.exit));
    let options = "--map order_number=id --map email=emial";
    let run = environment.run(&format!("talkable import purchases {} {options} --check", path.display())).await;
    assert_eq!((run.exit, run.output.as_str()), (7, "{\n  \"rows\": 1,\n  \"invalid\": 1,\n  \"duplicates\": 0\n}\n"));
    assert!(run.errors.contains("warning: invalid subtotal: `x` is not a number"), "{}", run.errors);
    assert!(sandbox.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_to_another_machine_needs_a_confirmation() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(folder.path(), "orders.csv", "email,order_number,subtotal\na@example.com,1,2\n");
    let mut environment = Environment::default();
    for (name, value) in [
        ("TALKABLE_API_KEY", "sesame-0123"),
        ("TALKABLE_SITE_SLUG", "my-store"),
        ("TALKABLE_BASE_URL", "https://talkable.invalid"),
    ] {
        environment.set(name, value);
    }
    let run = environment.run(&format!("talkable import purchases {}", path.display())).await;
    assert!(run.exit == 2 && run.errors.contains("pass `--yes`"), "{}", run.errors);
    assert!(run.errors.contains("1 row, 0 of them invalid"), "{}", run.errors);
    environment.set("TALKABLE_BASE_URL", "http://talkable.invalid");
    let run = environment.run(&format!("talkable import purchases {}", path.display())).await;
    assert!(run.exit == 2 && run.errors.contains("plain http") && !run.errors.contains("--yes"), "{}", run.errors);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_refunds_and_batches() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let environment = Environment::of(&sandbox);
    let people =
        file(folder.path(), "people.csv", "email,first_name,custom_properties.color\nann@example.com,Ann,red\n");
    environment.run(&format!("talkable import people {}", people.display())).await.succeeded();
    let name = environment
        .run("talkable people find ann@example.com --jq '.person.first_name, .person.custom_properties.color'")
        .await;
    assert_eq!(name.succeeded(), "Ann\nred\n");
    let orders =
        file(folder.path(), "orders.csv", "email,order_number,subtotal\nann@example.com,1,20\nbob@example.com,2,x\n");
    let run = environment.run(&format!("talkable import purchases {} --via batch", orders.display())).await;
    assert_eq!(run.exit, 7, "{}", run.errors);
    assert!(run.output.contains("\"submitted\": 1") && !run.output.contains("succeeded"), "{}", run.output);
    sandbox.clock().advance(Duration::from_secs(5));
    let refunds = file(folder.path(), "refunds.csv", "order_number,refund_subtotal\n1,5\n");
    environment.run(&format!("talkable import refunds {}", refunds.display())).await.succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_with_missing_or_surplus_cells_fail_until_they_are_corrected() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let environment = Environment::of(&sandbox);
    let before = origins(&sandbox);
    let path = folder.path().join("orders.csv");
    let text = b"order_number,email,subtotal\nR1,r1@example.com,1\nR2,r2@example.com,1,234.50\nR3,r3@example.com\nR4,\xe9@example.com,5\n";
    fs::write(&path, text).expect("the file can be written");
    let run = environment.run(&format!("talkable import purchases {}", path.display())).await;
    assert_eq!((run.exit, origins(&sandbox)), (7, before + 1), "{}", run.errors);
    let failed = folder.path().join("orders.csv.failed");
    let rows = fs::read_to_string(&failed).expect("the failed rows are in a file");
    assert_golden("import_cells", &rows);
    let run = environment.run(&format!("talkable import purchases {}", failed.display())).await;
    assert_eq!((run.exit, origins(&sandbox)), (7, before + 1), "{}", run.errors);
    let again = fs::read_to_string(folder.path().join("orders.csv.failed.failed")).expect("the rows failed again");
    assert_eq!(
        again,
        rows.replace("4 cells, but the header has 3", "5 cells, but the header has 4")
            .replace("2 cells, but the header has 3", "3 cells, but the header has 4")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_the_failed_rows_that_may_be_corrected() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let environment = Environment::of(&sandbox);
    let path = file(folder.path(), "orders.csv", "order_number,email,subtotal\n1,a@example.com,x\n");
    let line = format!("talkable import purchases {}", path.display());
    assert_eq!(environment.run(&line).await.exit, 7);
    let failed = folder.path().join("orders.csv.failed");
    fs::write(&failed, "corrected").expect("the file can be written");
    let run = environment.run(&line).await;
    assert!(run.errors.contains(&format!("correct the rows in {}", failed.display())), "{}", run.errors);
    let run = environment.run(&format!("{line} --restart")).await;
    let kept = folder.path().join("orders.csv.failed.1");
    assert!(run.errors.contains(&kept.display().to_string()), "{}", run.errors);
    assert_eq!(fs::read_to_string(&kept).expect("the file is kept"), "corrected");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_can_be_imported_only_once_at_a_time() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let environment = Environment::of(&sandbox);
    let path = file(folder.path(), "orders.csv", "order_number,email,subtotal\n1,a@example.com,2\n");
    let line = format!("talkable import purchases {}", path.display());
    let other = fs::File::create(folder.path().join("orders.csv.started")).expect("the file can be written");
    other.lock().expect("the file can be locked");
    let run = environment.run(&line).await;
    let expected = format!("error: another import of {} is running\n |\n = help: wait until it ends\n", path.display());
    assert_eq!((run.exit, run.errors), (2, expected));
    assert!(sandbox.calls().is_empty() && !folder.path().join("orders.csv.progress").exists());
    drop(other);
    environment.run(&line).await.succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_continues_only_with_the_same_rows_and_options() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let environment = Environment::of(&sandbox);
    let rows = "id,email,gross,net\n1,a@example.com,12,10\n2,b@example.com,x,y\n";
    let (path, progress) = (folder.path().join("orders.csv"), folder.path().join("orders.csv.progress"));
    let options = "--map order_number=id --map subtotal=gross --ignore net";
    let mut text = String::new();
    for (name, rows, options, is_complete) in [
        ("a new file", rows, options, true),
        ("the same file", rows, options, true),
        ("a file of the same size", &rows.replace("12,", "21,"), options, true),
        ("another site", rows, &format!("{options} --site my-outlet"), true),
        ("other columns", rows, "--map order_number=id --map subtotal=net --ignore gross", false),
        ("a file of the same size", &rows.replace("12,", "21,"), options, false),
        ("another header", &rows.replace("net", "ten"), &options.replace("net", "ten"), false),
        (
            "another row",
            &format!("{rows}3,c@example.com,5,4\n"),
            "--ignore net --map subtotal=gross --map order_number=id",
            false,
        ),
    ] {
        fs::write(&path, rows).expect("the file can be written");
        if !is_complete {
            // As if the import had been interrupted after these rows.
            let saved = fs::read_to_string(&progress).expect("a progress");
            fs::write(&progress, saved.replace("\"is_complete\":true", "\"is_complete\":false")).expect("writable");
        }
        let calls = sandbox.calls().len();
        let run = environment.run(&format!("talkable import purchases {} {options} --jq .rows", path.display())).await;
        let errors = run.errors.replace(&folder.path().display().to_string(), "FOLDER").replace(sandbox.url(), "URL");
        text +=
            &format!("# {name}: exit {}, {} calls\n{}{errors}", run.exit, sandbox.calls().len() - calls, run.output);
    }
    assert_golden("import_again", &text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_file_starts_again_if_no_row_was_sent() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let environment = Environment::of(&sandbox);
    let path = file(folder.path(), "orders.csv", "order_number,email,subtotal\n1,a@example.com,x\n");
    let line = format!("talkable import purchases {} --jq .succeeded", path.display());
    assert_eq!(environment.run(&line).await.exit, 7);
    file(folder.path(), "orders.csv", "order_number,email,subtotal\n1,a@example.com,5\n");
    let run = environment.run(&line).await;
    assert_eq!((run.exit, run.output.as_str()), (0, "1\n"), "{}", run.errors);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_counts_problems_and_finds_duplicates_in_a_file_with_semicolons() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let environment = Environment::of(&sandbox);
    let rows: String =
        (0..8).map(|row| format!("{};p{row}@example.com;{}\n", row / 2, if row > 3 { "x" } else { "5" })).collect();
    let path = file(folder.path(), "orders.csv", &format!("order_number;email;subtotal\n{rows}"));
    let run = environment.run(&format!("talkable import purchases {} --check", path.display())).await;
    assert_golden("import_check", &format!("{}{}exit {}\n", run.errors, run.output, run.exit));
    let path = file(folder.path(), "names.csv", "order_number,E-mail address,subtotal\n");
    let run = environment.run(&format!("talkable import purchases {} --check", path.display())).await;
    assert!(run.errors.contains("`--ignore 'E-mail address'`"), "{}", run.errors);
    assert!(sandbox.calls().is_empty());
}

/// Starts an import as a process.
#[cfg(unix)]
fn start(sandbox: &Sandbox, kind: &str, path: &Path) -> std::process::Child {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_talkable"));
    command.args(["import", kind, "--concurrency", "8"]).arg(path).env_clear();
    command.env("TALKABLE_API_KEY", sandbox.api_key()).env("TALKABLE_SITE_SLUG", sandbox.site_slug());
    command.env("TALKABLE_BASE_URL", sandbox.url());
    command.stdout(std::process::Stdio::piped()).spawn().expect("the program starts")
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_finishes_the_rows_in_flight() {
    for signal in ["-INT", "-TERM"] {
        finishes_the_rows_in_flight(signal).await;
    }
}

#[cfg(unix)]
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
    assert!(sent > 0 && sent < 400 && summary["total"] == 400, "{summary}");
    // Each row was sent once, and the next run sends only the others.
    assert_eq!(origins(&sandbox), before + usize::try_from(sent).expect("a small number"));
    let calls = sandbox.calls().len();
    let run = Environment::of(&sandbox).run(&format!("talkable import purchases {} --jq .rows", path.display())).await;
    assert_eq!(run.succeeded(), "400\n");
    assert_eq!(sandbox.calls().len(), calls + 400 - usize::try_from(sent).expect("a small number"));
}

#[cfg(unix)]
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
    assert!(run.errors.contains("retrying for 1 second\n"), "{}", run.errors);
    assert!(run.errors.ends_with(" = help: run the same command to continue\n"), "{}", run.errors);
    let run = environment.run(&line).await;
    assert_eq!((run.exit, run.output.as_str()), (4, "1\n"), "{}", run.errors);
}

/// Kills an import twice, with faults, and counts.
#[cfg(unix)]
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
#[cfg(unix)]
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
    let run = environment.run(&format!("talkable import refunds {}", path.display())).await;
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
