//! Documents that nobody can read: each is refused with file, line and pointer, and leaves every file as it was.
//!
//! A case is a folder in `fixtures/malformed/`. It holds the file at fault, under the name of the file whose place it takes:
//! `v2.yaml` and `webhooks.yaml` are documents as the vendor would publish them, `overlay.yaml` and `schemas.yaml` are ours. And it
//! holds `expected.txt`, the whole message. `UPDATE_EXPECTED=1` writes what is printed now; read it before you commit it.

use std::fs;
use std::path::Path;

use super::scratch::{Scratch, contents, workspace};

#[test]
fn every_case_is_refused_as_expected() {
    let folder = workspace().join("tests/fixtures/malformed");
    let mut cases: Vec<_> =
        fs::read_dir(folder).expect("there are cases").flatten().map(|entry| entry.path()).collect();
    cases.sort();
    let update = std::env::var_os("UPDATE_EXPECTED").is_some();
    let mut differences = Vec::new();
    for case in &cases {
        let expected = case.join("expected.txt");
        match refusal(case) {
            Err(reason) => differences.push(format!("{}: {reason}", case.display())),
            Ok(message) if update => fs::write(&expected, &message).expect("the fixtures are ours"),
            Ok(message) if fs::read_to_string(&expected).unwrap_or_default() == message => {}
            Ok(message) => differences.push(format!("{}:\n{message}", case.display())),
        }
    }
    assert!(differences.is_empty(), "{} of {} cases:\n{}", differences.len(), cases.len(), differences.join("\n"));
}

/// The message with which a case is refused, or what went wrong in it.
fn refusal(case: &Path) -> Result<String, String> {
    let scratch = Scratch::without_overlays();
    let mut arguments = vec!["codegen"];
    for entry in fs::read_dir(case).expect("the case was just listed").flatten() {
        let content = fs::read(entry.path()).expect("the case was just listed");
        match entry.file_name().to_str() {
            Some("v2.yaml") => {
                scratch.write("v2.yaml", content);
                arguments.extend(["--published", "v2.yaml"]);
            }
            Some("webhooks.yaml") => {
                scratch.write("webhooks.yaml", content);
                arguments.extend(["--webhooks", "webhooks.yaml"]);
            }
            Some("overlay.yaml") => scratch.write("spec/overlay/v2.yaml", content),
            Some("schemas.yaml") => scratch.write("spec/schemas.yaml", content),
            Some("expected.txt") => {}
            other => panic!("{}: {other:?} is no file of a case", case.display()),
        }
    }
    refused(&scratch, &arguments)
}

/// Runs what must be refused, and sees that nothing was touched.
fn refused(scratch: &Scratch, arguments: &[&str]) -> Result<String, String> {
    let before = scratch.snapshot();
    let ran = scratch.xtask(arguments);
    match ran.status {
        1 if scratch.snapshot() != before => Err("was refused, and touched a file".to_owned()),
        1 if !ran.err.contains("= cure: ") => Err(format!("was refused without a cure:\n{}", ran.err)),
        1 if ran.out.is_empty() => Ok(ran.err),
        1 => Err(format!("was refused, and printed:\n{}", ran.out)),
        status => Err(format!("ended with status {status}")),
    }
}

#[test]
fn ten_thousand_levels_are_refused() {
    let scratch = Scratch::without_overlays();
    let levels = 10_000;
    let block: String = (0..levels).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    let documents = [
        format!("openapi: 3.0.3\npaths:\n  x: {}{}\n", "[".repeat(levels), "]".repeat(levels)),
        format!("openapi: 3.0.3\npaths:\n  x: {}1{}\n", "{a: ".repeat(levels), "}".repeat(levels)),
        // Never closed: the reader must give up before it looks for the end.
        format!("openapi: 3.0.3\npaths:\n  x: {}", "[".repeat(levels)),
        format!("{{\"openapi\": \"3.0.3\", \"paths\": {}", "{\"a\": ".repeat(levels)),
        block,
    ];
    for document in documents {
        scratch.write("v2.yaml", document);
        let message = refused(&scratch, &["codegen", "--published", "v2.yaml"]).unwrap();
        let why = ["nests deeper than 100 levels", "recursion limit"];
        assert!(why.iter().any(|why| message.contains(why)), "{message}");
        assert!(message.contains("--> v2.yaml:"), "{message}");
    }
}

#[test]
fn nothing_is_written_to_out_when_the_document_is_refused() {
    let scratch = Scratch::without_overlays();
    scratch.write("v2.yaml", "openapi: 3.0.3\n");
    let message = refused(&scratch, &["codegen", "--published", "v2.yaml", "--out", "out"]).unwrap();
    assert!(message.contains("`paths` is missing"), "{message}");
}

#[test]
fn what_is_not_there_is_refused() {
    let scratch = Scratch::new();
    let message = refused(&scratch, &["codegen", "--published", "nowhere.yaml"]).unwrap();
    assert!(
        message.starts_with("error: the file cannot be read: ") && message.contains("--> nowhere.yaml\n"),
        "{message}"
    );
    let message = refused(&scratch, &["codegen", "--webhooks", "spec"]).unwrap();
    assert!(message.starts_with("error: the file cannot be read: ") && message.contains("--> spec\n"), "{message}");
}

#[test]
fn an_action_without_a_match_is_a_warning_and_under_check_an_error() {
    let scratch = Scratch::new();
    scratch.xtask(&["codegen"]).succeeded();
    let mut overlay = scratch.read("spec/overlay/v2.yaml");
    let line = overlay.lines().count() + 1;
    overlay.push_str("- {target: $.paths.nowhere, update: {summary: Nothing}}\n");
    scratch.write("spec/overlay/v2.yaml", overlay);

    let message = refused(&scratch, &["codegen", "--check"]).unwrap();
    assert!(message.contains(&format!("spec/overlay/v2.yaml:{line}:4")), "{message}");
    assert!(message.contains("$.paths.nowhere"), "{message}");

    let ran = scratch.xtask(&["codegen"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(ran.err.starts_with("warning: ") && ran.err.contains("$.paths.nowhere"), "{}", ran.err);
}

#[test]
fn an_object_within_itself_is_not_malformed() {
    let scratch = Scratch::without_overlays();
    let document = "\
openapi: 3.0.3
info: {title: Shop, version: v2}
paths:
  /api/v2/things:
    get:
      operationId: listThings
      tags: [Things]
      responses:
        '200':
          description: Listed.
          content:
            application/json:
              schema:
                type: object
                required: [ok, result]
                properties:
                  ok: {type: boolean}
                  result: {$ref: '#/components/schemas/Thing'}
components:
  schemas:
    Thing:
      type: object
      properties:
        parent: {$ref: '#/components/schemas/Thing'}
";
    scratch.write("v2.yaml", document);
    scratch.xtask(&["codegen", "--published", "v2.yaml", "--out", "out"]).succeeded();
    let files = contents(&scratch.path("out"));
    assert!(files.values().any(|text| String::from_utf8_lossy(text).contains("Option<Box<Thing>>")), "{files:?}");
}

#[test]
fn a_transcription_of_nonsense_is_refused() {
    let scratch = Scratch::new();
    for (content, said) in
        [("", "empty"), ("<html></html>", "HTML"), ("a: 1\n", "no paths"), ("paths: {}\n", "no paths")]
    {
        scratch.write("v2.yaml", content);
        let before = scratch.snapshot();
        let message = scratch.xtask(&["transcribe", "v2.yaml"]).failed();
        assert!(message.contains("v2.yaml") && message.contains(said), "{message}");
        assert_eq!(scratch.snapshot(), before);
    }
}
