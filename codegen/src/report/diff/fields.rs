//! Fields of records. A field of a response is read, one of an input also set: by an argument of `new` if it is required,
//! by a setter otherwise.

use super::News;
use super::change::{Action, Change, Class, Item};
use super::members::deprecation;
use super::pairing::{Pairing, alike};
use super::spell;
use crate::model::api::{Field, Record, Type, TypeItem, Use};

pub(super) fn compare(news: &mut News<'_>, before: &TypeItem, after: &TypeItem, one: &Record, other: &Record) {
    let both = Both::new(news, before, after);
    let pairing = both.pair(one, other);
    let mut changes = Vec::new();
    for field in pairing.old {
        changes.push(both.removed(field));
    }
    for field in pairing.new {
        changes.push(both.added(field));
    }
    for (field, now, guess) in pairing.both {
        both.renamed(field, now, guess, &mut changes);
        both.retyped(field, now, &mut changes);
        both.reading(field, now, &mut changes);
        both.words(field, now, &mut changes);
    }
    changes.extend(both.order(one, other));
    if one.transparent != other.transparent {
        let place = news.new.places.of_type(&after.name);
        let change = Change::new(Class::Run, Item::Type, Action::Changed, &before.name, place);
        changes.push(change.note("its only field stands under a key of its own, or no longer does"));
    }
    news.changes.extend(changes);
}

/// A record in both documents.
struct Both<'n, 'a> {
    news: &'n News<'a>,
    before: &'n TypeItem,
    after: &'n TypeItem,
    old: Use,
    new: Use,
    item: Item,
}

impl<'n> Both<'n, '_> {
    fn new<'a>(news: &'n News<'a>, before: &'n TypeItem, after: &'n TypeItem) -> Both<'n, 'a> {
        let (old, new) = (news.old.usage(&before.name), news.new.usage(&after.name));
        let item = if new.request && !new.response { Item::Argument } else { Item::Field };
        Both { news, before, after, old, new, item }
    }

    fn pair(&self, one: &'n Record, other: &'n Record) -> Pairing<&'n Field> {
        let pairing = Pairing::start(&one.fields, &other.fields);
        let pairing = pairing.by(false, |field| field.name.as_str()).by(false, |field| field.wire.as_str());
        pairing.by_likeness(|field, now| {
            let same = self.was(field) == spell::field(now, &self.new, &|name| name);
            same.then(|| alike(&field.name, &now.name)).flatten()
        })
    }

    /// The type of a field of before, in names of now.
    fn was(&self, field: &Field) -> String {
        spell::field(field, &self.old, &|name| self.news.pairs.name(name))
    }

    fn name(&self, field: &Field) -> String {
        format!("{}::{}", self.before.name, field.name)
    }

    fn change(&self, class: Class, action: Action, field: &Field, now: &Field) -> Change {
        let place = self.news.new.places.field(&self.after.name, &now.wire);
        Change::new(class, self.item, action, self.name(field), place)
    }

    fn removed(&self, field: &Field) -> Change {
        let place = self.news.old.places.field(&self.before.name, &field.wire);
        let change = Change::new(Class::Compile, self.item, Action::Removed, self.name(field), place);
        change.from(spell::field(field, &self.old, &|name| name))
    }

    fn added(&self, field: &Field) -> Change {
        let required = self.new.request && field.required;
        let class = if required { Class::Compile } else { Class::Additive };
        let place = self.news.new.places.field(&self.after.name, &field.wire);
        let name = format!("{}::{}", self.after.name, field.name);
        let change = Change::new(class, self.item, Action::Added, name, place);
        let change = change.to(spell::field(field, &self.new, &|name| name));
        if required { change.note("`new` takes it") } else { change }
    }

    fn renamed(&self, field: &Field, now: &Field, guess: bool, changes: &mut Vec<Change>) {
        if field.name != now.name {
            let change = self.change(Class::Compile, Action::Renamed, field, now);
            changes.push(change.from(&field.name).to(&now.name).guessed(guess));
        } else if field.wire != now.wire {
            let change = self.change(Class::Run, Action::Changed, field, now);
            changes.push(change.from(&field.wire).to(&now.wire).note("its name on the wire"));
        }
    }

    fn retyped(&self, field: &Field, now: &Field, changes: &mut Vec<Change>) {
        if self.was(field) == spell::field(now, &self.new, &|name| name) {
            return;
        }
        let change = self.change(Class::Compile, Action::Retyped, field, now);
        let change = change.from(spell::field(field, &self.old, &|name| name));
        let change = change.to(spell::field(now, &self.new, &|name| name));
        let note = match (self.old.request && field.required, self.new.request && now.required) {
            (true, false) if self.new.request => Some("`new` takes it no longer"),
            (false, true) if self.old.request => Some("`new` takes it"),
            _ => None,
        };
        changes.push(match note {
            Some(note) => change.note(note),
            None => change,
        });
    }

    /// What is understood under the same type: a number for a text, nothing for an empty object.
    fn reading(&self, field: &Field, now: &Field, changes: &mut Vec<Change>) {
        if !self.old.response || !self.new.response || self.was(field) != spell::field(now, &self.new, &|name| name) {
            return;
        }
        let number = |field: &Field| field.ty == Type::Text && field.format.as_deref() == Some("id");
        for (one, other, note) in [
            (number(field), number(now), "whether a number is read as a text"),
            (field.empty_is_null, now.empty_is_null, "whether an empty object is read as nothing"),
        ] {
            if one != other {
                let class = if other { Class::Additive } else { Class::Run };
                changes.push(self.change(class, Action::Changed, field, now).note(note));
            }
        }
    }

    fn words(&self, field: &Field, now: &Field, changes: &mut Vec<Change>) {
        if let Some((class, action, note)) = deprecation(field.deprecated, now.deprecated) {
            changes.push(self.change(class, action, field, now).note(note));
        }
        if field.doc != now.doc {
            let change = self.change(Class::Documentation, Action::Changed, field, now);
            changes.push(change.note("what is said about it"));
        }
    }

    /// The arguments of `new` that stay, in another order.
    fn order(&self, one: &Record, other: &Record) -> Option<Change> {
        let kept = |from: &Record, by: &Record| -> Vec<String> {
            from.required.iter().filter(|name| by.required.contains(name)).cloned().collect()
        };
        let (from, to) = (kept(one, other), kept(other, one));
        let input = self.old.request && self.new.request;
        (input && from != to).then(|| {
            let place = self.news.new.places.of_type(&self.after.name);
            let name = format!("{}::new", self.before.name);
            let change = Change::new(Class::Compile, Item::Argument, Action::Changed, name, place);
            let change = change.from(from.join(", ")).to(to.join(", "));
            change.note("the order of its arguments; where they are of one type the compiler can't tell")
        })
    }
}
