//! Measures how time and memory grow with the size of the document, which consists of 1, 2, 4, 8 or 16 copies of the API document.
//!
//! Each time is that of the fastest of several runs. The slope is the exponent of the growth: 1 is linear, 2 is quadratic.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use codegen::openapi::walk::walk;
use codegen::{Document, DocumentKind, Progress, STAGES, Source};
use serde_json::{Map, Value};

use crate::context::Context;
use crate::inputs::{Files, Options};
use crate::terminal::Failure;
use crate::tools::output;

const SIZES: [u32; 5] = [1, 2, 4, 8, 16];

const RUNS: usize = 5;

/// The measurements of one stage.
struct Measured {
    stage: String,
    milliseconds: f64,
    megabytes: f64,
}

/// Measures all sizes, or prints the measurements of the given size for [`measure_in_child`].
pub(super) fn run(times: Option<u32>, context: &mut Context<'_>) -> Result<(), Failure> {
    if let Some(times) = times {
        for measured in measure(times, context)? {
            writeln!(context.out, "{}\t{}\t{}", measured.stage, measured.milliseconds, measured.megabytes)?;
        }
        return Ok(());
    }
    super::warn_of_debug_build(context)?;
    let mut sizes = Vec::new();
    for times in SIZES {
        let mut best = measure_in_child(times, context.root)?;
        for _ in 1..RUNS {
            for (best, again) in best.iter_mut().zip(measure_in_child(times, context.root)?) {
                best.milliseconds = best.milliseconds.min(again.milliseconds);
            }
        }
        sizes.push(best);
    }
    table(context, "milliseconds", &sizes, |measured| measured.milliseconds)?;
    table(context, "peak megabytes up to the end of the stage", &sizes, |measured| measured.megabytes)
}

/// Measures one size in a process of its own, so that its peak memory usage does not include that of other sizes.
fn measure_in_child(times: u32, root: &Path) -> Result<Vec<Measured>, Failure> {
    let program = std::env::current_exe();
    let program = program.map_err(|error| Failure::new(format!("cannot find the file of this program: {error}")))?;
    let mut command = Command::new(program);
    command.args(["bench", "growth", &times.to_string()]).stdin(Stdio::null());
    let text = output(command.current_dir(root).env_remove("CARGO_MANIFEST_DIR"))?;
    let measured = text.lines().map(|line| {
        let mut cells = line.split('\t');
        let stage = cells.next()?.to_owned();
        Some(Measured { stage, milliseconds: cells.next()?.parse().ok()?, megabytes: cells.next()?.parse().ok()? })
    });
    measured.collect::<Option<_>>().ok_or_else(|| Failure::new(format!("cannot parse the measurements:\n{text}")))
}

/// Measures all stages on a document that contains `times` copies of the API document.
fn measure(times: u32, context: &Context<'_>) -> Result<Vec<Measured>, Failure> {
    let files = Files::read(&Options::default(), context)?;
    let mut inputs = files.inputs();
    let text = multiplied(codegen::load(inputs.v2.document.name, inputs.v2.document.bytes)?, times)?;
    inputs.v2.document = Source { name: "multiplied.yaml", bytes: text.as_bytes() };

    let mut clock = Clock { measured: Vec::new() };
    let mut progress = Progress::new(&inputs, DocumentKind::Api);
    for stage in &STAGES {
        clock.time(stage.name, || stage.run(&mut progress))?;
    }
    let published = codegen::load(inputs.v2.document.name, inputs.v2.document.bytes)?;
    clock.time("(transcribe)", || codegen::transcribe(&published, None));
    let Progress { described, normalized, api, .. } = &progress;
    clock.time("(name collisions)", || codegen::name_collisions(&described.document, normalized, api));
    clock.time("(as text)", || codegen::to_yaml(&progress.described.document.value))?;
    // Does the same work as `cargo xtask diff`, including reading both documents.
    clock.time("(diff)", || -> codegen::Result<_> {
        let revision = || codegen::report::diff::read(&inputs, DocumentKind::Api);
        Ok(codegen::diff(&revision()?, &revision()?))
    })?;
    Ok(clock.measured)
}

