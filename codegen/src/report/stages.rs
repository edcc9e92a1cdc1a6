//! The intermediate results of the stages for one published document.

use crate::describe::infer::{Learned, learn};
use crate::describe::overlay::steps;
use crate::describe::{Described, DocumentKind, Inputs};
use crate::pipeline::Progress;
use crate::report::Location;
use crate::report::bindings::Bindings;
use crate::report::overlay_changes::{OverlayChange, changes};
use crate::{Document, Result};

#[derive(Debug)]
pub(crate) struct Stages {
    /// The document after the repairs. Its spans refer to the published file.
    pub(crate) repaired: Described,
    /// The shapes and types learned from the examples.
    pub(crate) learned: Learned,
    pub(crate) complete: Described,
    pub(crate) bindings: Bindings,
}

impl Stages {
    pub(crate) fn run(inputs: &Inputs<'_>, kind: DocumentKind) -> Result<Self> {
        let mut progress = Progress::new(inputs, kind);
        progress.run("load", "repair")?;
        let repaired = progress.described.clone();
        progress.run("infer", "types")?;
        let learned = learn(&repaired.document.value);
        let Progress { described: complete, normalized, api, types, .. } = progress;
        Ok(Self { repaired, learned, bindings: Bindings::new(kind, normalized, api, types), complete })
    }

    /// Returns the location of a pointer in the published file. If the pointer does not exist in the file, the line of its
    /// closest ancestor is used.
    pub(crate) fn location(&self, pointer: &str) -> Location {
        let Document { name, .. } = &self.repaired.document;
        Location { file: name.clone(), line: self.repaired.document.line(pointer), pointer: Some(pointer.to_owned()) }
    }

    /// Returns the overlay actions that changed a node at or below one of the given pointers. Each action is returned with its
    /// changes to these nodes.
    pub(crate) fn overlay_actions<'a>(
        &self,
        pointers: impl Iterator<Item = &'a str> + Clone,
    ) -> Result<Vec<OverlayAction>> {
        let mut actions = Vec::new();
        steps(&mut self.complete.before_overlay.clone(), &self.complete.overlay, |applied, before, after| {
            let changes =
                pointers.clone().flat_map(|pointer| changes(before.pointer(pointer), after.pointer(pointer), pointer));
            // Properties described only in the overlay are ignored, because `reconcile` removes them.
            let described = &self.complete.document.value;
            let kept = changes.filter(|change| change.new.is_none() || described.pointer(&change.pointer).is_some());
            actions.push(OverlayAction { target: applied.target.clone(), line: applied.line, changes: kept.collect() });
        })?;
        actions.retain(|action| !action.changes.is_empty());
        Ok(actions)
    }
}

/// An overlay action and the changes made by it.
#[derive(Debug)]
pub(crate) struct OverlayAction {
    /// The target of the action, as a JSONPath.
    pub(crate) target: String,
    /// The line of the action in the overlay file.
    pub(crate) line: Option<usize>,
    pub(crate) changes: Vec<OverlayChange>,
}
