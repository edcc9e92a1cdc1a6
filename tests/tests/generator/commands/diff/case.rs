//! Compares the output of the commands with the files in a case folder.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use codegen::{Inputs, Published, Source};
use serde::Deserialize;
use serde_json::Value;

use crate::commands::scratch::{CommandOutput, Scratch};
use crate::{EMPTY_OVERLAY, workspace};

/// The content of `case.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedChanges {
    /// The description of the case, which is not checked.
    #[serde(rename = "about")]
    _about: String,
    base: Base,
    #[serde(default)]
    step: String,
    #[serde(default)]
    compile: Vec<String>,
    #[serde(default)]
    run: Vec<String>,
    #[serde(default)]
    additive: Vec<String>,
    #[serde(default)]
    documentation: Vec<String>,
    /// The repairs, and the targets of the overlay actions, that the change makes stale.
    #[serde(default)]
    stale: BTreeSet<String>,
}

/// The base document of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Base {
    Small,
    V2,
    Webhooks,
}

/// A document without operations, which needs no repairs. A case changes either the API document or the webhooks document, and
/// replaces the other one with this document.
const NO_OPERATIONS: &str = "openapi: 3.0.3\ninfo: {title: Shop, version: v2}\npaths: {}\n";

impl Base {
    fn path(self) -> &'static str {
        match self {
            Self::Small => "tests/fixtures/changes/small.yaml",
            Self::V2 => "tests/fixtures/base/published/v2.yaml",
            Self::Webhooks => "tests/fixtures/base/published/webhooks.yaml",
        }
    }

    fn transcription(self) -> &'static str {
        if self == Self::Webhooks { "spec/published/webhooks.yaml" } else { "spec/published/v2.yaml" }
    }

    fn overlay(self) -> &'static str {
        if self == Self::Webhooks { "spec/overlay/webhooks.yaml" } else { "spec/overlay/v2.yaml" }
    }
}

/// A runner for cases, which run one after the other in two copies of the workspace: one with overlays, and one without.
pub(crate) struct CaseRunner {
    with_overlays: Scratch,
    plain: Scratch,
    /// The stale repairs and overlay actions for each base document.
    stale: RefCell<BTreeMap<Base, BTreeSet<String>>>,
}

impl CaseRunner {
    pub(crate) fn new() -> Self {
        let (with_overlays, plain) = (Scratch::new(), Scratch::without_overlays());
        // The small document needs no transcription, so it also serves as the transcribed document.
        let small = read(&workspace().join(Base::Small.path())).expect("the fixture is valid");
        plain.write("spec/published/v2.yaml", small);
        plain.write("spec/published/webhooks.yaml", NO_OPERATIONS);
        Self { with_overlays, plain, stale: RefCell::default() }
    }

    /// Runs the commands on a case, and compares their output with its files.
    pub(crate) fn check(&self, folder: &Path) -> Result<(), String> {
        let text = read(&folder.join("case.toml"))?;
        let expected: ExpectedChanges = toml::from_str(&text).map_err(|error| error.to_string())?;
        let scratch = if expected.base == Base::Small { &self.plain } else { &self.with_overlays };
        let case = Case { folder, expected, scratch };
        let old = read(&workspace().join(case.expected.base.path()))?;
        scratch.write("new.yaml", changed(&old, &read(&folder.join("change.yaml"))?)?);
        scratch.write("old.yaml", old);
        case.check(&self.stale)
    }
}

/// A case, and the copy of the workspace that contains its two documents.
struct Case<'a> {
    folder: &'a Path,
    expected: ExpectedChanges,
    scratch: &'a Scratch,
}

