//! Exports for a file of addresses.

use serde_json::Value;

use crate::support::{Environment, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn exports_an_item_per_line_with_the_address() {
    let sandbox = sandbox().await;
    let addresses = "email\njane@example.com\nunknown@example.com\njohn@example.com\n";
    let environment = Environment::of(&sandbox).with_input(addresses);
    let run = environment.run("talkable export rewards -").await;
    let items: Vec<Value> = run.output.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(items.iter().any(|item| item["person"] == "jane@example.com" && item["amount"] == 10.0), "{items:?}");
    assert!(run.exit == 7 && run.errors.contains("person unknown@example.com"), "{}", run.errors);
    let run = environment.run("talkable export people - -o csv").await;
    let mut lines = run.output.lines();
    assert!(lines.next().is_some_and(|line| line.starts_with("person,")), "{}", run.output);
    assert!(lines.next().is_some_and(|line| line.starts_with("jane@example.com,")), "{}", run.output);
    let run = environment.run("talkable export people - -o csv --columns first_name,person").await;
    assert!(run.output.starts_with("first_name,person\nJane,jane@example.com\n"), "{}", run.output);
    let run = environment.run("talkable export people - -o csv --columns nope").await;
    assert!(run.exit == 8 && run.errors.contains("the columns are `person`"), "{}", run.errors);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_sites_are_one_csv_file() {
    let sandbox =
        talkable_sandbox::Sandbox::builder().site("one").site("two").start().await.expect("the sandbox starts");
    let environment = Environment::of(&sandbox).with_input("jane@example.com\nunknown@example.com\n");
    let line = "talkable export people - --site one --site two -o csv --columns site,person";
    let run = environment.run(line).await;
    assert_eq!((run.exit, run.output.as_str()), (7, "site,person\none,jane@example.com\ntwo,jane@example.com\n"));
    assert!(run.errors.contains("person unknown@example.com, site two"), "{}", run.errors);
}
