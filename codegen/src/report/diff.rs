//! What a changed document means for the users of the crate.
//!
//! Two documents are read up to the plain data that the bindings are written from, and these are compared: not what the
//! documents say, but what a program that uses the bindings would meet. Whether it still compiles, whether it still does
//! the same, and what it could do in addition.
//!
//! Nothing that generated code does is guessed here a second time: whether a field is an `Option`, which arguments `new`
//! takes and in which module a type stands is asked of [`emit`](crate::emit()), which writes them.

mod change;
mod events;
mod fields;
mod members;
mod operations;
mod pairing;
mod places;
mod resources;
mod side;
mod spell;
mod types;

pub use change::{Action, CLASSES, Change, Class, Comparison, Item, Place, Step};
pub use side::{Kind, Side, read};

use pairing::Pairs;

/// Compares two documents, the older one first.
#[must_use]
pub fn diff(old: &Side, new: &Side) -> Comparison {
    let pairs = Pairs::find(old, new);
    let mut news = News { old, new, pairs: &pairs, changes: Vec::new() };
    resources::compare(&mut news);
    operations::compare(&mut news);
    events::compare(&mut news);
    types::compare(&mut news);
    let mut changes = news.changes;
    if new.kind == Kind::Webhooks {
        // Some of their types are called like one of the API.
        for change in &mut changes {
            change.name.insert_str(0, "webhook::");
        }
    }
    let gave_up = pairs.operations.gave_up || pairs.types.gave_up;
    let note = "too much is new to look for what has only another name, so that is told as removed and added";
    let notes = if gave_up { vec![note.to_owned()] } else { Vec::new() };
    Comparison { notes, ..Comparison::of_changes(changes) }
}

/// The comparison as it goes on.
struct News<'a> {
    old: &'a Side,
    new: &'a Side,
    pairs: &'a Pairs<'a>,
    changes: Vec<Change>,
}

impl News<'_> {
    fn add(&mut self, change: Change) {
        self.changes.push(change);
    }
}
