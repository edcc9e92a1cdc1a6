//! `cargo xtask corpus`: runs the generator on a folder of documents.
//!
//! Each document is read in a process of its own, so that its memory can be measured and a crash doesn't end the run. The results
//! are stored in `target/corpus/`, so that a second run only reads documents that are new or have changed.

mod compile;
mod document;
mod examples;
mod table;

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use lexopt::{Arg, ValueExt};
use serde_json::{Value, json};

use crate::command::{Command, Context, Failure, Result};
use crate::inputs::{GENERATED, MANIFEST};
use crate::round_trip;
use crate::workspace::{File, remove_folder, write_if_changed};

pub(crate) const COMMAND: Command = Command {
    name: "corpus",
    usage: "cargo xtask corpus FOLDER [--compile] [--examples] [--json]",
    about: "Runs the generator, with an empty overlay, on every document in FOLDER, and prints a table of the results and the\n\
            reasons why parts were left out. A second run continues where the first one was interrupted.\n\
            --compile   compiles the generated code\n\
            --examples  compiles it, and checks that the examples of results are unchanged after decoding and encoding\n\
            --json      prints one JSON object per document instead of the table",
    run,
};

/// The folder for the results, and for the copy of the workspace in which generated code is compiled.
const RESULTS: &str = "target/corpus";

fn run(parser: &mut lexopt::Parser, context: &mut Context<'_>) -> Result {
    let (mut path, mut compile, mut examples, mut json) = (None, false, false, false);
    while let Some(argument) = parser.next()? {
        match argument {
            // The help does not mention this option, because only the child process uses it. It comes last.
            Arg::Long("document") => return document::run(&parser.value()?.string()?, examples, context),
            Arg::Long("compile") => compile = true,
            Arg::Long("examples") => (compile, examples) = (true, true),
            Arg::Long("json") => json = true,
            Arg::Value(value) if path.is_none() => path = Some(PathBuf::from(value)),
            other => return Err(other.unexpected().into()),
        }
    }
    let path = path.ok_or_else(|| Failure::Usage("FOLDER is missing".to_owned()))?;
    let folder = context.given(&path);
    let documents = documents(&folder)?;
    let generator = hash_of_generator(compile, context)?;
    let mut results = Vec::new();
    for (index, file) in documents.iter().enumerate() {
        let name = file.path.strip_prefix(&folder.path).unwrap_or(&file.path).display().to_string();
        let store = context.file(&format!("{RESULTS}/{}", name.replace(['/', '\\'], "_")));
        let fingerprint = fingerprint(file, generator)?;
        let stored = stored(&store, &fingerprint);
        let mut result = match stored.filter(|it| !examples || it["generates"] != true || has_examples(&store)) {
            Some(result) => result,
            None => {
                let mut result = read_in_child(file, examples, &store, context.root)?;
                result["document"] = name.clone().into();
                result["fingerprint"] = fingerprint.into();
                write_if_changed(&result_file(&store), result.to_string())?;
                result
            }
        };
        if compile && result["generates"] == true {
            run_cargo(examples, &store, &mut result, context)?;
        }
        if json {
            context.announce(&result.to_string())?;
        } else {
            let outcome = if result["generates"] == true { "was accepted" } else { "was rejected" };
            writeln!(context.err, "{:>4} of {}  {name} {outcome}", index + 1, documents.len())?;
        }
        results.push(result);
    }
    if json { Ok(()) } else { table::print(&results, context) }
}

/// Compiles the generated code, and compares the examples if this is requested, unless the result already has the outcomes.
fn run_cargo(examples: bool, store: &File, result: &mut Value, context: &Context<'_>) -> Result {
    let is_compiled = !result["compiles"].is_null();
    if is_compiled && !(examples && result["compiles"] == "yes" && result["examples"].is_null()) {
        return Ok(());
    }
    let package = compile::write(store, context)?;
    if !is_compiled {
        compile::run(store, result, context)?;
        write_if_changed(&result_file(store), result.to_string())?;
    }
    if examples && result["compiles"] == "yes" {
        examples::run(store, &package, result, context)?;
        write_if_changed(&result_file(store), result.to_string())?;
    }
    Ok(())
}

/// Lists the documents in a folder.
fn documents(folder: &File) -> Result<Vec<File>> {
    let is_document = |file: &File| {
        let extension = file.path.extension().and_then(|extension| extension.to_str());
        extension.is_some_and(|extension| ["json", "yaml", "yml"].contains(&extension))
    };
    let documents: Vec<_> = folder.files_below()?.into_iter().filter(is_document).collect();
    if documents.is_empty() {
        let error = Failure::new("the folder has no documents").in_file(&folder.name);
        return Err(error.help("pass a folder that contains .json, .yaml or .yml files"));
    }
    Ok(documents)
}

fn result_file(store: &File) -> PathBuf {
    store.path.join("result.json")
}

/// Hashes this program. If generated code is compiled, also hashes the code that is compiled with it.
fn hash_of_generator(compile: bool, context: &Context<'_>) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    let program = std::env::current_exe().and_then(fs::read);
    program.map_err(Failure::io("this program", "cannot be read"))?.hash(&mut hasher);
    if compile {
        let runtime = context.file("talkable-api/src").files_below()?;
        let runtime = runtime.into_iter().filter(|file| !file.name.starts_with(GENERATED));
        let others = [MANIFEST, "Cargo.toml", "Cargo.lock"].into_iter().chain(round_trip::PROGRAM);
        for file in runtime.chain(others.map(|path| context.file(path))) {
            (&file.name, file.read()?).hash(&mut hasher);
        }
    }
    Ok(hasher.finish())
}

/// Returns a hash of a document and the generator.
fn fingerprint(file: &File, generator: u64) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    (file.read()?, generator).hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}

/// Returns the result of an earlier run, unless the document or the generator has changed since then.
fn stored(store: &File, fingerprint: &str) -> Option<Value> {
    let result: Value = serde_json::from_slice(&fs::read(result_file(store)).ok()?).ok()?;
    Some(result).filter(|result| result["fingerprint"] == fingerprint)
}

fn has_examples(store: &File) -> bool {
    examples::file(store).path.exists()
}

/// Runs the generator on a document in a child process. Writes the generated code, and the examples if they are requested, to the
/// `store` folder. Returns the rest of the result.
fn read_in_child(file: &File, examples: bool, store: &File, root: &Path) -> Result<Value> {
    let program = std::env::current_exe();
    let program = program.map_err(Failure::io("this program", "cannot be found"))?;
    remove_folder(&store.path)?;
    let mut process = Process::new(program);
    process.arg("corpus").args(examples.then_some("--examples")).arg("--document").arg(&file.path).current_dir(root);
    let output = process.env_remove("CARGO_MANIFEST_DIR").stdin(Stdio::null()).output();
    let output = output.map_err(Failure::io("this program", "cannot be started"))?;
    let mut result: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
        let errors = String::from_utf8_lossy(&output.stderr);
        let reason = errors.lines().find(|line| line.contains("panicked") || line.starts_with("error"));
        json!({"generates": false, "error": format!("the generator failed: {}", reason.unwrap_or(&output.status.to_string()))})
    });
    for (path, text) in result["files"].take().as_object().into_iter().flatten() {
        write_if_changed(&store.path.join("generated").join(path), text.as_str().unwrap_or_default())?;
    }
    let examples = result["examples_of_results"].take();
    if !examples.is_null() {
        write_if_changed(&examples::file(store).path, examples.to_string())?;
    }
    if let Some(features) = result["features"].take().as_str() {
        write_if_changed(&store.path.join("features"), features)?;
    }
    Ok(result)
}
