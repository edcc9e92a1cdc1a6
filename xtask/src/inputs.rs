//! The files read by codegen, and their paths in the workspace.

use std::path::PathBuf;

use codegen::DocumentKind;
use codegen::{Diagnostic, Document, Inputs, Published, Source};

use crate::context::Context;
use crate::terminal::Failure;
use crate::workspace::File;

/// The folder with the generated code.
pub(crate) const GENERATED: &str = "talkable-api/src/generated";

/// The complete description of the API, written by codegen.
pub(crate) const DESCRIPTION: &str = "spec/talkable.yaml";
/// The complete description of the webhooks, written by codegen.
pub(crate) const WEBHOOKS_DESCRIPTION: &str = "spec/webhooks.yaml";

/// The schemas that both documents can refer to.
const SCHEMAS: &str = "spec/schemas.yaml";

/// An overlay without actions.
pub(crate) const EMPTY_OVERLAY: Source<'_> =
    Source { name: "an empty overlay", bytes: b"overlay: 1.0.0\ninfo: {title: Empty, version: 1.0.0}\nactions: []\n" };

/// The path of our transcription of a vendor document.
pub(crate) fn transcription(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Api => "spec/published/v2.yaml",
        DocumentKind::Webhooks => "spec/published/webhooks.yaml",
    }
}

fn overlay(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Api => "spec/overlay/v2.yaml",
        DocumentKind::Webhooks => "spec/overlay/webhooks.yaml",
    }
}

/// The name of a vendor document in messages.
pub(crate) fn subject(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Api => "the API document",
        DocumentKind::Webhooks => "the webhooks document",
    }
}

/// Determines the kind of a vendor document. Only the paths of the API begin with `/api/`; each site chooses its webhook paths.
pub(crate) fn kind_of(document: &Document) -> Result<DocumentKind, Failure> {
    let paths = document.value.get("paths").and_then(|paths| paths.as_object()).filter(|paths| !paths.is_empty());
    let Some(paths) = paths else {
        let error = Diagnostic::error("the document has no paths").at("/paths");
        return Err(Failure::from(document.locate(error)).help("check that the file is an OpenAPI document"));
    };
    Ok(if paths.keys().any(|path| path.starts_with("/api/")) { DocumentKind::Api } else { DocumentKind::Webhooks })
}

/// The documents given on the command line, which are read instead of our transcriptions.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) published: Option<PathBuf>,
    pub(crate) webhooks: Option<PathBuf>,
}

/// All files read by codegen.
pub(crate) struct Files {
    api: DocumentFiles,
    webhooks: DocumentFiles,
    schemas: Input,
}

/// A document with its transcription and overlay.
struct DocumentFiles {
    document: Input,
    transcription: Input,
    overlay: Input,
}

/// The name and contents of a file.
struct Input {
    name: String,
    bytes: Vec<u8>,
}

impl Files {
    pub(crate) fn read(options: &Options, context: &Context<'_>) -> Result<Self, Failure> {
        let read = |kind, path: &Option<PathBuf>| {
            let given = path.as_ref().map_or_else(|| context.file(transcription(kind)), |path| context.given(path));
            DocumentFiles::read(kind, Input::read(&given)?, context)
        };
        Ok(Self {
            api: read(DocumentKind::Api, &options.published)?,
            webhooks: read(DocumentKind::Webhooks, &options.webhooks)?,
            schemas: Input::read_or_empty(&context.file(SCHEMAS))?,
        })
    }

    /// Reads the files for one document. The other document is empty.
    pub(crate) fn of_document(kind: DocumentKind, file: &File, context: &Context<'_>) -> Result<Self, Failure> {
        let read = |other| {
            let document = if other == kind { Input::read(file)? } else { Input::empty(transcription(other)) };
            DocumentFiles::read(other, document, context)
        };
        let schemas = Input::read_or_empty(&context.file(SCHEMAS))?;
        Ok(Self { api: read(DocumentKind::Api)?, webhooks: read(DocumentKind::Webhooks)?, schemas })
    }

    /// Replaces the document of the given kind, and its transcription, with a new transcription.
    pub(crate) fn replace(&mut self, kind: DocumentKind, text: &str) {
        let input = || Input { name: transcription(kind).to_owned(), bytes: text.as_bytes().to_vec() };
        let files = match kind {
            DocumentKind::Api => &mut self.api,
            DocumentKind::Webhooks => &mut self.webhooks,
        };
        (files.document, files.transcription) = (input(), input());
    }

    pub(crate) fn inputs(&self) -> Inputs<'_> {
        Inputs { v2: self.api.published(), webhooks: self.webhooks.published(), shared: self.schemas.source() }
    }
}

impl DocumentFiles {
    fn read(kind: DocumentKind, document: Input, context: &Context<'_>) -> Result<Self, Failure> {
        // Before the first import, there is no transcription.
        let transcription = Input::read_or_empty(&context.file(transcription(kind)))?;
        Ok(Self { document, transcription, overlay: Input::read(&context.file(overlay(kind)))? })
    }

    fn published(&self) -> Published<'_> {
        let [document, transcription, overlay] =
            [&self.document, &self.transcription, &self.overlay].map(Input::source);
        Published { document, transcription, overlay }
    }
}

impl Input {
    fn read(file: &File) -> Result<Self, Failure> {
        Ok(Self { name: file.name.clone(), bytes: file.read()? })
    }

    fn read_or_empty(file: &File) -> Result<Self, Failure> {
        if file.path.exists() { Self::read(file) } else { Ok(Self::empty(&file.name)) }
    }

    fn empty(name: &str) -> Self {
        Self { name: name.to_owned(), bytes: b"{}".to_vec() }
    }

    fn source(&self) -> Source<'_> {
        Source { name: &self.name, bytes: &self.bytes }
    }
}
