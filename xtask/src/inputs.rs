//! The files read by codegen, and their paths in the workspace.

use std::path::PathBuf;

use codegen::{Diagnostic, Document, DocumentKind, Inputs, Published, Source};

use crate::command::{Context, Failure, Result};
use crate::workspace::File;

/// The folder with the generated code.
pub(crate) const GENERATED: &str = "talkable-api/src/generated";

/// The folder with the generated table of the commands of the command-line program.
pub(crate) const COMMANDS: &str = "cli/src/generated";

/// The manifest with the features of the resources.
pub(crate) const MANIFEST: &str = "talkable-api/Cargo.toml";

/// The complete description of the API, written by codegen.
pub(crate) const DESCRIPTION: &str = "spec/talkable.yaml";
/// The complete description of the webhooks, written by codegen.
pub(crate) const WEBHOOKS_DESCRIPTION: &str = "spec/webhooks.yaml";
/// The complete description of both as OpenAPI 3.1.
pub(crate) const DESCRIPTION_3_1: &str = "spec/talkable-3.1.yaml";

/// Copies of the two descriptions in the sandbox, because a package contains no files from outside of its folder.
pub(crate) const SANDBOX_DESCRIPTION: &str = "sandbox/spec/talkable.yaml";
pub(crate) const SANDBOX_WEBHOOKS: &str = "sandbox/spec/webhooks.yaml";

/// The schemas that both documents can refer to.
const SCHEMAS: &str = "spec/schemas.yaml";

/// An overlay without actions.
pub(crate) const EMPTY_OVERLAY: Source<'_> =
    Source { name: "an empty overlay", bytes: b"overlay: 1.0.0\ninfo: {title: Empty, version: 1.0.0}\nactions: []\n" };

/// The paths of our transcription of a vendor document, and of our overlay for it.
fn paths(kind: DocumentKind) -> (&'static str, &'static str) {
    match kind {
        DocumentKind::Api => ("spec/published/v2.yaml", "spec/overlay/v2.yaml"),
        DocumentKind::Webhooks => ("spec/published/webhooks.yaml", "spec/overlay/webhooks.yaml"),
    }
}

/// The path of our transcription of a vendor document.
pub(crate) fn transcription(kind: DocumentKind) -> &'static str {
    paths(kind).0
}

/// The name of a vendor document in messages.
pub(crate) fn subject(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Api => "the API document",
        DocumentKind::Webhooks => "the webhooks document",
    }
}

/// Determines the kind of a vendor document. Only the paths of the API begin with `/api/`; each site chooses its webhook paths.
pub(crate) fn kind_of(document: &Document) -> Result<DocumentKind> {
    let paths = document.value.get("paths").and_then(|paths| paths.as_object()).filter(|paths| !paths.is_empty());
    let Some(paths) = paths else {
        let error = Diagnostic::error("the document has no paths").at("/paths");
        return Err(Failure::from(document.locate(error)).help("check that the file is an OpenAPI document"));
    };
    Ok(if paths.keys().any(|path| path.starts_with("/api/")) { DocumentKind::Api } else { DocumentKind::Webhooks })
}

/// The files given on the command line, which are read instead of those in `spec/`.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) published: Option<PathBuf>,
    pub(crate) webhooks: Option<PathBuf>,
    /// The overlay of the API document. `none` is an empty overlay.
    pub(crate) overlay: Option<PathBuf>,
}

/// All files read by codegen. For each document, these are the document, its transcription and its overlay.
pub(crate) struct Files {
    api: [Input; 3],
    webhooks: [Input; 3],
    schemas: Input,
}

impl Files {
    pub(crate) fn read(options: &Options, context: &Context<'_>) -> Result<Self> {
        let given = |kind| match kind {
            DocumentKind::Api => &options.published,
            DocumentKind::Webhooks => &options.webhooks,
        };
        let default = |kind| context.file(transcription(kind));
        let mut files = Self::with_documents(context, |kind| {
            Input::read(given(kind).as_ref().map_or_else(|| default(kind), |path| context.given(path)))
        })?;
        if let Some(overlay) = &options.overlay {
            let [_, _, file] = &mut files.api;
            *file = match overlay.to_str() {
                Some("none") => Input { name: EMPTY_OVERLAY.name.to_owned(), bytes: EMPTY_OVERLAY.bytes.to_vec() },
                _ => Input::read(context.given(overlay))?,
            };
        }
        Ok(files)
    }

    /// Reads the files for one document. The other document is empty.
    pub(crate) fn of_document(kind: DocumentKind, file: &File, context: &Context<'_>) -> Result<Self> {
        Self::with_documents(context, |other| {
            if other == kind { Input::read(file.clone()) } else { Ok(Input::empty(transcription(other))) }
        })
    }

    fn with_documents(context: &Context<'_>, document: impl Fn(DocumentKind) -> Result<Input>) -> Result<Self> {
        let read = |kind| -> Result<_> {
            let (transcription, overlay) = paths(kind);
            // Before the first import, there is no transcription.
            let transcription = Input::read_or_empty(context.file(transcription))?;
            Ok([document(kind)?, transcription, Input::read(context.file(overlay))?])
        };
        let schemas = Input::read_or_empty(context.file(SCHEMAS))?;
        Ok(Self { api: read(DocumentKind::Api)?, webhooks: read(DocumentKind::Webhooks)?, schemas })
    }

    /// Replaces the document of the given kind, and its transcription, with a new transcription.
    pub(crate) fn replace(&mut self, kind: DocumentKind, text: &str) {
        let [document, old_transcription, _] = match kind {
            DocumentKind::Api => &mut self.api,
            DocumentKind::Webhooks => &mut self.webhooks,
        };
        for input in [document, old_transcription] {
            *input = Input { name: transcription(kind).to_owned(), bytes: text.as_bytes().to_vec() };
        }
    }

    pub(crate) fn inputs(&self) -> Inputs<'_> {
        Inputs { v2: published(&self.api), webhooks: published(&self.webhooks), shared: self.schemas.source() }
    }
}

fn published(files: &[Input; 3]) -> Published<'_> {
    let [document, transcription, overlay] = files.each_ref().map(Input::source);
    Published { document, transcription, overlay }
}

/// The name and contents of a file.
struct Input {
    name: String,
    bytes: Vec<u8>,
}

impl Input {
    fn read(file: File) -> Result<Self> {
        Ok(Self { bytes: file.read()?, name: file.name })
    }

    /// Reads a file that doesn't have to exist. A special file counts as missing, because reading a FIFO would block.
    fn read_or_empty(file: File) -> Result<Self> {
        if file.path.is_file() { Self::read(file) } else { Ok(Self::empty(&file.name)) }
    }

    fn empty(name: &str) -> Self {
        Self { name: name.to_owned(), bytes: b"{}".to_vec() }
    }

    fn source(&self) -> Source<'_> {
        Source { name: &self.name, bytes: &self.bytes }
    }
}
