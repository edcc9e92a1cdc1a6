//! How time and memory grow with the document: the real one, and 2, 4, 8 and 16 of it in one.
//!
//! Each size is measured in processes of its own, so that none inherits the memory of another, and the best of some runs
//! counts, for whatever else the machine does only adds to it. What is told at the end is the slope of a line through the
//! logarithms: 1 where a stage takes twice the time for twice the document, 2 where it takes four times as much.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use codegen::diff::Kind;
use codegen::walk::walk;
use codegen::{Document, Published, Source};
use serde_json::{Map, Value};

use crate::codegen::{Files, Options, TRANSCRIBED_V2};
use crate::failure::Failure;
use crate::session::Session;

const SIZES: [u32; 5] = [1, 2, 4, 8, 16];

const RUNS: usize = 5;

/// What was measured of one stage.
struct Measured {
    stage: String,
    milliseconds: f64,
    megabytes: f64,
}

/// Measures all sizes, or the one that is given.
pub(super) fn run(times: Option<u32>, session: &mut Session<'_>) -> Result<(), Failure> {
    if cfg!(debug_assertions) {
        writeln!(session.err, "warning: milliseconds of a debug build say little; run with --release")?;
    }
    if let Some(times) = times {
        for measured in measure(times, session)? {
            writeln!(session.out, "{}\t{}\t{}", measured.stage, measured.milliseconds, measured.megabytes)?;
        }
        return Ok(());
    }
    let mut sizes = Vec::new();
    for times in SIZES {
        let mut best = measure_apart(times, session.root)?;
        for _ in 1..RUNS {
            for (best, again) in best.iter_mut().zip(measure_apart(times, session.root)?) {
                best.milliseconds = best.milliseconds.min(again.milliseconds);
            }
        }
        sizes.push(best);
    }
    table(session, "milliseconds", &sizes, |measured| measured.milliseconds)?;
    table(session, "most megabytes until the end of the stage", &sizes, |measured| measured.megabytes)
}

/// Runs this program for one size.
fn measure_apart(times: u32, root: &Path) -> Result<Vec<Measured>, Failure> {
    let failed = |why: String| Failure::Failed(format!("a run of {times} documents can't be measured: {why}"));
    let program = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
    let mut command = Command::new(program);
    command.args(["bench", "growth", &times.to_string()]).stdin(Stdio::null()).stderr(Stdio::inherit());
    command.current_dir(root).env_remove("CARGO_MANIFEST_DIR");
    let output = command.output().map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(output.status.to_string()));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let measured = text.lines().filter_map(|line| {
        let mut cells = line.split('\t');
        let stage = cells.next()?.to_owned();
        Some(Measured { stage, milliseconds: cells.next()?.parse().ok()?, megabytes: cells.next()?.parse().ok()? })
    });
    Ok(measured.collect())
}

