//! Stock progenitor as a reader from outside: what it makes of the complete description, as a crate to compile.

use codegen::Error;
use openapiv3::{OpenAPI, ReferenceOr};
use progenitor::{GenerationSettings, Generator, InterfaceStyle};

use crate::failure::Failure;
use crate::session::Named;

/// A client that progenitor wrote.
pub(crate) struct Client {
    pub(crate) manifest: String,
    pub(crate) text: String,
    pub(crate) operations: usize,
}

/// How the client's calls read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Style {
    /// Every argument in its place.
    Positional,
    /// A builder for each call.
    Builder,
}

/// The name of the client's package.
pub(crate) const PACKAGE: &str = "progenitor-reads-talkable";

/// The crate is a workspace of its own, and names the dependencies with the features that ours have, so that both
/// share one build of them.
const HEAD: &str = r#"[package]
name = "progenitor-reads-talkable"
version = "0.0.0"
edition = "2021"
publish = false

[workspace]

[dependencies]
futures = "0.3"
progenitor-client = "0.15"
reqwest = { version = "0.13", default-features = false, features = ["json", "multipart", "rustls", "stream"] }
serde = { version = "1", features = ["derive"] }
serde_json = "1"
"#;

pub(crate) fn generate(description: &Named, style: Style) -> Result<Client, Failure> {
    let refused = |message: String| Failure::from(Error::new(message).in_file(&description.name));
    let mut document: OpenAPI =
        serde_yaml::from_slice(&description.read()?).map_err(|error| refused(error.to_string()))?;
    remove_multipart(&mut document);
    let mut settings = GenerationSettings::default();
    settings.with_interface(match style {
        Style::Positional => InterfaceStyle::Positional,
        Style::Builder => InterfaceStyle::Builder,
    });
    let mut generator = Generator::new(&settings);
    let tokens = generator.generate_tokens(&document).map_err(|error| refused(error.to_string()))?;
    let file = syn::parse2(tokens).map_err(|error| refused(format!("progenitor wrote what is not Rust: {error}")))?;
    Ok(Client {
        manifest: manifest(&generator),
        text: prettyplease::unparse(&file),
        operations: document.operations().count(),
    })
}

/// The manifest, with the crates that progenitor has used for formats and patterns.
fn manifest(generator: &Generator) -> String {
    let used = generator.get_type_space();
    let mut manifest = HEAD.to_owned();
    for (is_used, dependency) in [
        (
            used.uses_chrono(),
            r#"chrono = { version = "0.4", default-features = false, features = ["alloc", "serde"] }"#,
        ),
        (used.uses_regress(), r#"regress = "0.12""#),
        (used.uses_uuid(), r#"uuid = { version = "1", features = ["serde"] }"#),
    ] {
        if is_used {
            manifest.push_str(dependency);
            manifest.push('\n');
        }
    }
    manifest
}

/// Progenitor doesn't know multipart bodies, and says so by a panic.
fn remove_multipart(document: &mut OpenAPI) {
    for item in document.paths.paths.values_mut() {
        let ReferenceOr::Item(item) = item else { continue };
        if let Some(operation) = &item.post
            && let Some(ReferenceOr::Item(body)) = &operation.request_body
            && body.content.contains_key("multipart/form-data")
        {
            item.post = None;
        }
    }
}
