//! Reads one document and prints the result as JSON.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

use ::codegen::{Diagnostic, Inputs, Published, Severity, Source};
use serde_json::{Value, json};

use crate::command::{Context, Failure, Result};
use crate::inputs::EMPTY_OVERLAY;
use crate::round_trip;
use crate::terminal::kind;

/// A webhooks document without webhooks.
const NO_WEBHOOKS: &[u8] = b"openapi: 3.0.3\ninfo: {title: Empty, version: 1.0.0}\npaths: {}\n";

/// Generates code from one document, and prints the result including the code, and the examples if they are requested.
pub(super) fn run(path: &str, examples: bool, context: &mut Context<'_>) -> Result {
    let bytes = fs::read(Path::new(path)).map_err(Failure::io(path, "cannot be read"))?;
    let started = Instant::now();
    let published = |name, bytes| {
        let document = Source { name, bytes };
        Published { document, transcription: document, overlay: EMPTY_OVERLAY }
    };
    let inputs = Inputs {
        v2: published("document", &bytes),
        webhooks: published("webhooks", NO_WEBHOOKS),
        shared: Source { name: "schemas.yaml", bytes: b"{}" },
    };
    let generated = ::codegen::generate(&inputs);
    let (seconds, megabytes) = (started.elapsed().as_secs_f64(), crate::tools::peak_megabytes());
    let mut result = match generated {
        Err(error) => json!({"generates": false, "error": error.message, "pointer": error.pointer}),
        Ok(output) => {
            let report = &output.report;
            let files: BTreeMap<_, _> = output.files.iter().map(|file| (&file.path, &file.text)).collect();
            // The elements that are unused without a recorded reason, as reported by `cargo xtask coverage`.
            let lost = ::codegen::coverage(&inputs).map_or_else(|error| vec![error], |coverage| coverage.errors);
            json!({
                "generates": true,
                "operations": report.operations,
                "left_out": report.left_out,
                "types": report.types,
                "results": report.results,
                "untyped_results": report.untyped_results,
                "untyped": report.diagnostics.iter().filter(|diagnostic| is_untyped(diagnostic)).count(),
                "lost": lost.len(),
                "reasons": reasons(&report.diagnostics),
                "lost_reasons": reasons(&lost),
                "examples_of_results": examples.then(|| examples_of_results(&inputs)),
                "files": files,
                "features": output.features,
            })
        }
    };
    result["kilobytes"] = (bytes.len() / 1024).into();
    result["seconds"] = seconds.into();
    result["megabytes"] = megabytes.into();
    writeln!(context.out, "{result}")?;
    Ok(())
}

/// Returns a list of the examples, or the reason why they can't be found.
fn examples_of_results(inputs: &Inputs<'_>) -> Value {
    let examples = ::codegen::result_examples(inputs).map(round_trip::to_json);
    examples.map_or_else(|error| error.message.clone().into(), Value::from)
}

fn is_untyped(diagnostic: &Diagnostic) -> bool {
    let mentions = |text: &String| text.contains("untyped JSON");
    mentions(&diagnostic.message) || diagnostic.notes.iter().any(mentions)
}

/// Counts the diagnostics of each kind. The first note of a diagnostic is part of its kind, because it states the consequence.
fn reasons(diagnostics: &[Diagnostic]) -> Value {
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for diagnostic in diagnostics {
        let severity = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let consequence = diagnostic.notes.first().map(|note| format!("; {note}")).unwrap_or_default();
        *reasons.entry(kind(&format!("{severity}: {}{consequence}", diagnostic.message))).or_default() += 1;
    }
    json!(reasons)
}