impl Case<'_> {
    fn check(&self, known: &RefCell<BTreeMap<Base, BTreeSet<String>>>) -> Result<(), String> {
        let compared = self.scratch.xtask(&["diff", "old.yaml", "new.yaml", "--format", "json"]);
        let base = self.expected.base;
        let before = known.borrow().get(&base).cloned();
        let before = match before {
            Some(before) => before,
            None => known.borrow_mut().entry(base).or_insert(self.stale("old.yaml")?).clone(),
        };
        let stale: BTreeSet<String> = self.stale("new.yaml")?.difference(&before).cloned().collect();
        expect(stale == self.expected.stale, || format!("stale: {stale:#?}"))?;
        self.wording(&self.classes(&compared)?)
    }

    /// Generates code from a document, and returns the stale repairs and overlay actions.
    fn stale(&self, document: &str) -> Result<BTreeSet<String>, String> {
        let own = |name: &str| self.scratch.read(name);
        let base = self.expected.base;
        let name = if base == Base::Webhooks { "webhooks.yaml" } else { "v2.yaml" };
        let texts = [own(document), own(base.transcription()), own(base.overlay()), own("spec/schemas.yaml")];
        let [document, transcription, overlay, shared] = texts.each_ref().map(|text| source(name, text));
        let published = Published { document, transcription, overlay };
        // A case changes only one of the two documents. The other one is replaced with a document without operations.
        let nothing = source("nothing.yaml", NO_OPERATIONS);
        let other =
            Published { document: nothing, transcription: nothing, overlay: source("overlay.yaml", EMPTY_OVERLAY) };
        let (v2, webhooks) = if base == Base::Webhooks { (other, published) } else { (published, other) };
        let output = codegen::generate(&Inputs { v2, webhooks, shared });
        let output = output.map_err(|error| format!("the document is rejected: {error}"))?;
        let warnings = output.report.warnings().map(ToString::to_string);
        let stale = warnings.filter_map(|warning| {
            let message = warning.lines().next()?.to_owned();
            let repair =
                message.split_once("the repair `").and_then(|(_, rest)| rest.split_once("` no longer changes"));
            let action = message.split_once("nothing matches the overlay action's target ");
            repair.map(|(repair, _)| repair.to_owned()).or_else(|| Some(action?.1.to_owned()))
        });
        Ok(stale.collect())
    }

    /// Compares the version bump and the changes in each class with those in `case.toml`. Returns the text for `expected.txt`.
    fn classes(&self, compared: &CommandOutput) -> Result<String, String> {
        let report: Value = serde_json::from_str(&compared.out)
            .map_err(|error| format!("{error}:\n{}{}", compared.out, compared.err))?;
        let changes = report["changes"].as_array().ok_or("the report has no list of changes")?;
        let mut wrong = Vec::new();
        for (class, expected) in [
            ("compile", &self.expected.compile),
            ("run", &self.expected.run),
            ("additive", &self.expected.additive),
            ("documentation", &self.expected.documentation),
        ] {
            let found = changes.iter().filter(|change| change["class"] == class);
            let mut found: Vec<String> = found.map(headline).collect();
            let mut expected = expected.clone();
            found.sort();
            expected.sort();
            if found != expected {
                wrong.push(format!("{class}: expected {expected:#?}, found {found:#?}"));
            }
        }
        if report["step"] != self.expected.step.as_str() {
            wrong.push(format!("expected the step {}, found {}", self.expected.step, report["step"]));
        }
        let status = u8::from(self.expected.step == "major");
        if compared.status != status {
            wrong.push(format!("the exit status is {}", compared.status));
        }
        wrong.extend(
            changes
                .iter()
                .filter(|change| change["location"]["line"].is_null())
                .map(|it| format!("a change has no line: {it}")),
        );
        expect(wrong.is_empty(), || wrong.join("\n"))?;
        Ok(changes.iter().map(line).collect())
    }

    fn wording(&self, wording: &str) -> Result<(), String> {
        let path = self.folder.join("expected.txt");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            return fs::write(&path, wording).map_err(|error| error.to_string());
        }
        expect(read(&path)? == wording, || format!("the output is:\n{wording}"))
    }
}

fn source<'a>(name: &'a str, text: &'a str) -> Source<'a> {
    Source { name, bytes: text.as_bytes() }
}

fn expect(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Applies the change to the base document. An action that matches nothing is an error in the test case.
fn changed(old: &str, change: &str) -> Result<String, String> {
    let mut document = codegen::load("old.yaml", old.as_bytes()).map_err(|error| error.to_string())?;
    let change = codegen::load("change.yaml", change.as_bytes()).map_err(|error| error.to_string())?;
    let applied = codegen::overlay(&mut document, &change).map_err(|error| error.to_string())?;
    match applied.iter().find(|action| action.matched == 0) {
        Some(action) => Err(format!("nothing matches the change's target {}", action.target)),
        None => codegen::to_yaml(&document.value).map_err(|error| error.to_string()),
    }
}

fn headline(change: &Value) -> String {
    ["item", "action", "name"].map(|key| change[key].as_str().unwrap_or_default()).join(" ")
}

/// Formats a change without its line number, which depends on other parts of the document.
fn line(change: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    format!("{}: {}\n    {}\n", text(&change["class"]), text(&change["text"]), text(&change["location"]["pointer"]))
}
