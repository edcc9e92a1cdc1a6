//! Measures how time and memory grow with the size of the document, which consists of 1, 2, 4, 8 or 16 copies of the API document.
//!
//! Each time is the fastest of several runs. The slope is the exponent of the growth: 1 is linear, 2 is quadratic.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use codegen::openapi::walk::walk;
use codegen::{Document, DocumentKind, Progress, STAGES, Source};
use serde_json::Value;

use crate::command::{Context, Failure, Result};
use crate::inputs::{Files, Options};
use crate::tools::output;

const SIZES: [u32; 5] = [1, 2, 4, 8, 16];

const RUNS: usize = 5;

/// The name of a stage, its duration in milliseconds, and the peak memory usage up to its end in megabytes.
type Measured = (String, f64, f64);

/// Measures all sizes. If `times` is given, measures only that size, and prints the results for [`measure_in_child`].
pub(super) fn run(times: Option<u32>, context: &mut Context<'_>) -> Result {
    if let Some(times) = times {
        for (stage, milliseconds, megabytes) in measure(times, context)? {
            writeln!(context.out, "{stage}\t{milliseconds}\t{megabytes}")?;
        }
        return Ok(());
    }
    super::warn_of_debug_build(context)?;
    let mut sizes = Vec::new();
    for times in SIZES {
        let mut best = measure_in_child(times, context.root)?;
        for _ in 1..RUNS {
            for ((_, best, _), (_, again, _)) in best.iter_mut().zip(measure_in_child(times, context.root)?) {
                *best = best.min(again);
            }
        }
        sizes.push(best);
    }
    let sum = |stages: &[&Measured]| stages.iter().map(|(_, milliseconds, _)| milliseconds).sum();
    table(context, "milliseconds", &sizes, sum)?;
    let peak = |stages: &[&Measured]| stages.iter().map(|(.., megabytes)| *megabytes).fold(0.0, f64::max);
    table(context, "peak megabytes up to the end of the stage", &sizes, peak)
}

/// Measures one size in a process of its own, so that its peak memory usage does not include that of other sizes.
fn measure_in_child(times: u32, root: &Path) -> Result<Vec<Measured>> {
    let program = std::env::current_exe();
    let program =
        program.map_err(|error| Failure::new(format!("cannot find the executable of this program: {error}")))?;
    let mut command = Command::new(program);
    command.args(["bench", "growth", &times.to_string()]).stdin(Stdio::null());
    let text = output(command.current_dir(root).env_remove("CARGO_MANIFEST_DIR"))?;
    let measured = text.lines().map(|line| {
        let mut cells = line.split('\t');
        Some((cells.next()?.to_owned(), cells.next()?.parse().ok()?, cells.next()?.parse().ok()?))
    });
    measured.collect::<Option<_>>().ok_or_else(|| Failure::new(format!("cannot parse the measurements:\n{text}")))
}

/// Measures all stages on a document that contains `times` copies of the API document.
fn measure(times: u32, context: &Context<'_>) -> Result<Vec<Measured>> {
    let files = Files::read(&Options::default(), context)?;
    let mut inputs = files.inputs();
    let text = multiplied(codegen::load(inputs.v2.document.name, inputs.v2.document.bytes)?, times)?;
    inputs.v2.document = Source { name: "multiplied.yaml", bytes: text.as_bytes() };

    let mut measured = Vec::new();
    let mut progress = Progress::new(&inputs, DocumentKind::Api);
    for stage in &STAGES {
        time(&mut measured, stage.name, || stage.run(&mut progress))?;
    }
    let published = codegen::load(inputs.v2.document.name, inputs.v2.document.bytes)?;
    time(&mut measured, "(transcribe)", || codegen::transcribe(&published, None));
    let Progress { described, normalized, api, .. } = &progress;
    time(&mut measured, "(name collisions)", || codegen::name_collisions(&described.document, normalized, api));
    time(&mut measured, "(as text)", || codegen::to_yaml(&progress.described.document.value))?;
    // Does the same work as `cargo xtask diff`, including reading both documents.
    time(&mut measured, "(diff)", || -> codegen::Result<_> {
        let revision = || codegen::report::diff::read(&inputs, DocumentKind::Api);
        Ok(codegen::diff(&revision()?, &revision()?))
    })?;
    Ok(measured)
}

