//! `cargo xtask codegen`: from the documents in `spec/` to the sources of `talkable-api`.

use std::path::PathBuf;
use std::time::Instant;

use codegen::{Error, Inputs, Output, Published, Source, Stage};
use lexopt::{Arg, ValueExt};

use crate::failure::Failure;
use crate::report;
use crate::session::{Named, Session};
use crate::tree::{Change, Plan};
use crate::{Command, explain, features};

pub(crate) const COMMAND: Command = Command {
    name: "codegen",
    usage: "cargo xtask codegen [--check] [--published FILE] [--webhooks FILE] [--out DIR] [--stop-after STAGE]",
    about: "Regenerates the bindings from spec/ and tells what was read, mended, inferred and written.\n\
            --check             changes nothing; fails if a file is not what the documents give\n\
            --published FILE    reads the vendor's API document from FILE\n\
            --webhooks FILE     reads the vendor's webhooks document from FILE\n\
            --out DIR           writes the generated code to DIR, and nothing elsewhere\n\
            --stop-after STAGE  prints what STAGE made, and writes nothing",
    run,
};

/// Our transcriptions of the vendor's documents.
pub(crate) const TRANSCRIBED_V2: &str = "spec/published/v2.yaml";
pub(crate) const TRANSCRIBED_WEBHOOKS: &str = "spec/published/webhooks.yaml";

/// The folder that codegen owns.
pub(crate) const GENERATED: &str = "talkable-api/src/generated";
const MANIFEST: &str = "talkable-api/Cargo.toml";

#[derive(Debug, Default)]
pub(crate) struct Options {
    check: bool,
    pub(crate) published: Option<PathBuf>,
    pub(crate) webhooks: Option<PathBuf>,
    out: Option<PathBuf>,
    stop_after: Option<Stage>,
}

fn run(parser: &mut lexopt::Parser, session: &mut Session<'_>) -> Result<(), Failure> {
    match parse(parser)? {
        Some(options) => generate(&options, session),
        None => explain(&COMMAND, session),
    }
}

/// The check of `cargo xtask check`.
pub(crate) fn check(session: &mut Session<'_>) -> Result<(), Failure> {
    generate(&Options { check: true, ..Options::default() }, session)
}

/// The options, or nothing if help was asked for.
fn parse(parser: &mut lexopt::Parser) -> Result<Option<Options>, Failure> {
    let mut options = Options::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("check") => options.check = true,
            Arg::Long("published") => options.published = Some(parser.value()?.into()),
            Arg::Long("webhooks") => options.webhooks = Some(parser.value()?.into()),
            Arg::Long("out") => options.out = Some(parser.value()?.into()),
            Arg::Long("stop-after") => options.stop_after = Some(stage(&parser.value()?.string()?)?),
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            other => return Err(other.unexpected().into()),
        }
    }
    if options.stop_after.is_some() && (options.check || options.out.is_some()) {
        return Err(Failure::Usage(
            "--stop-after writes nothing, so it goes with neither --check nor --out".to_owned(),
        ));
    }
    Ok(Some(options))
}

fn stage(name: &str) -> Result<Stage, Failure> {
    name.parse().map_err(|error: Error| Failure::Usage(error.to_string()))
}

fn generate(options: &Options, session: &mut Session<'_>) -> Result<(), Failure> {
    let started = Instant::now();
    let files = Files::read(options, session)?;
    let inputs = files.inputs();
    if let Some(stage) = options.stop_after {
        let text = codegen::stop_after(&inputs, stage)?;
        session.out.write_all(text.as_bytes())?;
        return Ok(());
    }
    let output = codegen::generate(&inputs)?;
    let plan = plan(&output, options, session)?;
    let changes = plan.changes();
    if options.check {
        refuse_stale(&output, &changes, options)?;
    } else {
        warn(&output, session)?;
        plan.apply()?;
    }
    report::print(&output, &changes, started.elapsed(), options.check, session)
}

/// Tells of all that has to be mended, though not before the document can be taken in.
pub(crate) fn warn(output: &Output, session: &mut Session<'_>) -> Result<(), Failure> {
    output.report.left_out.iter().chain(&output.report.warnings).try_for_each(|warning| session.warn(warning))
}

