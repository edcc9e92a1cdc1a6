//! One published document after each stage that changes it.

use crate::describe::infer::{Learned, learn};
use crate::describe::overlay::steps;
use crate::describe::{DescribeStage, Described, Inputs, describe, describe_up_to};
use crate::report::bindings::Bindings;
use crate::report::overlay_changes::{OverlayChange, changes};
use crate::report::{DocumentKind, Location};
use crate::{Document, Result};

#[derive(Debug)]
pub(crate) struct Stages {
    /// After the repairs; its spans are those of the published file.
    pub(crate) repaired: Described,
    /// What the examples show.
    pub(crate) learned: Learned,
    /// The document to which the overlay is applied.
    pub(crate) before_overlay: Document,
    pub(crate) complete: Described,
    pub(crate) bindings: Bindings,
}

impl Stages {
    pub(crate) fn run(inputs: &Inputs<'_>, kind: DocumentKind) -> Result<Self> {
        let published = inputs.published(kind);
        let up_to = |stage| describe_up_to(published, &inputs.shared, stage);
        let repaired = up_to(DescribeStage::Repair)?;
        let complete = describe(published, &inputs.shared)?;
        Ok(Self {
            learned: learn(&repaired.document.value),
            before_overlay: up_to(DescribeStage::Anchor)?.document,
            bindings: Bindings::new(&complete.document, kind)?,
            repaired,
            complete,
        })
    }

    /// The location of a pointer in the published file, or of its closest parent there.
    pub(crate) fn location(&self, pointer: &str) -> Location {
        let Document { name, .. } = &self.repaired.document;
        Location { file: name.clone(), line: self.repaired.document.line(pointer), pointer: Some(pointer.to_owned()) }
    }

    /// The overlay actions that changed something below one of the pointers, with their changes there.
    pub(crate) fn overlay_actions<'a>(
        &self,
        pointers: impl Iterator<Item = &'a str> + Clone,
    ) -> Result<Vec<OverlayAction>> {
        let mut actions = Vec::new();
        steps(&mut self.before_overlay.clone(), &self.complete.overlay, |applied, before, after| {
            let found =
                pointers.clone().flat_map(|pointer| changes(before.pointer(pointer), after.pointer(pointer), pointer));
            // Fields that only the overlay describes are dropped afterwards.
            let kept = found.filter(|change| self.complete.orphans.iter().all(|orphan| orphan.field != change.pointer));
            actions.push(OverlayAction { target: applied.target.clone(), line: applied.line, changes: kept.collect() });
        })?;
        actions.retain(|action| !action.changes.is_empty());
        Ok(actions)
    }
}

/// An overlay action and the changes it made.
#[derive(Debug)]
pub(crate) struct OverlayAction {
    /// The JSONPath of the action.
    pub(crate) target: String,
    /// The line of the action in the overlay.
    pub(crate) line: Option<usize>,
    pub(crate) changes: Vec<OverlayChange>,
}
