//! Reports how a changed document affects users of the crate.
//!
//! The comparison uses the models of the bindings for both documents. It shows whether a program still compiles, whether it still
//! behaves the same, and which features are new. Code shared with [`emit`](crate::emit()) decides whether a field is an `Option`,
//! which arguments `new` takes, and which module contains a type. The comparison therefore always agrees with the generated code.

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

/// Compares an older document with a newer one.
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
        // The module is part of the name, because some webhook types have the same name as an API type.
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
