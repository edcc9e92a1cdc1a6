//! Tests malformed documents: each is reported with the file, the line and the pointer. Parts that the bindings can't express are
//! left out with a warning. If a document is rejected, no file is changed.
//!
//! Each folder in `fixtures/malformed/` is a case. It contains a malformed file, which replaces a published document (`v2.yaml`
//! or `webhooks.yaml`) or one of our own files (`overlay.yaml` or `schemas.yaml`). `expected.txt` contains all errors and
//! warnings.
//!
//! Set `UPDATE_EXPECTED=1` to overwrite `expected.txt`, and review the difference before committing.

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use super::cases::{cases, failures};
use super::scratch::{CommandOutput, Scratch, Snapshot, contents};

#[test]
fn every_case_has_the_expected_message() {
    let cases = cases("malformed");
    assert!(!cases.is_empty(), "the folder has no cases");
    let update = std::env::var_os("UPDATE_EXPECTED").is_some();
    let differences = failures(&cases, Tree::new, |tree, case| {
        let (expected, message) = (case.join("expected.txt"), tree.message(case)?);
        if update {
            return fs::write(&expected, &message).map_err(|error| error.to_string());
        }
        let same = fs::read_to_string(&expected).unwrap_or_default() == message;
        if same { Ok(()) } else { Err(format!("\n{message}")) }
    });
    assert!(differences.is_empty(), "{} of {} cases:\n{}", differences.len(), cases.len(), differences.join("\n"));
}

/// A copy of the workspace in which cases run one after the other. The files of a case are removed when the case ends.
struct Tree {
    scratch: Scratch,
    known: RefCell<Snapshot>,
}

impl Tree {
    fn new() -> Self {
        let scratch = Scratch::without_overlays();
        Self { known: RefCell::new(scratch.snapshot()), scratch }
    }

    /// Returns the errors and warnings of a case, or `Err` with the problem.
    fn message(&self, case: &Path) -> Result<String, String> {
        let mut known = self.known.borrow_mut();
        let (mut arguments, mut written) = (vec!["codegen", "--out", "out"], Vec::new());
        for entry in fs::read_dir(case).expect("the case was just listed").flatten() {
            let name = match entry.file_name().to_str() {
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
                other => panic!("{}: unexpected file {other:?}", case.display()),
            };
            self.scratch.write(name, fs::read(entry.path()).expect("the case was just listed"));
            written.push((name, known.insert(name.into(), self.scratch.file(name))));
        }
        if !case.join("overlay.yaml").exists() {
            arguments.extend(["--overlay", "none"]);
        }
        let ran = self.scratch.xtask(&arguments);
        let message = if ran.status == 0 {
            fs::remove_dir_all(self.scratch.path("out")).expect("a document that is accepted has code");
            warnings_of(ran)
        } else {
            let after = self.scratch.snapshot();
            let rejection = rejection_of(ran, after == *known);
            *known = after;
            rejection
        };
        for (name, original) in written {
            known.remove(Path::new(name));
            fs::remove_file(self.scratch.path(name)).expect("the scratch folder is writable");
            if let Some((content, _)) = original {
                self.scratch.write(name, content);
                known.insert(name.into(), self.scratch.file(name));
            }
        }
        message
    }
}

/// Returns the warnings of a command that succeeded, or `Err` with the problem.
fn warnings_of(ran: CommandOutput) -> Result<String, String> {
    let is_reported = ran.err.contains("warning: ") || ran.err.contains("note: ");
    if is_reported && ran.err.contains("= help: ") { Ok(ran.err) } else { Err(format!("accepted:\n{}", ran.err)) }
}

/// Runs a command that must fail without changing a file, and returns its message.
fn rejection(scratch: &Scratch, arguments: &[&str]) -> Result<String, String> {
    let before = scratch.snapshot();
    let ran = scratch.xtask(arguments);
    rejection_of(ran, scratch.snapshot() == before)
}

/// Returns the message of a command that failed as expected, or `Err` with the problem.
fn rejection_of(ran: CommandOutput, is_unchanged: bool) -> Result<String, String> {
    match ran.status {
        1 if !is_unchanged => Err("rejected, but a file changed".to_owned()),
        1 if !ran.err.contains("= help: ") => Err(format!("rejected without help:\n{}", ran.err)),
        1 if ran.out.is_empty() => Ok(ran.err),
        1 => Err(format!("rejected, but printed:\n{}", ran.out)),
        status => Err(format!("exit status {status}")),
    }
}

#[test]
fn rejects_ten_thousand_levels_of_nesting() {
    let scratch = Scratch::without_overlays();
    let levels = 10_000;
    let block: String = (0..levels).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    let documents = [
        format!("openapi: 3.0.3\npaths:\n  x: {}{}\n", "[".repeat(levels), "]".repeat(levels)),
        format!("openapi: 3.0.3\npaths:\n  x: {}1{}\n", "{a: ".repeat(levels), "}".repeat(levels)),
        // The brackets are never closed, so the parser must stop at the depth limit.
        format!("openapi: 3.0.3\npaths:\n  x: {}", "[".repeat(levels)),
        format!("{{\"openapi\": \"3.0.3\", \"paths\": {}", "{\"a\": ".repeat(levels)),
        block,
    ];
    for document in documents {
        scratch.write("v2.yaml", document);
        let message = rejection(&scratch, &["codegen", "--published", "v2.yaml"]).unwrap();
        let reasons = ["nests deeper than 100 levels", "recursion limit"];
        assert!(reasons.iter().any(|reason| message.contains(reason)), "{message}");
        assert!(message.contains("--> v2.yaml:"), "{message}");
    }
}

#[test]
fn writes_nothing_to_out_if_the_document_is_rejected() {
    let scratch = Scratch::without_overlays();
    scratch.write("v2.yaml", "openapi: 3.0.3\n");
    let message = rejection(&scratch, &["codegen", "--published", "v2.yaml", "--out", "out"]).unwrap();
    assert!(message.contains("`paths` is missing"), "{message}");
}

#[test]
fn rejects_missing_files() {
    let scratch = Scratch::new();
    let message = rejection(&scratch, &["codegen", "--published", "nowhere.yaml"]).unwrap();
    assert!(
        message.starts_with("error: the file cannot be read: ") && message.contains("--> nowhere.yaml\n"),
        "{message}"
    );
    let message = rejection(&scratch, &["codegen", "--webhooks", "spec"]).unwrap();
    assert!(message.starts_with("error: the file cannot be read: ") && message.contains("--> spec\n"), "{message}");
}

#[test]
fn an_unmatched_action_is_a_warning_but_fails_the_check() {
    let scratch = Scratch::new();
    scratch.xtask(&["codegen"]).succeeded();
    let mut overlay = scratch.read("spec/overlay/v2.yaml");
    let line = overlay.lines().count() + 1;
    overlay.push_str("- {target: $.paths.nowhere, update: {summary: Nothing}}\n");
    scratch.write("spec/overlay/v2.yaml", overlay);

    let message = rejection(&scratch, &["codegen", "--check"]).unwrap();
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
fn transcribe_rejects_files_that_are_not_openapi_documents() {
    let scratch = Scratch::new();
    for (content, expected) in
        [("", "empty"), ("<html></html>", "HTML"), ("a: 1\n", "no paths"), ("paths: {}\n", "no paths")]
    {
        scratch.write("v2.yaml", content);
        let before = scratch.snapshot();
        let message = scratch.xtask(&["transcribe", "v2.yaml"]).failed();
        assert!(message.contains("v2.yaml") && message.contains(expected), "{message}");
        assert_eq!(scratch.snapshot(), before);
    }
}
