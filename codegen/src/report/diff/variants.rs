//! Compares the variants of string enums and of tagged unions.

use super::DiffContext;
use super::change::{Action, Change, Class, ItemKind};
use super::pairing::{Pairing, name_similarity};
use crate::model::api::{Tagged, TypeItem, Variant};

/// Compares the variants of a string enum. Adding a variant is not breaking, because older versions decode its value as unknown.
pub(super) fn of_enum(
    context: &mut DiffContext<'_>,
    before: &TypeItem,
    after: &TypeItem,
    one: &[Variant],
    other: &[Variant],
) {
    let pairing = Pairing::start(one, other).by(false, |value| value.wire.as_str());
    let pairing = pairing.by(false, |value| value.name.as_str());
    let pairing = pairing.by_similarity(|value, now| name_similarity(&value.name, &now.name));
    values(context, before, after, pairing);
}

/// Compares the variants of a tagged union. Adding a variant is not breaking, because the enum is non-exhaustive and older versions
/// decode the variant as unknown.
pub(super) fn of_tagged(
    context: &mut DiffContext<'_>,
    before: &TypeItem,
    after: &TypeItem,
    one: &Tagged,
    other: &Tagged,
) {
    for (from, to, note) in [(&one.tag, &other.tag, "tag"), (&one.content, &other.content, "content property")] {
        if from != to {
            let location = context.new.locations.of_type(&after.name);
            let change = Change::new(Class::Run, ItemKind::Type, Action::Changed, &before.name, location);
            context.add(change.from(from).to(to).note(note));
        }
    }
    for (variant, ty) in &one.variants {
        let Some((_, now)) = other.variants.iter().find(|(now, _)| now.wire == variant.wire) else { continue };
        if context.pairs.name(ty) != now {
            let location = context.new.locations.of_type(&after.name);
            let name = format!("{}::{}", before.name, variant.name);
            let change = Change::new(Class::Compile, ItemKind::Value, Action::Retyped, name, location);
            context.add(change.from(ty).to(now));
        }
    }
    let names = |tagged| -> Vec<&Variant> { variants(tagged).collect() };
    let pairing = Pairing::start(names(one), names(other)).by(false, |value| value.wire.as_str());
    values(context, before, after, pairing);
}

fn variants(tagged: &Tagged) -> impl Iterator<Item = &Variant> {
    tagged.variants.iter().map(|(variant, _)| variant)
}

fn values(context: &mut DiffContext<'_>, before: &TypeItem, after: &TypeItem, pairing: Pairing<&Variant>) {
    let name = |value: &Variant| format!("{}::{}", before.name, value.name);
    for value in pairing.old {
        let location = context.old.locations.of_type(&before.name);
        let change = Change::new(Class::Compile, ItemKind::Value, Action::Removed, name(value), location);
        context.add(change.note(format!("\"{}\"", value.wire)));
    }
    let location = context.new.locations.of_type(&after.name);
    for value in pairing.new {
        let name = format!("{}::{}", after.name, value.name);
        let change = Change::new(Class::Additive, ItemKind::Value, Action::Added, name, location.clone());
        context.add(change.note(format!("\"{}\"", value.wire)));
    }
    for (value, now, guess) in pairing.both {
        if value.name != now.name {
            let change = Change::new(Class::Compile, ItemKind::Value, Action::Renamed, name(value), location.clone());
            context.add(change.from(&value.name).to(&now.name).guessed(guess));
        } else if value.wire != now.wire {
            let change = Change::new(Class::Run, ItemKind::Value, Action::Changed, name(value), location.clone());
            context.add(change.from(&value.wire).to(&now.wire).note("value on the wire"));
        }
    }
}

/// Classifies a change in deprecation. A new deprecation is additive, because the compiler only warns and semver requires a minor
/// step.
pub(super) fn deprecation(before: bool, after: bool) -> Option<(Class, Action)> {
    match (before, after) {
        (false, true) => Some((Class::Additive, Action::Deprecated)),
        (true, false) => Some((Class::Documentation, Action::Undeprecated)),
        _ => None,
    }
}
