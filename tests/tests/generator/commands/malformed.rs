//! Documents that nobody can read: each is refused with file, line and pointer, and leaves every file as it was.
//!
//! A case is a folder in `fixtures/malformed/`. It holds the file at fault, under the name of the file whose place it takes:
//! `v2.yaml` and `webhooks.yaml` are documents as the vendor would publish them, `overlay.yaml` and `schemas.yaml` are ours. And it
//! holds `expected.txt`, the whole message. `UPDATE_EXPECTED=1` writes what is printed now; read it before you commit it.

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use super::cases::{cases, failures};
use super::scratch::{Ran, Scratch, Snapshot, contents};

#[test]
fn every_case_has_the_expected_error() {
    let cases = cases("malformed");
    assert!(!cases.is_empty(), "there are no cases");
    let update = std::env::var_os("UPDATE_EXPECTED").is_some();
    let differences = failures(&cases, Tree::new, |tree, case| {
        let (expected, message) = (case.join("expected.txt"), tree.refusal(case)?);
        if update {
            return fs::write(&expected, &message).map_err(|error| error.to_string());
        }
        let same = fs::read_to_string(&expected).unwrap_or_default() == message;
        if same { Ok(()) } else { Err(format!("\n{message}")) }
    });
    assert!(differences.is_empty(), "{} of {} cases:\n{}", differences.len(), cases.len(), differences.join("\n"));
}

/// A copy of the tree that serves one case after the other: what a case lays into it is taken out again.
struct Tree {
    scratch: Scratch,
    known: RefCell<Snapshot>,
}

impl Tree {
    fn new() -> Self {
        let scratch = Scratch::without_overlays();
        Self { known: RefCell::new(scratch.snapshot()), scratch }
    }

    /// The message with which a case is refused, or what went wrong in it.
    fn refusal(&self, case: &Path) -> Result<String, String> {
        let mut known = self.known.borrow_mut();
        let (mut arguments, mut laid) = (vec!["codegen"], Vec::new());
        for entry in fs::read_dir(case).expect("the case was just listed").flatten() {
            let place = match entry.file_name().to_str() {
                Some("v2.yaml") => {
                    arguments.extend(["--published", "v2.yaml"]);
                    "v2.yaml"
                }
                Some("webhooks.yaml") => {
                    arguments.extend(["--webhooks", "webhooks.yaml"]);
                    "webhooks.yaml"
                }
                Some("overlay.yaml") => "spec/overlay/v2.yaml",
                Some("schemas.yaml") => "spec/schemas.yaml",
                Some("expected.txt") => continue,
                other => panic!("{}: {other:?} is no file of a case", case.display()),
            };
            self.scratch.write(place, fs::read(entry.path()).expect("the case was just listed"));
            laid.push((place, known.insert(place.into(), self.scratch.file(place))));
        }
        let ran = self.scratch.xtask(&arguments);
        let after = self.scratch.snapshot();
        let refused = refused(ran, after == *known);
        *known = after;
        for (place, original) in laid {
            known.remove(Path::new(place));
            fs::remove_file(self.scratch.path(place)).expect("the scratch folder is ours");
            if let Some((content, _)) = original {
                self.scratch.write(place, content);
                known.insert(place.into(), self.scratch.file(place));
            }
        }
        refused
    }
}

/// Runs a command that must fail without touching a file, and returns its message.
fn refusal(scratch: &Scratch, arguments: &[&str]) -> Result<String, String> {
    let before = scratch.snapshot();
    let ran = scratch.xtask(arguments);
    refused(ran, scratch.snapshot() == before)
}

/// The message of a command that failed as it should, or the reason why not.
fn refused(ran: Ran, untouched: bool) -> Result<String, String> {
    match ran.status {
        1 if !untouched => Err("was refused, and touched a file".to_owned()),
        1 if !ran.err.contains("= help: ") => Err(format!("was refused without help:\n{}", ran.err)),
        1 if ran.out.is_empty() => Ok(ran.err),
        1 => Err(format!("was refused, and printed:\n{}", ran.out)),
        status => Err(format!("ended with status {status}")),
    }
}

#[test]
fn rejects_ten_thousand_levels() {
    let scratch = Scratch::without_overlays();
    let levels = 10_000;
    let block: String = (0..levels).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    let documents = [
        format!("openapi: 3.0.3\npaths:\n  x: {}{}\n", "[".repeat(levels), "]".repeat(levels)),
        format!("openapi: 3.0.3\npaths:\n  x: {}1{}\n", "{a: ".repeat(levels), "}".repeat(levels)),
        // Never closed, so the reader must stop at the limit.
        format!("openapi: 3.0.3\npaths:\n  x: {}", "[".repeat(levels)),
        format!("{{\"openapi\": \"3.0.3\", \"paths\": {}", "{\"a\": ".repeat(levels)),
        block,
    ];
    for document in documents {
        scratch.write("v2.yaml", document);
        let message = refusal(&scratch, &["codegen", "--published", "v2.yaml"]).unwrap();
        let why = ["nests deeper than 100 levels", "recursion limit"];
        assert!(why.iter().any(|why| message.contains(why)), "{message}");
        assert!(message.contains("--> v2.yaml:"), "{message}");
    }
}

#[test]
fn a_rejected_document_writes_nothing_to_out() {
    let scratch = Scratch::without_overlays();
    scratch.write("v2.yaml", "openapi: 3.0.3\n");
    let message = refusal(&scratch, &["codegen", "--published", "v2.yaml", "--out", "out"]).unwrap();
    assert!(message.contains("`paths` is missing"), "{message}");
}

#[test]
fn rejects_missing_files() {
    let scratch = Scratch::new();
    let message = refusal(&scratch, &["codegen", "--published", "nowhere.yaml"]).unwrap();
    assert!(
        message.starts_with("error: the file cannot be read: ") && message.contains("--> nowhere.yaml\n"),
        "{message}"
    );
    let message = refusal(&scratch, &["codegen", "--webhooks", "spec"]).unwrap();
    assert!(message.starts_with("error: the file cannot be read: ") && message.contains("--> spec\n"), "{message}");
}

#[test]
fn an_unmatched_action_is_a_warning_and_an_error_under_check() {
    let scratch = Scratch::new();
    scratch.xtask(&["codegen"]).succeeded();
    let mut overlay = scratch.read("spec/overlay/v2.yaml");
    let line = overlay.lines().count() + 1;
    overlay.push_str("- {target: $.paths.nowhere, update: {summary: Nothing}}\n");
    scratch.write("spec/overlay/v2.yaml", overlay);

    let message = refusal(&scratch, &["codegen", "--check"]).unwrap();
    assert!(message.contains(&format!("spec/overlay/v2.yaml:{line}:4")), "{message}");
    assert!(message.contains("$.paths.nowhere"), "{message}");

    let ran = scratch.xtask(&["codegen"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(ran.err.starts_with("warning: ") && ran.err.contains("$.paths.nowhere"), "{}", ran.err);
}

#[test]
fn accepts_recursive_schemas() {
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
fn transcribe_rejects_other_files() {
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
