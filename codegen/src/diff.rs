//! What a changed document means for the users of the crate.
//!
//! Two documents are read up to the plain data that the bindings are written from, and these are compared: not what the
//! documents say, but what a program that uses the bindings would meet. Whether it still compiles, whether it still does
//! the same, and what it could do in addition.
//!
//! Nothing that generated code does is guessed here a second time: whether a field is an `Option`, which arguments `new`
//! takes and in which module a type stands is asked of [`emit`](crate::emit()), which writes them.

mod change;
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
pub use side::{Side, read};

use pairing::Pairs;

/// Compares two documents, the older one first.
#[must_use]
pub fn diff(old: &Side, new: &Side) -> Comparison {
    let pairs = Pairs::find(old, new);
    let mut news = News { old, new, pairs: &pairs, changes: Vec::new() };
    resources::compare(&mut news);
    operations::compare(&mut news);
    types::compare(&mut news);
    let mut changes = news.changes;
    changes.sort_by(|one, other| (one.class, one.item, &one.name).cmp(&(other.class, other.item, &other.name)));
    Comparison { changes }
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
