//! Compares the fields of structs. The effect of a change depends on how programs use the field: they read response fields, pass
//! required input fields to `new`, and set optional input fields with setters.

use super::DiffContext;
use super::change::{Action, Change, Class, ItemKind};
use super::pairing::{Pairing, name_similarity};
use super::spell;
use super::variants::deprecation;
use crate::model::api::{Field, Struct, Type, TypeItem, Use};

pub(super) fn compare(
    context: &mut DiffContext<'_>,
    before: &TypeItem,
    after: &TypeItem,
    one: &Struct,
    other: &Struct,
) {
    let both = Both::new(context, before, after);
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
        both.decoding(field, now, &mut changes);
        both.documentation(field, now, &mut changes);
    }
    changes.extend(both.order(one, other));
    if one.transparent != other.transparent {
        let encoding = |record: &Struct| if record.transparent { "value of its only field" } else { "object" };
        let location = context.new.locations.of_type(&after.name);
        let change = Change::new(Class::Run, ItemKind::Type, Action::Changed, &before.name, location);
        changes.push(change.from(encoding(one)).to(encoding(other)).note("encoding"));
    }
    context.changes.extend(changes);
}

/// A record in both revisions.
struct Both<'n, 'a> {
    context: &'n DiffContext<'a>,
    before: &'n TypeItem,
    after: &'n TypeItem,
    old: Use,
    new: Use,
    item: ItemKind,
}

impl<'n> Both<'n, '_> {
    fn new<'a>(context: &'n DiffContext<'a>, before: &'n TypeItem, after: &'n TypeItem) -> Both<'n, 'a> {
        let (old, new) = (context.old.usage(&before.name), context.new.usage(&after.name));
        let item = if new.request && !new.response { ItemKind::Argument } else { ItemKind::Field };
        Both { context, before, after, old, new, item }
    }

    fn pair(&self, one: &'n Struct, other: &'n Struct) -> Pairing<&'n Field> {
        let pairing = Pairing::start(&one.fields, &other.fields);
        let pairing = pairing.by(false, |field| field.name.as_str()).by(false, |field| field.wire.as_str());
        pairing.by_similarity(|field, now| {
            let same = self.was(field) == spell::field(now, &self.new, &|name| name);
            same.then(|| name_similarity(&field.name, &now.name)).flatten()
        })
    }

    /// Returns the type of a field in the older document, written with the newer names of types.
    fn was(&self, field: &Field) -> String {
        spell::field(field, &self.old, &|name| self.context.pairs.name(name))
    }

    fn name(&self, field: &Field) -> String {
        format!("{}::{}", self.before.name, field.name)
    }

    fn change(&self, class: Class, action: Action, field: &Field, now: &Field) -> Change {
        let location = self.context.new.locations.field(&self.after.name, &now.wire);
        Change::new(class, self.item, action, self.name(field), location)
    }

    fn removed(&self, field: &Field) -> Change {
        let location = self.context.old.locations.field(&self.before.name, &field.wire);
        let change = Change::new(Class::Compile, self.item, Action::Removed, self.name(field), location);
        change.from(spell::field(field, &self.old, &|name| name))
    }

    fn added(&self, field: &Field) -> Change {
        let required = self.new.request && field.required;
        let class = if required { Class::Compile } else { Class::Additive };
        let location = self.context.new.locations.field(&self.after.name, &field.wire);
        let name = format!("{}::{}", self.after.name, field.name);
        let change = Change::new(class, self.item, Action::Added, name, location);
        let change = change.to(spell::field(field, &self.new, &|name| name));
        if required { change.note("required by `new`") } else { change }
    }

    fn renamed(&self, field: &Field, now: &Field, guess: bool, changes: &mut Vec<Change>) {
        if field.name != now.name {
            let change = self.change(Class::Compile, Action::Renamed, field, now);
            changes.push(change.from(&field.name).to(&now.name).guessed(guess));
        } else if field.wire != now.wire {
            let change = self.change(Class::Run, Action::Changed, field, now);
            changes.push(change.from(&field.wire).to(&now.wire).note("name on the wire"));
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
            (true, false) if self.new.request => Some("no longer required by `new`"),
            (false, true) if self.old.request => Some("required by `new`"),
            _ => None,
        };
        changes.push(match note {
            Some(note) => change.note(note),
            None => change,
        });
    }

    /// Finds fields that have the same type as before but are decoded differently: only one revision accepts numbers as strings,
    /// or decodes an empty object as `None`.
    fn decoding(&self, field: &Field, now: &Field, changes: &mut Vec<Change>) {
        if !self.old.response || !self.new.response || self.was(field) != spell::field(now, &self.new, &|name| name) {
            return;
        }
        let number = |field: &Field| field.ty == Type::Text && field.format.as_deref() == Some("id");
        for (one, other, note) in [
            (number(field), number(now), "decodes from numbers"),
            (field.empty_is_null, now.empty_is_null, "decodes an empty object as `None`"),
        ] {
            if one != other {
                let class = if other { Class::Additive } else { Class::Run };
                let change = self.change(class, Action::Changed, field, now).note(note);
                changes.push(change.from(one.to_string()).to(other.to_string()));
            }
        }
    }

    fn documentation(&self, field: &Field, now: &Field, changes: &mut Vec<Change>) {
        if let Some((class, action)) = deprecation(field.deprecated, now.deprecated) {
            changes.push(self.change(class, action, field, now));
        }
        if field.doc != now.doc {
            let change = self.change(Class::Documentation, Action::Changed, field, now);
            changes.push(change.note("documentation changed"));
        }
    }

    /// Compares the order of those `new` arguments that exist in both revisions.
    fn order(&self, one: &Struct, other: &Struct) -> Option<Change> {
        let kept = |from: &Struct, by: &Struct| -> Vec<String> {
            from.required.iter().filter(|name| by.required.contains(name)).cloned().collect()
        };
        let (from, to) = (kept(one, other), kept(other, one));
        let input = self.old.request && self.new.request;
        (input && from != to).then(|| {
            let location = self.context.new.locations.of_type(&self.after.name);
            let name = format!("{}::new", self.before.name);
            let change = Change::new(Class::Compile, ItemKind::Argument, Action::Changed, name, location);
            let change = change.from(from.join(", ")).to(to.join(", "));
            change.note("order of the arguments")
        })
    }
}
