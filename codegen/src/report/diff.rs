//! Reports how a changed document affects users of the crate.
//!
//! Each document is described as a list of items with attributes: operations, webhooks, resources and types, and below them their
//! arguments, fields and values. The items are paired, and the table in `rules.rs` classifies each attribute that differs in a
//! pair. Code shared with [`emit`](crate::emit()) decides whether a field is an `Option` and which module contains a type, so the
//! comparison agrees with the generated code.

mod change;
mod facts;
mod item;
mod pairing;
mod parameters;
mod revision;
mod rules;
mod schemas;

use std::collections::{BTreeMap, HashSet};

pub use change::{Action, CLASSES, Change, Class, Comparison, ItemKind};
pub(crate) use item::named;
pub use revision::{Revision, read};

use crate::describe::DocumentKind;
use item::Item;
use pairing::{Names, Pairing, pair, renamed};
use rules::{Both, LIMITS, RULES, UNNAMED, Values};

/// Compares an older document with a newer one.
#[must_use]
pub fn diff(old: &Revision, new: &Revision) -> Comparison {
    let (calls, named) = pair(old, new);
    let names: BTreeMap<&str, &str> = named.both.iter().map(|(old, new, _)| (&*old.name, &*new.name)).collect();
    let mut differ = Differ { old, new, names, changes: Vec::new(), known: HashSet::new(), gave_up: false };
    for pairing in [&named, &calls] {
        differ.compare(pairing, &[]);
    }
    let (mut changes, gave_up) = (differ.changes, differ.gave_up);
    if new.kind == DocumentKind::Webhooks {
        // The module is part of the name, because some webhook types have the same name as an API type.
        for change in &mut changes {
            change.name.insert_str(0, "webhook::");
        }
    }
    let note = "too many differences to detect renames; they are reported as removals and additions";
    let notes = gave_up.then(|| note.to_owned());
    Comparison::new(changes, notes.into_iter().collect())
}

/// A comparison in progress.
struct Differ<'a> {
    old: &'a Revision,
    new: &'a Revision,
    /// The newer names of types and modules, by older name.
    names: Names<'a>,
    changes: Vec<Change>,
    /// The changes to request values that were already reported. Operations can share a schema, but its changes are reported only
    /// once.
    known: HashSet<String>,
    /// Whether there were too many unpaired items in a list to compare all pairs.
    gave_up: bool,
}

impl Differ<'_> {
    fn compare(&mut self, pairing: &Pairing<'_>, siblings: &[Item]) {
        self.gave_up |= pairing.gave_up;
        let change = |class, item: &Item, action, revision: &Revision| Change {
            class,
            item: item.kind,
            action,
            name: item.name.clone(),
            before: item.value.clone().filter(|_| action == Action::Removed),
            after: item.value.clone().filter(|_| action == Action::Added),
            // The note on a required item states that calls must pass it, which no longer applies if the item is removed.
            note: item.note.clone().filter(|_| action == Action::Added || !item.is_required),
            guess: false,
            location: revision.locate(item),
        };
        for item in pairing.old.iter().filter(|item| !item.is_sent) {
            self.changes.push(change(Class::Compile, item, Action::Removed, self.old));
        }
        for item in pairing.new.iter().filter(|item| !item.is_sent) {
            let class = if item.is_required { Class::Compile } else { Class::Additive };
            self.changes.push(change(class, item, Action::Added, self.new));
        }
        for (old, new, guess) in &pairing.both {
            self.attributes(old, new, *guess, siblings);
            if old.get("shape") == new.get("shape") {
                let children = Pairing::start(&old.children, &new.children).by_identity();
                self.compare(&children.by_similarity(1, &self.names), &new.children);
            }
        }
    }

    /// Reports the attributes that differ between two paired items.
    fn attributes(&mut self, old: &Item, new: &Item, guess: bool, siblings: &[Item]) {
        let limits = LIMITS.iter().map(|rule| (rule, true));
        for (rule, is_limit) in RULES.iter().map(|rule| (rule, false)).chain(limits) {
            let (before, after) = (old.get(rule.attribute), new.get(rule.attribute));
            let differs = match (rule.values, before) {
                (Values::Names, Some(before)) => Some(renamed(before, &self.names).as_str()) != after,
                _ => before != after,
            };
            let both = Both { before, after, old, new, siblings };
            let Some(class) = differs.then(|| rule.class(&both)).flatten() else { continue };
            let shown = |value: Option<&str>| value.filter(|_| rule.values != Values::Hidden).map(str::to_owned);
            let note = match (rule.attribute, old.is_required, new.is_required) {
                ("type", false, true) => Some("required by `new`"),
                ("type", true, false) => Some("no longer required by `new`"),
                _ if UNNAMED.contains(&rule.attribute) => None,
                (attribute, ..) => Some(attribute),
            };
            let note = note.map(|note| if is_limit { format!("`{note}`") } else { note.to_owned() });
            let change = Change {
                class,
                item: new.kind,
                action: rule.action,
                name: old.name.clone(),
                before: shown(before),
                after: shown(after),
                note,
                guess: guess && rule.action == Action::Renamed,
                location: self.new.locate(new),
            };
            let key = || format!("{:?} {:?} {:?} {:?}", change.location, change.note, change.before, change.after);
            if !new.is_sent || self.known.insert(key()) {
                self.changes.push(change);
            }
        }
    }
}
