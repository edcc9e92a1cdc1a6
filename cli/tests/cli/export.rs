//! Exports for a file of addresses.

use serde_json::Value;

use crate::support::{Surroundings, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn exports_an_item_per_line_with_the_address() {
    let sandbox = sandbox().await;
    let addresses = "email\njane@example.com\nunknown@example.com\njohn@example.com\n";
    let surroundings = Surroundings::of(&sandbox).with_input(addresses);
    let run = surroundings.run("talkable export rewards -").await;
    let items: Vec<Value> = run.output.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(items.iter().any(|item| item["person"] == "jane@example.com" && item["amount"] == 10.0), "{items:?}");
    assert!(run.exit == 7 && run.errors.contains("person unknown@example.com"), "{}", run.errors);
    let run = surroundings.run("talkable export people - -o csv").await;
    let mut lines = run.output.lines();
    assert!(lines.next().is_some_and(|line| line.starts_with("person,")), "{}", run.output);
    assert!(lines.next().is_some_and(|line| line.starts_with("jane@example.com,")), "{}", run.output);
    let run = surroundings.run("talkable export people - -o csv --columns first_name,person").await;
    assert!(run.output.starts_with("first_name,person\nJane,jane@example.com\n"), "{}", run.output);
    let run = surroundings.run("talkable export people - -o csv --columns nope").await;
    assert!(run.exit == 8 && run.errors.contains("the columns are `person`"), "{}", run.errors);
}