fn time<T>(measured: &mut Vec<Measured>, stage: &str, run: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = run();
    measured.push((stage.to_owned(), started.elapsed().as_secs_f64() * 1e3, crate::tools::peak_megabytes()));
    result
}

/// Merges `times` copies of the document, each with different names for its paths, operations, tags and components.
fn multiplied(document: Document, times: u32) -> Result<String> {
    let mut whole = document.value;
    let original = whole.clone();
    for number in 1..times {
        let mut copy = original.clone();
        number_references(&mut copy, number);
        add(whole.get_mut("paths"), copy.get_mut("paths"), |path| format!("/{number}{path}"));
        for (section, names) in copy.get_mut("components").and_then(Value::as_object_mut).into_iter().flatten() {
            let whole = whole.get_mut("components").and_then(|components| components.get_mut(section));
            add(whole, Some(names), |name| format!("{name}_{number}"));
        }
    }
    Ok(codegen::to_yaml(&whole)?)
}

/// Adds a number to the operation IDs, tags and references. References to the shared schemas stay unchanged, because these schemas
/// are in another file.
fn number_references(document: &mut Value, number: u32) {
    let add_number = |value: &mut Value| {
        if let Value::String(name) = value
            && !name.contains(".yaml")
        {
            *name = format!("{name}_{number}");
        }
    };
    walk(document, &mut |_, object| {
        object.get_mut("operationId").map(add_number);
        object.get_mut("$ref").map(add_number);
        object.get_mut("tags").and_then(Value::as_array_mut).into_iter().flatten().for_each(add_number);
    });
}

/// Moves the entries of one object to another, with new names.
fn add(whole: Option<&mut Value>, copy: Option<&mut Value>, rename: impl Fn(String) -> String) {
    if let (Some(Value::Object(whole)), Some(Value::Object(copy))) = (whole, copy) {
        whole.extend(std::mem::take(copy).into_iter().map(|(name, value)| (rename(name), value)));
    }
}

fn table(context: &mut Context<'_>, what: &str, sizes: &[Vec<Measured>], total: fn(&[&Measured]) -> f64) -> Result {
    writeln!(context.out, "{what}")?;
    let head: String = SIZES.iter().map(|times| format!("{:>10}", format!("{times} x"))).collect();
    writeln!(context.out, "  {:<18}{head}{:>8}", "stage", "slope")?;
    let stages = sizes.first().into_iter().flatten().map(|(stage, ..)| stage.as_str());
    for stage in stages.chain(["all"]) {
        let belongs = |(other, ..): &&Measured| stage == "all" || other == stage;
        let of_size = |size: &Vec<Measured>| total(&size.iter().filter(belongs).collect::<Vec<_>>());
        let values: Vec<f64> = sizes.iter().map(of_size).collect();
        let cells: String = values.iter().map(|value| format!("{value:>10.1}")).collect();
        writeln!(context.out, "  {stage:<18}{cells}{:>8.2}", slope(&values))?;
    }
    Ok(())
}

/// The slope of the least-squares line through the logarithms of the sizes and values. The logarithms of the sizes are evenly
/// spaced, so the slope is a weighted sum of the logarithms of the values.
fn slope(values: &[f64]) -> f64 {
    let weights = [-0.2, -0.1, 0.0, 0.1, 0.2];
    weights.iter().zip(values).map(|(weight, value)| weight * value.max(1e-3).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computes_the_exponent_of_a_power() {
        for (power, expected) in [(1, 1.0), (2, 2.0), (0, 0.0)] {
            let values: Vec<f64> = SIZES.iter().map(|times| 3.0 * f64::from(times.pow(power))).collect();
            assert!((slope(&values) - expected).abs() < 1e-9, "{power}");
        }
    }

    #[test]
    fn each_copy_refers_to_its_own_components() {
        let text = b"paths: {/a: {get: {operationId: a, tags: [T], parameters: [{$ref: '#/components/schemas/A'}]}}}\n\
                     components: {schemas: {A: {}}}\n";
        let twice = multiplied(codegen::load("a.yaml", text).unwrap(), 2).unwrap();
        let twice = codegen::load("twice.yaml", twice.as_bytes()).unwrap().value;
        assert_eq!(twice["paths"]["/1/a"]["get"]["operationId"], "a_1");
        assert_eq!(twice["paths"]["/1/a"]["get"]["parameters"][0]["$ref"], "#/components/schemas/A_1");
        assert!(twice["components"]["schemas"].get("A_1").is_some());
    }
}
