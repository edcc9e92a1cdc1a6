//! `cargo xtask corpus`: runs the generator on a folder of documents.
//!
//! Each document is read in a process of its own, so that its memory can be measured and a crash doesn't end the run. The results
//! are stored in `target/corpus/`, so that a second run only reads documents that are new or have changed.

mod compile;
mod document;
mod table;

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use lexopt::{Arg, ValueExt};
use serde_json::{Value, json};

use crate::command::{Command, Context, Failure, Result};
use crate::workspace::{File, remove_folder, write_if_changed};

pub(crate) const COMMAND: Command = Command {
    name: "corpus",
    usage: "cargo xtask corpus FOLDER [--compile] [--json]",
    about: "Runs the generator, with an empty overlay, on every document in FOLDER, and prints a table of the results and the\n\
            reasons why parts were left out. A second run continues where the first one was interrupted.\n\
            --compile  compiles the generated code\n\
            --json     prints one JSON object per document instead of the table",
    run,
};

/// The folder for the results, and for the copy of the workspace in which generated code is compiled.
const RESULTS: &str = "target/corpus";

fn run(parser: &mut lexopt::Parser, context: &mut Context<'_>) -> Result {
    let (mut path, mut compile, mut json) = (None, false, false);
    while let Some(argument) = parser.next()? {
        match argument {
            // The help does not mention this option, because only the child process uses it.
            Arg::Long("document") => return document::run(&parser.value()?.string()?, context),
            Arg::Long("compile") => compile = true,
            Arg::Long("json") => json = true,
            Arg::Value(value) if path.is_none() => path = Some(PathBuf::from(value)),
            other => return Err(other.unexpected().into()),
        }
    }
    let path = path.ok_or_else(|| Failure::Usage("FOLDER is missing".to_owned()))?;
    let documents = documents(&context.given(&path))?;
    let mut results = Vec::new();
    for (index, file) in documents.iter().enumerate() {
        let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let store = context.file(&format!("{RESULTS}/{name}"));
        let mut result = stored(file, &store)?;
        if result.is_none() {
            let read = read_in_child(file, &store, context.root)?;
            write_if_changed(&result_file(&store), read.to_string())?;
            result = Some(read);
        }
        let mut result = result.unwrap_or_default();
        if compile && result["generates"] == true && result["compiles"].is_null() {
            compile::run(&store, &mut result, context)?;
            write_if_changed(&result_file(&store), result.to_string())?;
        }
        if json {
            context.announce(&result.to_string())?;
        } else {
            let outcome = if result["generates"] == true { "was accepted" } else { "was rejected" };
            writeln!(context.err, "{:>4} of {}  {name} {outcome}", index + 1, documents.len())?;
        }
        results.push(result);
    }
    if json { Ok(()) } else { table::print(&results, compile, context) }
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

/// Returns a hash of the document and of the generator's executable.
fn fingerprint(file: &File) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    file.read()?.hash(&mut hasher);
    let program = std::env::current_exe().and_then(fs::read);
    program.map_err(Failure::io("this program", "cannot be read"))?.hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}

/// Returns the result of an earlier run, unless the document or the generator has changed since then.
fn stored(file: &File, store: &File) -> Result<Option<Value>> {
    let Ok(text) = fs::read(result_file(store)) else { return Ok(None) };
    let result: Option<Value> = serde_json::from_slice(&text).ok();
    let fingerprint = fingerprint(file)?;
    Ok(result.filter(|result| result["fingerprint"] == json!(fingerprint)))
}

/// Runs the generator on a document in a child process. Writes the generated code to the `store` folder, and returns the result.
fn read_in_child(file: &File, store: &File, root: &Path) -> Result<Value> {
    let program = std::env::current_exe();
    let program = program.map_err(Failure::io("this program", "cannot be found"))?;
    remove_folder(&store.path)?;
    let mut process = Process::new(program);
    process.args(["corpus", "--document", &file.path.display().to_string()]).current_dir(root);
    let output = process.env_remove("CARGO_MANIFEST_DIR").stdin(Stdio::null()).output();
    let output = output.map_err(Failure::io("this program", "cannot be started"))?;
    let mut result: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| json!({"generates": false, "error": format!("the generator failed: {}", output.status)}));
    result["document"] = file.path.file_name().unwrap_or_default().to_string_lossy().into();
    result["fingerprint"] = fingerprint(file)?.into();
    for (path, text) in result["files"].take().as_object().into_iter().flatten() {
        write_if_changed(&store.path.join("generated").join(path), text.as_str().unwrap_or_default())?;
    }
    if let Some(features) = result["features"].take().as_str() {
        write_if_changed(&store.path.join("features"), features)?;
    }
    Ok(result)
}