/// Takes a multiple of the real document through all stages.
fn measure(times: u32, session: &Session<'_>) -> Result<Vec<Measured>, Failure> {
    let files = Files::read(&Options::default(), session)?;
    let inputs = files.inputs();
    let text = multiplied(codegen::load(TRANSCRIBED_V2, inputs.v2.document.bytes)?, times)?;
    let shared = codegen::load(inputs.shared.name, inputs.shared.bytes)?;
    let actions = codegen::load(inputs.v2.overlay.name, inputs.v2.overlay.bytes)?;

    let mut clock = Clock { measured: Vec::new() };
    let mut document = clock.time("load", || codegen::load("multiplied.yaml", text.as_bytes()))?;
    clock.time("transcribe", || codegen::transcribe(&document, None));
    clock.time("repair", || codegen::repair(&mut document, &shared))?;
    clock.time("validate", || codegen::validate(&document))?;
    clock.time("infer", || codegen::infer(&mut document));
    clock.time("anchor", || codegen::anchor::anchor(&mut document));
    let before = document.value.clone();
    let applied = clock.time("overlay", || codegen::overlay(&mut document, &actions))?;
    clock.time("settle", || codegen::describe::settle(&mut document, &before, &actions, &applied));
    clock.time("complete", || codegen::complete::complete(&mut document, &before));
    clock.time("(as text)", || codegen::to_yaml(&document.value))?;
    let normalized = clock.time("normalize", || codegen::normalize(&document))?;
    let api = clock.time("lower", || codegen::lower(&normalized))?;
    let types = clock.time("types", || codegen::types(&normalized))?;
    clock.time("(clashes)", || codegen::clashes(&document, &normalized, &api));
    let modules = clock.time("emit", || codegen::emit(&api, types));
    clock.time("print", || modules.into_iter().map(codegen::print).collect::<codegen::Result<Vec<_>>>())?;
    // Both documents from their bytes to what users are told, as `cargo xtask diff` does it.
    let published = Published { document: Source { name: "multiplied.yaml", bytes: text.as_bytes() }, ..inputs.v2 };
    clock.time("(diff)", || -> codegen::Result<_> {
        let side = || codegen::diff::read(&published, &inputs.shared, Kind::Api);
        Ok(codegen::diff(&side()?, &side()?))
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
        self.measured.push(Measured { stage: stage.to_owned(), milliseconds, megabytes: peak() });
        result
    }
}

/// The most memory that this process ever held, in megabytes; nothing where the system doesn't tell it as Linux does.
fn peak() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kilobytes.map_or(f64::NAN, |kilobytes: f64| kilobytes / 1024.0)
}

/// The document and copies of it, in which paths, operations, tags and components have names of their own.
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

/// Gives all names of a document a number.
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

/// A reference to the file of shared schemas is the same in all copies.
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
    session: &mut Session<'_>,
    what: &str,
    sizes: &[Vec<Measured>],
    value: impl Fn(&Measured) -> f64,
) -> Result<(), Failure> {
    writeln!(session.out, "{what}")?;
    let head: String = SIZES.iter().map(|times| format!("{:>10}", format!("{times} x"))).collect();
    writeln!(session.out, "  {:<12}{head}{:>8}", "stage", "slope")?;
    let stages = sizes.first().into_iter().flatten().map(|measured| measured.stage.as_str());
    for stage in stages.chain(["all"]) {
        let of_size = |measured: &Vec<Measured>| -> f64 {
            let own = measured.iter().filter(|measured| stage == "all" || measured.stage == stage);
            // Memory is a high-water mark already.
            if what == "milliseconds" { own.map(&value).sum() } else { own.map(&value).fold(0.0, f64::max) }
        };
        let values: Vec<f64> = sizes.iter().map(of_size).collect();
        let cells: String = values.iter().map(|value| format!("{value:>10.1}")).collect();
        writeln!(session.out, "  {stage:<12}{cells}{:>8.2}", slope(&values))?;
    }
    Ok(())
}

/// The slope of the line that fits the logarithms best.
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
    fn slopes() {
        for (power, expected) in [(1, 1.0), (2, 2.0), (0, 0.0)] {
            let values: Vec<f64> = SIZES.iter().map(|times| 3.0 * f64::from(times.pow(power))).collect();
            assert!((slope(&values) - expected).abs() < 1e-9, "{power}");
        }
    }

    #[test]
    fn copies_have_names_of_their_own_and_refer_to_them() {
        let text = b"paths: {/a: {get: {operationId: a, tags: [T], parameters: [{$ref: '#/components/schemas/A'}]}}}\n\
                     components: {schemas: {A: {}}}\n";
        let twice = multiplied(codegen::load("a.yaml", text).unwrap(), 2).unwrap();
        let twice = codegen::load("twice.yaml", twice.as_bytes()).unwrap().value;
        assert_eq!(twice["paths"]["/1/a"]["get"]["operationId"], "a_1");
        assert_eq!(twice["paths"]["/1/a"]["get"]["parameters"][0]["$ref"], "#/components/schemas/A_1");
        assert!(twice["components"]["schemas"].get("A_1").is_some());
    }
}
