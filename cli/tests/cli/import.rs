//! Imports: columns, failed rows, and files that are imported again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use talkable_sandbox::Sandbox;

use crate::support::{Environment, assert_golden, sandbox};

pub(crate) fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).expect("the file can be written");
    path
}

pub(crate) fn origins(sandbox: &Sandbox) -> usize {
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
    let path = folder.path().join("orders.csv");
    let rows = "id,emial,subtotal,custom_properties.color\n1,a@example.com,x,red\n";
    let mut text = Vec::new();
    for (header, options) in [
        (rows, "--map segment1=seg"),
        ("order_number,email,email,subtotal\n", ""),
        ("order_number,email,mail,subtotal\n", "--map email=mail"),
        ("order_number,email,subtotal,custom_properties.color,custom_properties\n", ""),
        ("order_number,email,subtotal,custom_properties.color,custom_properties.size,note,note\n", ""),
        ("order_number,mail,subtotal\n", "--map emial=mail"),
        ("order_number,email,subtotal\n", "--map customer_id=email"),
        ("order_number,email,subtotal\n", "--ignore email"),
        ("order_number,email,subtotal,Email\n", ""),
        ("order_number,email,subtotal,shipping_adress,refund_amount\n", ""),
        ("Order Number,E-Mail,subtotal,date\n", ""),
        ("order_number,email,subtotal\n", "-o csv --columns failed,nope"),
        ("order_number,email,subtotal\n", "-o csv --columns succeeded --via batch"),
        ("order_number,email,subtotal\n", "-o csv --columns failed --check"),
        ("e1@example.com,E1,5\n", ""),
        ("", ""),
    ] {
        file(folder.path(), "orders.csv", header);
        let run = environment.run(&format!("talkable import purchases {} {options}", path.display())).await;
        let errors = run.errors.replace(&folder.path().display().to_string(), "FOLDER");
        let header = header.lines().next().unwrap_or_default();
        text.push(format!("# {header} {options}\n{errors}exit {}\n\n", run.exit));
    }
    text.push(environment.run("talkable import purchases -").await.errors);
    for bytes in [&b"PK\x03\x04,order_number\n"[..], b"o\0r\0d\0e\0r\0\n\0", b"order_number,\xe9\n"] {
        fs::write(&path, bytes).expect("the file can be written");
        let run = environment.run(&format!("talkable import purchases {}", path.display())).await;
        text.push(run.errors.replace(&folder.path().display().to_string(), "FOLDER"));
    }
    file(folder.path(), "orders.csv", "order_number,refund_amount\n");
    text.push(environment.run(&format!("talkable import refunds {}", path.display())).await.errors);
    assert_golden("import_columns", &text.concat());
    let path = file(folder.path(), "orders.csv", rows);
    let options = "--map order_number=id --map email=emial";
    let run = environment.run(&format!("talkable import purchases {} {options} --check", path.display())).await;
    assert_eq!((run.exit, run.output.as_str()), (7, "{\n  \"rows\": 1,\n  \"invalid\": 1,\n  \"duplicates\": 0\n}\n"));
    assert!(run.errors.contains("warning: invalid subtotal: `x` is not a number, such as 99.50"), "{}", run.errors);
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
    let columns = "rows,total,succeeded,failed,failures_file,rate_limited";
    let line = format!("talkable import people {} -o csv --columns {columns}", people.display());
    assert_eq!(environment.run(&line).await.succeeded(), format!("{columns}\n1,1,1,0,,0\n"));
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
async fn a_file_of_failed_rows_that_was_corrected_twice_names_its_own_failed_rows() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let environment = Environment::of(&sandbox);
    let text = "order_number,email,subtotal\nD1,d1@example.com,x\nD2,d2@example.com,y\n";
    let path = file(folder.path(), "orders.csv", text);
    assert_eq!(environment.run(&format!("talkable import purchases {}", path.display())).await.exit, 7);
    let failed = folder.path().join("orders.csv.failed");
    let line = format!("talkable import purchases {}", failed.display());
    for (from, to, exit) in [(",x,", ",5,", 7), (",y,", ",5,", 2)] {
        let corrected = fs::read_to_string(&failed).expect("the failed rows are in a file").replace(from, to);
        fs::write(&failed, corrected).expect("the file can be written");
        let run = environment.run(&line).await;
        let help = format!("help: correct the rows in {}.failed, and import that file", failed.display());
        assert!(run.exit == exit && (exit == 7 || run.errors.contains(&help)), "{}", run.errors);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_continues_only_with_the_same_rows_and_options() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let environment = Environment::of(&sandbox);
    let rows = "id,email,gross,net\n1,a@example.com,12,10\n2,b@example.com,x,y\n";
    let (path, progress) = (folder.path().join("orders.csv"), folder.path().join("orders.csv.progress"));
    let options = "--map order_number=id --map subtotal=gross --ignore net";
    let mut text = Vec::new();
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
        let calls = sandbox.calls().len() - calls;
        text.push(format!("# {name}: exit {}, {calls} calls\n{}{errors}", run.exit, run.output));
    }
    assert_golden("import_again", &text.concat());
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