struct Clock {
    measured: Vec<Measured>,
}

impl Clock {
    fn time<T>(&mut self, stage: &str, run: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let result = run();
        let milliseconds = started.elapsed().as_secs_f64() * 1e3;
        self.measured.push(Measured { stage: stage.to_owned(), milliseconds, megabytes: super::peak_megabytes() });
        result
    }
}

/// Merges `times` copies of the document, each with different names for its paths, operations, tags and components.
fn multiplied(document: Document, times: u32) -> Result<String, Failure> {
    let mut whole = document.value;
    let original = whole.clone();
    for number in 1..times {
        let mut copy = original.clone();
        rename(&mut copy, number);
        for section in ["paths", "components"] {
            let Some(more) = copy.get_mut(section).map(Value::take) else { continue };
            merge(whole.get_mut(section), more);
        }
    }
    Ok(codegen::to_yaml(&whole)?)
}

/// Adds a number to all names in a document.
fn rename(document: &mut Value, number: u32) {
    walk(document, &mut |_, object| {
        for key in ["operationId", "$ref"] {
            if let Some(Value::String(name)) = object.get_mut(key).filter(|name| !is_external(name)) {
                *name = format!("{name}_{number}");
            }
        }
        for tag in object.get_mut("tags").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Value::String(name) = tag {
                *name = format!("{name}_{number}");
            }
        }
    });
    let renamed = |names: &mut Map<String, Value>, rename: &dyn Fn(String) -> String| {
        *names = std::mem::take(names).into_iter().map(|(name, value)| (rename(name), value)).collect();
    };
    if let Some(Value::Object(paths)) = document.get_mut("paths") {
        renamed(paths, &|path| format!("/{number}{path}"));
    }
    for (_, section) in document.get_mut("components").and_then(Value::as_object_mut).into_iter().flatten() {
        if let Value::Object(names) = section {
            renamed(names, &|name| format!("{name}_{number}"));
        }
    }
}

/// Whether a reference points to the file with the shared schemas, which is not copied.
fn is_external(name: &Value) -> bool {
    name.as_str().is_some_and(|name| name.contains(".yaml"))
}

fn merge(target: Option<&mut Value>, more: Value) {
    let (Some(Value::Object(target)), Value::Object(more)) = (target, more) else { return };
    for (key, value) in more {
        if target.contains_key(&key) {
            merge(target.get_mut(&key), value);
        } else {
            target.insert(key, value);
        }
    }
}

fn table(
    context: &mut Context<'_>,
    what: &str,
    sizes: &[Vec<Measured>],
    value: impl Fn(&Measured) -> f64,
) -> Result<(), Failure> {
    writeln!(context.out, "{what}")?;
    let head: String = SIZES.iter().map(|times| format!("{:>10}", format!("{times} x"))).collect();
    writeln!(context.out, "  {:<18}{head}{:>8}", "stage", "slope")?;
    let stages = sizes.first().into_iter().flatten().map(|measured| measured.stage.as_str());
    for stage in stages.chain(["all"]) {
        let of_size = |measured: &Vec<Measured>| -> f64 {
            let own = measured.iter().filter(|measured| stage == "all" || measured.stage == stage);
            if what == "milliseconds" { own.map(&value).sum() } else { own.map(&value).fold(0.0, f64::max) }
        };
        let values: Vec<f64> = sizes.iter().map(of_size).collect();
        let cells: String = values.iter().map(|value| format!("{value:>10.1}")).collect();
        writeln!(context.out, "  {stage:<18}{cells}{:>8.2}", slope(&values))?;
    }
    Ok(())
}

/// The slope of the least-squares line through the logarithms of the sizes and values.
fn slope(values: &[f64]) -> f64 {
    let points: Vec<(f64, f64)> =
        SIZES.iter().zip(values).map(|(times, value)| (f64::from(*times).ln(), value.max(1e-3).ln())).collect();
    let count = points.iter().map(|_| 1.0).sum::<f64>();
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let (above, below) = points.iter().fold((0.0, 0.0), |(above, below), point| {
        (above + (point.0 - x) * (point.1 - y), below + (point.0 - x) * (point.0 - x))
    });
    above / below
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
