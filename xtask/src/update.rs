//! `cargo xtask update`: a changed document of the vendor's into the tree, all of it or nothing.

use std::path::PathBuf;
use std::time::Instant;

use codegen::Output;
use codegen::report::diff::{Comparison, Kind};
use lexopt::Arg;

use crate::codegen::{Files, Options, TRANSCRIBED_V2, TRANSCRIBED_WEBHOOKS, plan, warn};
use crate::diff::told;
use crate::failure::Failure;
use crate::report;
use crate::session::Session;
use crate::transcribe::{Transcription, transcription};
use crate::trial::trial;
use crate::{Command, explain};

pub(crate) const COMMAND: Command = Command {
    name: "update",
    usage: "cargo xtask update [NEW] [--webhooks NEW] [--untested]",
    about: "Takes the vendor's new documents in: transcribes them into spec/published/, regenerates, sees whether a copy of the\n\
            tree below target/ compiles and passes its tests, and tells what changed. If anything fails, every file is as\n\
            it was. What the overlay and the repairs say in vain is a warning; only `cargo xtask codegen --check` fails over it.\n\
            NEW             the document of the API\n\
            --webhooks NEW  the document of the webhooks\n\
            --untested      doesn't compile and test",
    run,
};

fn run(parser: &mut lexopt::Parser, session: &mut Session<'_>) -> Result<(), Failure> {
    let (mut options, mut tested) = (Options::default(), true);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("untested") => tested = false,
            Arg::Long("webhooks") => options.webhooks = Some(parser.value()?.into()),
            Arg::Short('h') | Arg::Long("help") => return explain(&COMMAND, session),
            Arg::Value(value) if options.published.is_none() => options.published = Some(value.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    if options.published.is_none() && options.webhooks.is_none() {
        return Err(Failure::Usage("the file with the vendor's document is missing".to_owned()));
    }
    update(&options, tested, session)
}

fn update(options: &Options, tested: bool, session: &mut Session<'_>) -> Result<(), Failure> {
    let started = Instant::now();
    let transcriptions = [
        transcribed(options.published.as_ref(), TRANSCRIBED_V2, session)?,
        transcribed(options.webhooks.as_ref(), TRANSCRIBED_WEBHOOKS, session)?,
    ];
    let old = Files::read(&Options::default(), session)?;
    let mut files = Files::read(options, session)?;
    // The vendor's own file comes first: what is refused is then told by its lines.
    let given = codegen::generate(&files.inputs())?;
    warn(&given, session)?;
    for Transcription { target, text, .. } in transcriptions.iter().flatten() {
        files.transcribe(&target.name, text);
    }
    let output = codegen::generate(&files.inputs())?;
    refuse_difference(&given, &output)?;

    let mut plan = plan(&output, &Options::default(), session)?;
    for Transcription { target, text, .. } in transcriptions.into_iter().flatten() {
        plan.put(target, text)?;
    }
    let changes = plan.changes();
    if tested && !changes.is_empty() {
        trial(&plan, session)?;
    }
    plan.apply()?;
    report::print(&output, &changes, started.elapsed(), false, session)?;
    for change in &changes {
        writeln!(session.out, "  {}", report::done(change))?;
    }
    compare(&old, &files, session)
}

/// Tells what the new documents mean for the users of the crate.
fn compare(old: &Files, new: &Files, session: &mut Session<'_>) -> Result<(), Failure> {
    let compared = |kind| -> codegen::Result<Comparison> {
        let side = |files: &Files| {
            let inputs = files.inputs();
            let published = if kind == Kind::Api { &inputs.v2 } else { &inputs.webhooks };
            codegen::report::diff::read(published, &inputs.shared, kind)
        };
        Ok(codegen::diff(&side(old)?, &side(new)?))
    };
    let mut all: Option<Comparison> = None;
    for kind in [Kind::Api, Kind::Webhooks] {
        match compared(kind) {
            Ok(one) => {
                all = Some(match all.take() {
                    Some(other) => other.and(one),
                    None => one,
                });
            }
            // The tree is as it should be all the same; only what was there before is not to be understood.
            Err(error) => session.warn(&error.note("so nothing can be compared with it"))?,
        }
    }
    if let Some(comparison) = all {
        write!(session.out, "\n{}", told(&comparison))?;
    }
    Ok(())
}

/// The transcription of a file, which must be of the kind that the command line says.
fn transcribed(file: Option<&PathBuf>, kind: &str, session: &Session<'_>) -> Result<Option<Transcription>, Failure> {
    let Some(file) = file else { return Ok(None) };
    let named = session.given(file);
    let made = transcription(&named, session)?;
    if made.target.name != kind {
        let (is, cure) = if made.target.name == TRANSCRIBED_V2 {
            ("of the API", "give it without `--webhooks`")
        } else {
            ("of the webhooks", "give it by `--webhooks`")
        };
        return Err(codegen::Error::new(format!("this is the document {is}")).in_file(named.name).cure(cure).into());
    }
    Ok(Some(made))
}

/// The next run reads the transcription, and must make of it what is written now.
fn refuse_difference(given: &Output, output: &Output) -> Result<(), Failure> {
    let same = given
        .files
        .iter()
        .map(|file| (&file.path, &file.text))
        .eq(output.files.iter().map(|file| (&file.path, &file.text)))
        && given.talkable_yaml == output.talkable_yaml
        && given.webhooks_yaml == output.webhooks_yaml;
    if same {
        return Ok(());
    }
    let error = codegen::Error::new("the transcription of the document gives other bindings than the document itself");
    Err(error.cure("mend codegen/src/transcribe.rs, which has lost a fact").into())
}
