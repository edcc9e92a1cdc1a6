//! Walks the tree of commands and runs the example of every operation.

use std::collections::BTreeSet;
use std::path::Path;

use clap::Command;
use talkable_sandbox::Sandbox;

use crate::support::{Environment, sandbox};

/// Collects the example of every operation.
fn examples(command: &Command, examples: &mut Vec<String>) {
    for command in command.get_subcommands() {
        examples_of(command, examples);
    }
}

fn examples_of(command: &Command, examples: &mut Vec<String>) {
    for subcommand in command.get_subcommands() {
        // Only the help of an operation describes its request.
        let is_operation = subcommand.get_after_long_help().is_some_and(|help| help.to_string().contains("Request:\n"));
        if is_operation {
            let help = subcommand.get_after_help().expect("an operation has an example").to_string();
            let example = help.strip_prefix("Example:\n").expect("the help is an example").trim();
            let asks = subcommand.get_arguments().any(|argument| argument.get_id() == "yes");
            examples.push(if asks { format!("{example} --yes") } else { example.to_owned() });
        }
    }
}

/// Replaces the codes of the API's document with those of the sandbox.
fn adapted(example: &str, sandbox: &Sandbox, photo: &str) -> String {
    let (code, coupon) = sandbox.site(sandbox.site_slug(), |site| {
        let offer = site.offers().next().expect("the demo shop has an offer");
        let coupon = site.coupons().next().expect("the demo shop has a coupon");
        (offer.short_url_code.clone(), coupon.code.clone())
    });
    let example = example.replace("https://www.talkable.com/", &format!("{}/", sandbox.url()));
    example.replace("EkqMRr", &code).replace("TK-4AMB7F8Q", &coupon).replace("photo.png", photo)
}

/// The examples of all operations, adapted to the sandbox. The folder contains a photo for them.
fn adapted_examples(sandbox: &Sandbox, folder: &Path) -> Vec<String> {
    let photo = folder.join("photo.png");
    std::fs::write(&photo, PHOTO).expect("the photo can be written");
    let mut tree = talkable_cli::command();
    tree.build();
    let mut lines = Vec::new();
    examples(&tree, &mut lines);
    assert!(lines.len() >= 40, "{}", lines.len());
    lines.iter().map(|line| adapted(line, sandbox, photo.to_str().expect("the path is UTF-8"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_of_every_operation_succeeds() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let environment = Environment::of(&sandbox);
    for line in adapted_examples(&sandbox, folder.path()) {
        let run = environment.run(&line).await;
        assert_eq!((run.exit, run.errors.as_str()), (0, ""), "{line}");
        assert!(serde_json::from_str::<serde_json::Value>(&run.output).is_ok(), "{line}\n{}", run.output);
    }
    let called: BTreeSet<_> = sandbox.calls().into_iter().map(|call| call.operation).collect();
    let described = talkable_sandbox::description().to_string();
    let missing: Vec<_> = operation_ids(&described).into_iter().filter(|id| !called.contains(id)).collect();
    assert!(missing.is_empty(), "no command calls {missing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dry_run_of_every_operation_is_a_curl_command_without_the_key() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let environment = Environment::of(&sandbox);
    for line in adapted_examples(&sandbox, folder.path()) {
        let output = environment.run(&format!("{line} --dry-run")).await.succeeded();
        assert!(output.starts_with("curl ") && output.contains("$TALKABLE_API_KEY"), "{line}\n{output}");
        assert!(!output.contains(sandbox.api_key()), "{line}");
    }
    assert!(sandbox.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_columns_of_every_result_are_known_before_the_request() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let environment = Environment::of(&sandbox);
    let mut checked = 0;
    for line in adapted_examples(&sandbox, folder.path()) {
        let line = format!("{line} --output csv");
        let csv = environment.run(&line).await.succeeded();
        let Some(columns) = csv.lines().next().filter(|columns| !columns.is_empty()) else { continue };
        environment.run(&format!("{line} --columns {columns} --dry-run")).await.succeeded();
        checked += 1;
    }
    assert!(checked >= 35, "{checked}");
}

fn operation_ids(description: &str) -> BTreeSet<String> {
    let description: serde_json::Value = serde_json::from_str(description).expect("the description is JSON");
    let paths = description["paths"].as_object().expect("an object").values();
    let operations = paths.flat_map(|item| item.as_object().into_iter().flatten());
    operations.filter_map(|(_, operation)| Some(operation.get("operationId")?.as_str()?.to_owned())).collect()
}

/// A PNG image of one pixel.
const PHOTO: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8,
    0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 0x0a, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x63, 0x60, 0, 0, 0, 2, 0,
    1, 0x48, 0xaf, 0xa4, 0x71, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];