/// The files that a run reads.
pub(crate) struct Files {
    v2: File,
    v2_transcription: File,
    v2_overlay: File,
    webhooks: File,
    webhooks_transcription: File,
    webhooks_overlay: File,
    shared: File,
}

struct File {
    name: String,
    bytes: Vec<u8>,
}

impl Files {
    pub(crate) fn read(options: &Options, session: &Session<'_>) -> Result<Self, Failure> {
        let read = |file: Named| file.read().map(|bytes| File { name: file.name, bytes });
        let own = |name: &str| read(session.own(name));
        let given = |path: &Option<PathBuf>, name: &str| match path {
            Some(path) => read(session.given(path)),
            None => own(name),
        };
        Ok(Self {
            v2: given(&options.published, TRANSCRIBED_V2)?,
            v2_transcription: own(TRANSCRIBED_V2)?,
            v2_overlay: own("spec/overlay/v2.yaml")?,
            webhooks: given(&options.webhooks, TRANSCRIBED_WEBHOOKS)?,
            webhooks_transcription: own(TRANSCRIBED_WEBHOOKS)?,
            webhooks_overlay: own("spec/overlay/webhooks.yaml")?,
            shared: own("spec/schemas.yaml")?,
        })
    }

    /// Puts the texts of transcriptions in the place of the documents and of the transcriptions of before.
    pub(crate) fn transcribe(&mut self, name: &str, text: &str) {
        let file = || File { name: name.to_owned(), bytes: text.as_bytes().to_vec() };
        if name == TRANSCRIBED_V2 {
            (self.v2, self.v2_transcription) = (file(), file());
        } else {
            (self.webhooks, self.webhooks_transcription) = (file(), file());
        }
    }

    pub(crate) fn inputs(&self) -> Inputs<'_> {
        Inputs {
            v2: Published {
                document: self.v2.source(),
                transcription: self.v2_transcription.source(),
                overlay: self.v2_overlay.source(),
            },
            webhooks: Published {
                document: self.webhooks.source(),
                transcription: self.webhooks_transcription.source(),
                overlay: self.webhooks_overlay.source(),
            },
            shared: self.shared.source(),
        }
    }
}

impl File {
    fn source(&self) -> Source<'_> {
        Source { name: &self.name, bytes: &self.bytes }
    }
}

pub(crate) fn plan(output: &Output, options: &Options, session: &Session<'_>) -> Result<Plan, Failure> {
    let folder = match &options.out {
        Some(out) => session.given(out),
        None => session.own(GENERATED),
    };
    let mut plan = Plan::default();
    for file in &output.files {
        plan.put_below(&folder, &file.path, file.text.clone())?;
    }
    plan.remove_leftovers(&folder)?;
    if options.out.is_none() {
        plan.put(session.own("spec/talkable.yaml"), output.talkable_yaml.clone())?;
        plan.put(session.own("spec/webhooks.yaml"), output.webhooks_yaml.clone())?;
        let manifest = session.own(MANIFEST);
        let text = features::replace_block(&manifest, &output.features)?;
        plan.put(manifest, text)?;
    }
    Ok(plan)
}

/// Before it is committed, a tree must be what the documents give, and hold nothing that is stale.
fn refuse_stale(output: &Output, changes: &[Change], options: &Options) -> Result<(), Failure> {
    let mut reasons = output.report.warnings.clone();
    if !changes.is_empty() {
        let mut cure = "cargo xtask codegen".to_owned();
        for (option, path) in
            [("--published", &options.published), ("--webhooks", &options.webhooks), ("--out", &options.out)]
        {
            if let Some(path) = path {
                cure = format!("{cure} {option} {}", path.display());
            }
        }
        let count = report::count(changes.len(), "file is", "files are");
        let error = changes.iter().fold(Error::new(format!("{count} not what the documents give")), |error, change| {
            error.note(change.to_string())
        });
        reasons.push(error.cure(cure));
    }
    if reasons.is_empty() { Ok(()) } else { Err(Failure::Refused(reasons)) }
}
