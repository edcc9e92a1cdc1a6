//! Tests documents of other APIs: excerpts that used to be rejected, and names already used by the crate.

use std::collections::BTreeSet;
use std::fs;

use super::generate;
use crate::{EMPTY_OVERLAY, read, workspace};

#[test]
fn generates_code_from_documents_of_other_apis() {
    let folder = fs::read_dir(workspace().join("tests/fixtures/foreign")).expect("the folder exists");
    let mut names: Vec<_> =
        folder.flatten().map(|entry| entry.file_name().into_string().expect("file names are UTF-8")).collect();
    names.sort();
    assert!(!names.is_empty());
    for name in names {
        let output = generate(&read(&format!("tests/fixtures/foreign/{name}")), EMPTY_OVERLAY.as_bytes());
        let operations = if name == "path_item_behind_a_reference.yaml" { 2 } else { 1 };
        assert_eq!((output.report.operations, output.report.left_out), (operations, 0), "{name}");
        for file in &output.files {
            let lines: Vec<&str> = file.text.lines().map(str::trim_start).collect();
            let bare = lines.windows(2).find(|pair| {
                pair[1].starts_with("pub ") && pair[1].ends_with(',') && !pair[0].starts_with(['/', '#', ')'])
            });
            assert_eq!(bare, None, "{name}: {} has an undocumented field", file.path);
        }
    }
}

fn text(name: &str) -> String {
    String::from_utf8(read(name)).expect("the file is UTF-8")
}

/// Each tag becomes the name of a module, a cargo feature and a `Client` method, so it must not collide with existing names.
#[test]
fn tags_do_not_collide_with_names_of_the_crate() {
    let modules = fs::read_dir(workspace().join("talkable-api/src")).expect("the folder exists").flatten();
    let modules = modules.filter_map(|entry| entry.path().file_stem()?.to_str().map(str::to_owned));
    let client = text("talkable-api/src/client.rs");
    let client = client.split("#[cfg(test)]").next().unwrap_or_default();
    let methods = client.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next()).map(str::to_owned);
    let manifest = text("talkable-api/Cargo.toml");
    let features =
        manifest.split("\n[features]").nth(1).and_then(|rest| rest.split("# BEGIN").next()).unwrap_or_default();
    let features = features.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.replace('-', "_"));
    let names = modules.filter(|name| name != "lib").chain(methods).chain(features);
    let names: BTreeSet<String> = names.collect();
    assert!(["throttle", "for_site", "tracing"].iter().all(|name| names.contains(*name)), "{names:?}");

    let paths: String = names
        .iter()
        .map(|name| format!("  /{name}: {{get: {{tags: [{name}], responses: {{200: {{description: ''}}}}}}}}\n"))
        .collect();
    let document = format!("openapi: 3.0.3\ninfo: {{title: Shop, version: v2}}\npaths:\n{paths}");
    let given = generate(document.as_bytes(), EMPTY_OVERLAY.as_bytes()).features;
    let taken: Vec<_> = names.iter().filter(|name| given.lines().any(|line| line == format!("{name} = []"))).collect();
    assert!(taken.is_empty(), "{taken:?}");
}

/// Generated types are exported next to the hand-written types of `talkable_api::webhook`, so their names must differ.
#[test]
fn types_do_not_collide_with_types_of_the_webhook_module() {
    let module = text("talkable-api/src/webhook.rs");
    let exports = module.lines().filter_map(|line| line.strip_prefix("pub use ")?.rsplit("::").next());
    let names = exports.flat_map(|names| names.split(|c: char| !c.is_ascii_alphanumeric()));
    let names: BTreeSet<&str> = names.filter(|name| name.contains(char::is_lowercase)).collect();
    assert!(["Delivery", "Failure"].iter().all(|name| names.contains(name)), "{names:?}");

    let schema = |name: &&str| format!("    {name}: {{type: object, properties: {{{name}: {{type: string}}}}}}\n");
    let field = |name: &&str| format!("'{name}': {{$ref: '#/components/schemas/{name}'}}, ");
    let document = format!(
        "openapi: 3.0.3\ninfo: {{title: Shop, version: v2}}\npaths:\n  /all: {{get: {{responses: {{200: {{description: '', \
         content: {{application/json: {{schema: {{type: object, properties: {{{}}}}}}}}}}}}}}}}}\ncomponents:\n  schemas:\n{}",
        names.iter().map(field).collect::<String>(),
        names.iter().map(schema).collect::<String>()
    );
    let files = generate(document.as_bytes(), EMPTY_OVERLAY.as_bytes()).files;
    for name in names {
        let declares = |name: &str| files.iter().any(|file| file.text.contains(&format!("pub struct {name} ")));
        assert!(declares(&format!("{name}Model")) && !declares(name), "{name}");
    }
}

/// The program checks the columns of a result against these names.
#[test]
fn the_fields_of_a_result_are_those_at_any_depth() {
    let document = "
openapi: 3.0.3
info: {title: Shop, version: v2}
paths:
  /orders:
    get:
      tags: [orders]
      operationId: findOrder
      responses: {200: {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}}
components:
  schemas:
    Order:
      type: object
      properties:
        buyer: {$ref: '#/components/schemas/Labels'}
        seller: {$ref: '#/components/schemas/Labels'}
        items: {type: array, items: {$ref: '#/components/schemas/Item'}}
    Item:
      type: object
      properties: {price: {type: number}, parent: {$ref: '#/components/schemas/Item'}}
    Labels:
      type: object
      properties: {name: {type: string}}
      additionalProperties: {type: string}
";
    let output = generate(document.as_bytes(), EMPTY_OVERLAY.as_bytes());
    let table = output.commands.iter().find(|file| file.path == "orders.rs").expect("the resource has a file");
    let fields = table.text.lines().find_map(|line| line.trim().strip_prefix("result_fields: "));
    assert_eq!(fields, Some("\"buyer.* items name parent price seller.*\","), "{}", table.text);
}
