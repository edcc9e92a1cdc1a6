//! Applies an OpenAPI Overlay: what we know and the document doesn't say.
//!
//! The overlay is applied after [`infer`](crate::infer), so that its actions can name and correct what was inferred as well as what was
//! published. The format's own rules are a library's; here every action also has to match something, for one that doesn't
//! is knowledge that no longer has an object.

use roas_overlay::apply::Apply;
use roas_overlay::v1_0::Overlay;
use roas_overlay::validation::Validate;
use serde::Deserialize;

use crate::document::Document;
use crate::{Error, Result};

/// What one action did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The JSONPath of the action.
    pub target: String,
    /// The line of the action in the overlay.
    pub line: Option<usize>,
    /// How many places it matched.
    pub matched: usize,
}

/// Applies the overlay to the document, and tells for each action how many places it matched.
///
/// # Errors
///
/// If the overlay is not one (version 1.0), or an action can't be applied. The document is then as it was.
pub fn overlay(document: &mut Document, overlay: &Document) -> Result<Vec<Applied>> {
    let actions = parse(overlay).map_err(|error| overlay.locate(error))?;
    let report = actions.apply(&mut document.value, Default::default()).map_err(|error| {
        overlay.locate(
            Error::new(format!("the overlay's action on `{}` can't be applied: {}", error.target, error.kind))
                .at(format!("/actions/{}", error.action_index))
                .cure("an action needs a JSONPath of RFC 9535 that selects objects or lists"),
        )
    })?;
    let applied = report.actions.into_iter().map(|outcome| Applied {
        line: overlay.line(&format!("/actions/{}", outcome.index)),
        target: outcome.target,
        matched: outcome.matched,
    });
    Ok(applied.collect())
}

fn parse(overlay: &Document) -> Result<Overlay> {
    // An overlay without actions is legal here: it stands for knowing nothing.
    let empty = overlay.value.get("actions").and_then(serde_json::Value::as_array).is_some_and(Vec::is_empty);
    let parsed = Overlay::deserialize(&overlay.value).map_err(|error| {
        Error::new(format!("the overlay is not an OpenAPI Overlay 1.0: {error}"))
            .at("")
            .cure("an overlay has `overlay: 1.0.0`, `info` with title and version, and `actions`")
    })?;
    if !empty {
        parsed.validate(Default::default()).map_err(|error| {
            Error::new(format!("the overlay is not an OpenAPI Overlay 1.0: {error}"))
                .at("/actions")
                .cure("an action has a `target`, and either `update` or `remove: true`")
        })?;
    }
    Ok(parsed)
}
