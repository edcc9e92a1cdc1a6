//! Applies an OpenAPI Overlay, which adds missing information to the document and corrects mistakes in it.
//!
//! The overlay is applied after the `infer` stage, so its actions can also rename and correct inferred schemas.

use roas_overlay::apply::Apply;
use roas_overlay::v1_0::Overlay;
use serde::Deserialize;
use serde_json::Value;

use crate::openapi::node::Node;
use crate::source::document::Document;
use crate::{Diagnostic, Result};

/// The result of one overlay action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The target of the action, as a JSONPath.
    pub target: String,
    /// The line of the action in the overlay file, if known.
    pub line: Option<usize>,
    /// The number of nodes that match the target.
    pub matched: usize,
}

/// Applies the overlay to the document, and returns the result of each action.
///
/// # Errors
///
/// Returns an error if the file is not an OpenAPI Overlay 1.0, if an action has neither an update nor a removal, or if an action
/// can't be applied. After an error, the document is unchanged.
pub fn overlay(document: &mut Document, overlay: &Document) -> Result<Vec<Applied>> {
    let actions = parse(overlay)?;
    if let Some(index) = actions.actions.iter().position(|action| action.update.is_none() && !action.is_remove()) {
        let error = Diagnostic::error("the overlay action does nothing").at(format!("/actions/{index}"));
        return Err(overlay.locate(error.help("add an `update` or `remove: true` to the action")));
    }
    apply_actions(document, overlay, &actions)
}

/// Applies an overlay. Unlike `overlay`, accepts actions with neither an update nor a removal, which `reconcile` creates.
pub(crate) fn apply(document: &mut Document, overlay: &Document) -> Result<Vec<Applied>> {
    apply_actions(document, overlay, &parse(overlay)?)
}

/// Reports the overlay action that makes a document fail `check`. The document must pass `check` without the overlay.
///
/// The search starts with the last action, because a later action can repair a defect caused by an earlier one.
///
/// # Errors
///
/// Returns an error that points to the action that makes the document fail `check`, if there is one.
pub fn blame(before: &Document, overlay: &Document, check: impl Fn(&mut Document) -> Result<()>) -> Result<()> {
    let all = parse(overlay)?;
    let attempt = |count: usize| {
        let mut document = before.clone();
        let actions = Overlay { actions: all.actions.iter().take(count).cloned().collect(), ..all.clone() };
        apply_actions(&mut document, overlay, &actions)?;
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
        let error = Diagnostic::error(format!("this action makes the description invalid: {}", error.message))
            .at(error.pointer.as_deref().unwrap_or_default())
            .help("correct the action; the description is valid without it");
        Err(match overlay.span(&format!("/actions/{index}")) {
            Some(span) => error.in_file(&overlay.name).in_text(&overlay.text).on(span),
            None => error.in_file(&overlay.name),
        })
    })
}

/// Applies the actions one by one, and calls `visit` with the document before and after each action.
///
/// # Errors
///
/// Returns an error if the file is not an OpenAPI Overlay 1.0, or if an action can't be applied.
pub fn steps(
    document: &mut Document,
    overlay: &Document,
    mut visit: impl FnMut(&Applied, &Value, &Value),
) -> Result<()> {
    let all = parse(overlay)?;
    for (index, action) in all.actions.iter().enumerate() {
        let before = document.value.clone();
        let actions = Overlay { actions: vec![action.clone()], ..all.clone() };
        for applied in apply_actions(document, overlay, &actions)? {
            let line = overlay.line(&format!("/actions/{index}"));
            visit(&Applied { line, ..applied }, &before, &document.value);
        }
    }
    Ok(())
}

fn apply_actions(document: &mut Document, overlay: &Document, actions: &Overlay) -> Result<Vec<Applied>> {
    let report = actions.apply(&mut document.value, Default::default()).map_err(|error| {
        let message = format!("the overlay action on `{}` can't be applied: {}", error.target, error.kind);
        let error = Diagnostic::error(message).at(format!("/actions/{}", error.action_index));
        overlay.locate(error.help("use a JSONPath (RFC 9535) that selects objects or lists"))
    })?;
    let applied = report.actions.into_iter().map(|outcome| Applied {
        line: overlay.line(&format!("/actions/{}", outcome.index)),
        target: outcome.target,
        matched: outcome.matched,
    });
    Ok(applied.collect())
}

fn parse(overlay: &Document) -> Result<Overlay> {
    let targets = || -> Result<()> {
        let Some(actions) = Node::root(&overlay.value).get("actions") else { return Ok(()) };
        actions.items()?.iter().try_for_each(|action| action.need("target")?.text().map(drop))
    };
    targets().map_err(|error| overlay.locate(error))?;
    Overlay::deserialize(&overlay.value).map_err(|error| {
        let error = Diagnostic::error(format!("the file is not an OpenAPI Overlay 1.0: {error}")).at("");
        overlay.locate(error.help("an overlay has `overlay: 1.0.0`, `info` with title and version, and `actions`"))
    })
}
