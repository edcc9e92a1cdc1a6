//! One case: its files, and how they are held against what the commands say.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::scratch::{Ran, Scratch, workspace};

/// What `case.toml` says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Foreseen {
    /// For whoever reads the case.
    #[serde(rename = "about")]
    _about: String,
    base: Base,
    /// Whether the document can't be generated from.
    #[serde(default)]
    refused: bool,
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
    /// The repairs that the changed document doesn't need any more, and the base did.
    #[serde(default)]
    stale: Vec<String>,
}

/// The document that is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Base {
    Small,
    V2,
    Webhooks,
}

/// Webhooks without a defect, so that a repair depends on the case alone.
const NO_WEBHOOKS: &str = "openapi: 3.0.3\ninfo: {title: Shop, version: v2}\npaths: {}\n";

/// A case that was read.
pub(crate) struct Case {
    folder: PathBuf,
    foreseen: Foreseen,
    scratch: Scratch,
}

impl Case {
    /// Reads a case, and lays its two documents into a copy of the workspace.
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        let text = read(&folder.join("case.toml"))?;
        let foreseen: Foreseen = toml::from_str(&text).map_err(|error| error.to_string())?;
        let (path, scratch) = match foreseen.base {
            Base::Small => ("tests/fixtures/changes/small.yaml", Scratch::without_overlays()),
            Base::V2 => ("tests/fixtures/base/published/v2.yaml", Scratch::new()),
            Base::Webhooks => ("tests/fixtures/base/published/webhooks.yaml", Scratch::new()),
        };
        let old = read(&workspace().join(path))?;
        let new = changed(&old, &read(&folder.join("change.yaml"))?)?;
        scratch.write("old.yaml", old);
        scratch.write("new.yaml", new);
        scratch.write("webhooks.yaml", NO_WEBHOOKS);
        Ok(Self { folder: folder.to_owned(), foreseen, scratch })
    }

    /// Holds the case against what the commands say.
    pub(crate) fn check(&self) -> Result<(), String> {
        let generated = self.generate("new.yaml");
        let compared = self.scratch.xtask(&["diff", "old.yaml", "new.yaml", "--format", "json"]);
        let wording = if self.foreseen.refused {
            refused(&generated, &compared)?
        } else {
            expect(generated.status == 0, || format!("it is refused:\n{}", generated.err))?;
            self.stale(&generated)?;
            self.classes(&compared)?
        };
        self.wording(&wording)
    }

    fn generate(&self, document: &str) -> Ran {
        let documents: &[&str] = match self.foreseen.base {
            Base::Small => &["--published", document, "--webhooks", "webhooks.yaml"],
            Base::V2 => &["--published", document],
            Base::Webhooks => &["--webhooks", document],
        };
        self.scratch.xtask(&[&["codegen", "--out", "out"], documents].concat())
    }

    fn stale(&self, generated: &Ran) -> Result<(), String> {
        if self.foreseen.stale.is_empty() {
            return Ok(());
        }
        let before = self.generate("old.yaml");
        for repair in &self.foreseen.stale {
            let warning = format!("the repair `{repair}`");
            expect(!before.err.contains(&warning), || format!("the base doesn't need `{repair}`"))?;
            expect(generated.err.contains(&warning), || format!("`{repair}` is not stale:\n{}", generated.err))?;
        }
        Ok(())
    }

    /// Compares the classes and the step, and gives the wording.
    fn classes(&self, compared: &Ran) -> Result<String, String> {
        let report: Value = serde_json::from_str(&compared.out)
            .map_err(|error| format!("{error}:\n{}{}", compared.out, compared.err))?;
        let changes = report["changes"].as_array().ok_or("there is no list of changes")?;
        let mut wrong = Vec::new();
        for (class, foreseen) in [
            ("compile", &self.foreseen.compile),
            ("run", &self.foreseen.run),
            ("additive", &self.foreseen.additive),
            ("documentation", &self.foreseen.documentation),
        ] {
            let found = changes.iter().filter(|change| change["class"] == class);
            let mut found: Vec<String> = found.map(headline).collect();
            let mut foreseen = foreseen.clone();
            found.sort();
            foreseen.sort();
            if found != foreseen {
                wrong.push(format!("{class}: foreseen {foreseen:#?}, found {found:#?}"));
            }
        }
        if report["step"] != self.foreseen.step.as_str() {
            wrong.push(format!("foreseen the step {}, found {}", self.foreseen.step, report["step"]));
        }
        let status = u8::from(self.foreseen.step == "major");
        if compared.status != status {
            wrong.push(format!("the exit status is {}", compared.status));
        }
        wrong.extend(
            changes.iter().filter(|change| change["place"]["line"].is_null()).map(|it| format!("nowhere: {it}")),
        );
        expect(wrong.is_empty(), || wrong.join("\n"))?;
        Ok(changes.iter().map(line).collect())
    }

    fn wording(&self, wording: &str) -> Result<(), String> {
        let path = self.folder.join("expected.txt");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            return fs::write(&path, wording).map_err(|error| error.to_string());
        }
        expect(read(&path)? == wording, || format!("it says now:\n{wording}"))
    }
}

fn expect(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The changed document. An action that finds nothing to change is a mistake in the case.
fn changed(old: &str, change: &str) -> Result<String, String> {
    let mut document = codegen::load("old.yaml", old.as_bytes()).map_err(|error| error.to_string())?;
    let change = codegen::load("change.yaml", change.as_bytes()).map_err(|error| error.to_string())?;
    let applied = codegen::overlay(&mut document, &change).map_err(|error| error.to_string())?;
    match applied.iter().find(|action| action.matched == 0) {
        Some(action) => Err(format!("nothing matches the change's target {}", action.target)),
        None => codegen::to_yaml(&document.value).map_err(|error| error.to_string()),
    }
}

/// The error, which both commands must say.
fn refused(generated: &Ran, compared: &Ran) -> Result<String, String> {
    expect(generated.status == 1, || "it is not refused".to_owned())?;
    expect(generated.err.contains("--> new.yaml:"), || format!("no place: {}", generated.err))?;
    expect(compared.status == 2 && compared.err == generated.err && compared.out.is_empty(), || {
        format!("`diff` ends with status {} and says:\n{}{}", compared.status, compared.out, compared.err)
    })?;
    Ok(generated.err.clone())
}

fn headline(change: &Value) -> String {
    ["item", "action", "name"].map(|key| change[key].as_str().unwrap_or_default()).join(" ")
}

/// A change in words. Its line is left out: it moves with everything above it.
fn line(change: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    format!("{}: {}\n    {}\n", text(&change["class"]), text(&change["text"]), text(&change["place"]["pointer"]))
}
