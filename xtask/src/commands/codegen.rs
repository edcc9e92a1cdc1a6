//! `cargo xtask codegen`: generates the sources of `talkable-api` from the documents in `spec/`.

mod summary;

use std::path::{Path, PathBuf};
use std::time::Instant;

use ::codegen::{Diagnostic, Output, SourceFile, Stage};
use lexopt::{Arg, ValueExt};

pub(super) use self::summary::print_summary;
use crate::command::{Command, Context, Failure, Result};
use crate::inputs::{
    COMMANDS, DESCRIPTION, DESCRIPTION_3_1, Files, GENERATED, MANIFEST, Options, SANDBOX_DESCRIPTION, SANDBOX_WEBHOOKS,
    WEBHOOKS_DESCRIPTION,
};
use crate::terminal::count;
use crate::workspace::{Change, File, Plan, replace_feature_block};

pub(crate) const COMMAND: Command = Command {
    name: "codegen",
    usage: "cargo xtask codegen [--check] [--published FILE] [--webhooks FILE] [--overlay FILE|none]\n\
            \u{20}                   [--out DIR] [--stop-after STAGE]",
    about: "Generates the bindings from spec/ and prints a summary.\n\
            --check             writes no files, and fails if a generated file is stale\n\
            --published FILE    reads the vendor's API document from FILE\n\
            --webhooks FILE     reads the vendor's webhooks document from FILE\n\
            --overlay FILE      reads the overlay of the API document from FILE; `none` is an empty overlay, and hides warnings about\n\
            \u{20}                   unused repairs\n\
            --out DIR           writes only the generated code, to DIR\n\
            --stop-after STAGE  prints the result of STAGE and writes no files",
    run,
};

/// The generated table with the types of all operations and webhooks.
const TABLE: &str = "tests/src/conform/table.rs";

#[derive(Debug, Default)]
struct Arguments {
    check: bool,
    documents: Options,
    out: Option<PathBuf>,
    stop_after: Option<Stage>,
}

/// Fails if a generated file is stale, like `cargo xtask codegen --check`.
pub(crate) fn check(context: &mut Context<'_>) -> Result {
    generate(&Arguments { check: true, ..Arguments::default() }, context)
}

fn run(parser: &mut lexopt::Parser, context: &mut Context<'_>) -> Result {
    let mut arguments = Arguments::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("check") => arguments.check = true,
            Arg::Long("published") => arguments.documents.published = Some(parser.value()?.into()),
            Arg::Long("webhooks") => arguments.documents.webhooks = Some(parser.value()?.into()),
            Arg::Long("overlay") => arguments.documents.overlay = Some(parser.value()?.into()),
            Arg::Long("out") => arguments.out = Some(parser.value()?.into()),
            Arg::Long("stop-after") => {
                let stage = Stage::named(&parser.value()?.string()?);
                arguments.stop_after = Some(stage.map_err(|error| Failure::Usage(error.to_string()))?);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if arguments.stop_after.is_some() && (arguments.check || arguments.out.is_some()) {
        return Err(Failure::Usage("--stop-after cannot be combined with --check or --out".to_owned()));
    }
    generate(&arguments, context)
}

fn generate(arguments: &Arguments, context: &mut Context<'_>) -> Result {
    let started = Instant::now();
    let folder = arguments.out.as_ref().map_or_else(|| context.root(), |out| context.given(out));
    let reads_only = arguments.check || arguments.stop_after.is_some();
    let tree = if reads_only { None } else { Some(context.lock(folder.clone())?) };
    let files = Files::read(&arguments.documents, context)?;
    if let Some(stage) = arguments.stop_after {
        let text = ::codegen::stop_after(&files.inputs(), stage)?;
        context.out.write_all(text.as_bytes())?;
        return Ok(());
    }
    let mut output = ::codegen::generate(&files.inputs())?;
    if arguments.documents.overlay.as_deref() == Some(Path::new("none")) {
        // An empty overlay is meant for other vendors' documents, in which our repairs may find nothing to repair.
        output.report.unused_repairs.clear();
    }
    let plan = match &arguments.out {
        Some(_) => plan_files(Plan::new(folder.clone()), &output.files, &folder)?,
        None => plan(Plan::new(folder), &output, context)?,
    };
    let changes = plan.changes();
    match tree {
        None => refuse_stale(&output, &changes, arguments)?,
        Some(tree) => {
            print_diagnostics(&output, context)?;
            plan.apply(&tree)?;
        }
    }
    print_summary(&output, &changes, started.elapsed(), arguments.check, context)
}

/// Prints the diagnostics of a successful run.
pub(super) fn print_diagnostics(output: &Output, context: &mut Context<'_>) -> Result {
    context.report_all(&output.report.unused_repairs)?;
    context.report_all(&output.report.diagnostics)
}

/// Adds all generated files to the plan.
pub(super) fn plan(plan: Plan, output: &Output, context: &Context<'_>) -> Result<Plan> {
    let plan = plan_files(plan, &output.files, &context.file(GENERATED))?;
    let mut plan = plan_files(plan, &output.commands, &context.file(COMMANDS))?;
    plan.put(context.file(TABLE), output.table.text.clone())?;
    for name in [DESCRIPTION, SANDBOX_DESCRIPTION] {
        plan.put(context.file(name), output.talkable_yaml.clone())?;
    }
    for name in [WEBHOOKS_DESCRIPTION, SANDBOX_WEBHOOKS] {
        plan.put(context.file(name), output.webhooks_yaml.clone())?;
    }
    plan.put(context.file(DESCRIPTION_3_1), output.talkable_3_1_yaml.clone())?;
    let manifest = context.file(MANIFEST);
    let text = replace_feature_block(&manifest, &output.features)?;
    plan.put(manifest, text)?;
    Ok(plan)
}

/// Adds all generated files of a folder to the plan, and the removal of others.
fn plan_files(mut plan: Plan, files: &[SourceFile], folder: &File) -> Result<Plan> {
    for file in files {
        plan.put(folder.join(&file.path), file.text.clone())?;
    }
    plan.remove_leftovers(folder)?;
    Ok(plan)
}

/// Fails if a file, a repair or an overlay action is stale.
fn refuse_stale(output: &Output, changes: &[Change], arguments: &Arguments) -> Result {
    let mut reasons: Vec<Diagnostic> = output.report.warnings().cloned().collect();
    if !changes.is_empty() {
        let Arguments { documents: Options { published, webhooks, overlay }, out, .. } = arguments;
        let options = [("--published", published), ("--webhooks", webhooks), ("--overlay", overlay), ("--out", out)];
        let given = options.iter().filter_map(|(option, path)| Some(format!(" {option} {}", path.as_ref()?.display())));
        let error = count(changes.len(), "generated file is stale", "generated files are stale");
        let error = changes.iter().fold(Diagnostic::error(error), |error, change| error.note(change.to_string()));
        reasons.push(error.help(format!("cargo xtask codegen{}", given.collect::<String>())));
    }
    if reasons.is_empty() { Ok(()) } else { Err(Failure::Refused(reasons)) }
}
