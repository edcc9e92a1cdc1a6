//! Applies an OpenAPI Overlay: what we know and the document doesn't say.
//!
//! The overlay is applied after `infer`, so that its actions can name and correct what was inferred as well as what was
//! published. The format's own rules are a library's; here every action also has to match something, for one that doesn't
//! is knowledge that no longer has an object.

use roas_overlay::apply::Apply;
use roas_overlay::v1_0::Overlay;
use serde::Deserialize;
use serde_json::Value;

use crate::openapi::node::Node;
use crate::source::document::Document;
use crate::{Diagnostic, Result};

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
    apply(document, overlay, &actions)
}

/// Finds the action after which a description can't be read any more, when it can be read before the overlay and not after it.
///
/// A later action may mend what an earlier one leaves open, so the search goes back from the end.
///
/// # Errors
///
/// The culprit, in the overlay's file and line; nothing if no action is to be blamed.
pub fn blame(before: &Document, overlay: &Document, check: impl Fn(&mut Document) -> Result<()>) -> Result<()> {
    let all = parse(overlay)?;
    let attempt = |count: usize| {
        let mut document = before.clone();
        let actions = Overlay { actions: all.actions.iter().take(count).cloned().collect(), ..all.clone() };
        apply(&mut document, overlay, &actions)?;
        check(&mut document)
    };
    let mut failure = None;
    for count in (1..=all.actions.len()).rev() {
        match attempt(count) {
            Ok(()) => break,
            Err(error) => failure = Some((count - 1, error)),
        }
    }
    failure.map_or(Ok(()), |(index, error)| {
        let error = Diagnostic::error(format!("after this action the description can't be read: {}", error.message))
            .at(error.pointer.as_deref().unwrap_or_default())
            .help("correct the action; without it the description is sound");
        Err(match overlay.span(&format!("/actions/{index}")) {
            Some(mark) => error.in_file(&overlay.name).in_text(&overlay.text).on(mark),
            None => error.in_file(&overlay.name),
        })
    })
}

/// Applies the overlay action by action, and shows the document before and after each.
///
/// # Errors
///
/// As [`overlay`].
pub fn steps(document: &mut Document, overlay: &Document, mut see: impl FnMut(&Applied, &Value, &Value)) -> Result<()> {
    let all = parse(overlay).map_err(|error| overlay.locate(error))?;
    for (index, action) in all.actions.iter().enumerate() {
        let before = document.value.clone();
        let actions = Overlay { actions: vec![action.clone()], ..all.clone() };
        for applied in apply(document, overlay, &actions)? {
            let line = overlay.line(&format!("/actions/{index}"));
            see(&Applied { line, ..applied }, &before, &document.value);
        }
    }
    Ok(())
}

fn apply(document: &mut Document, overlay: &Document, actions: &Overlay) -> Result<Vec<Applied>> {
    let report = actions.apply(&mut document.value, Default::default()).map_err(|error| {
        overlay.locate(
            Diagnostic::error(format!("the overlay's action on `{}` can't be applied: {}", error.target, error.kind))
                .at(format!("/actions/{}", error.action_index))
                .help("an action needs a JSONPath of RFC 9535 that selects objects or lists"),
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
    if let Some(actions) = Node::root(&overlay.value).get("actions") {
        for action in actions.items()? {
            action.need("target")?.text()?;
        }
    }
    let parsed = Overlay::deserialize(&overlay.value).map_err(|error| {
        Diagnostic::error(format!("the overlay is not an OpenAPI Overlay 1.0: {error}"))
            .at("")
            .help("an overlay has `overlay: 1.0.0`, `info` with title and version, and `actions`")
    })?;
    for (index, action) in parsed.actions.iter().enumerate() {
        if action.update.is_none() && action.remove != Some(true) {
            return Err(Diagnostic::error("the overlay's action does nothing")
                .at(format!("/actions/{index}"))
                .help("give it an `update`, or `remove: true`"));
        }
    }
    Ok(parsed)
}
