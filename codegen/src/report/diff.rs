//! What a changed document means for the users of the crate.
//!
//! Two documents are read up to the model of the bindings, and the models are compared: whether a program still compiles, whether
//! it still does the same, and what it could do in addition. [`emit`](crate::emit()) decides whether a field is an `Option`,
//! which arguments `new` takes, and in which module a type is, so the comparison cannot disagree with the generated code.

mod change;
mod events;
mod fields;
mod locations;
mod operations;
mod pairing;
mod resources;
mod revision;
pub(crate) mod spell;
mod types;
mod variants;

pub use change::{Action, CLASSES, Change, Class, Comparison, ItemKind, VersionStep};
pub use revision::{Revision, read};

use pairing::Pairs;

use crate::describe::DocumentKind;

/// Compares two documents, the older one first.
#[must_use]
pub fn diff(old: &Revision, new: &Revision) -> Comparison {
    let pairs = Pairs::find(old, new);
    let mut context = DiffContext { old, new, pairs: &pairs, changes: Vec::new() };
    resources::compare(&mut context);
    operations::compare(&mut context);
    events::compare(&mut context);
    types::compare(&mut context);
    let mut changes = context.changes;
    if new.kind == DocumentKind::Webhooks {
        // Some of their types have the name of a type of the API.
        for change in &mut changes {
            change.name.insert_str(0, "webhook::");
        }
    }
    let gave_up = pairs.operations.gave_up || pairs.types.gave_up;
    let note = "too many differences to detect renames; they are reported as removals and additions";
    let notes = if gave_up { vec![note.to_owned()] } else { Vec::new() };
    Comparison { notes, ..Comparison::of_changes(changes) }
}

/// A comparison in progress.
struct DiffContext<'a> {
    old: &'a Revision,
    new: &'a Revision,
    pairs: &'a Pairs<'a>,
    changes: Vec<Change>,
}

impl DiffContext<'_> {
    fn add(&mut self, change: Change) {
        self.changes.push(change);
    }
}
