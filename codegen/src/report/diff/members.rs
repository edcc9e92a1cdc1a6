//! What enums consist of: values, and records told apart by a tag.

use super::News;
use super::change::{Action, Change, Class, Item};
use super::pairing::{Pairing, alike};
use crate::model::api::{Tagged, TypeItem, Variant};

/// Enums are open: a new value was read before as one that is newer than the bindings.
pub(super) fn of_enum(news: &mut News<'_>, before: &TypeItem, after: &TypeItem, one: &[Variant], other: &[Variant]) {
    let pairing = Pairing::start(one, other).by(false, |value| value.wire.as_str());
    let pairing = pairing.by(false, |value| value.name.as_str());
    let pairing = pairing.by_likeness(|value, now| alike(&value.name, &now.name));
    values(news, before, after, pairing);
}

/// Choices are open in Rust too: whoever matches one has an arm for the variants to come, and in an answer a new kind is read as
/// one that is newer than the bindings.
pub(super) fn of_choice(news: &mut News<'_>, before: &TypeItem, after: &TypeItem, one: &Tagged, other: &Tagged) {
    for (from, to, note) in [(&one.tag, &other.tag, "its tag"), (&one.content, &other.content, "where its fields are")]
    {
        if from != to {
            let place = news.new.places.of_type(&after.name);
            let change = Change::new(Class::Run, Item::Type, Action::Changed, &before.name, place);
            news.add(change.from(from).to(to).note(note));
        }
    }
    for (variant, ty) in &one.variants {
        let Some((_, now)) = other.variants.iter().find(|(now, _)| now.wire == variant.wire) else { continue };
        if news.pairs.name(ty) != now {
            let place = news.new.places.of_type(&after.name);
            let name = format!("{}::{}", before.name, variant.name);
            let change = Change::new(Class::Compile, Item::Value, Action::Retyped, name, place);
            news.add(change.from(ty).to(now));
        }
    }
    let names = |tagged| -> Vec<&Variant> { variants(tagged).collect() };
    let pairing = Pairing::start(names(one), names(other)).by(false, |value| value.wire.as_str());
    values(news, before, after, pairing);
}

fn variants(tagged: &Tagged) -> impl Iterator<Item = &Variant> {
    tagged.variants.iter().map(|(variant, _)| variant)
}

fn values(news: &mut News<'_>, before: &TypeItem, after: &TypeItem, pairing: Pairing<&Variant>) {
    let name = |value: &Variant| format!("{}::{}", before.name, value.name);
    for value in pairing.old {
        let place = news.old.places.of_type(&before.name);
        let change = Change::new(Class::Compile, Item::Value, Action::Removed, name(value), place);
        news.add(change.note(format!("\"{}\"", value.wire)));
    }
    let place = news.new.places.of_type(&after.name);
    for value in pairing.new {
        let name = format!("{}::{}", after.name, value.name);
        let change = Change::new(Class::Additive, Item::Value, Action::Added, name, place.clone());
        news.add(change.note(format!("\"{}\"", value.wire)));
    }
    for (value, now, guess) in pairing.both {
        if value.name != now.name {
            let change = Change::new(Class::Compile, Item::Value, Action::Renamed, name(value), place.clone());
            news.add(change.from(&value.name).to(&now.name).guessed(guess));
        } else if value.wire != now.wire {
            let change = Change::new(Class::Run, Item::Value, Action::Changed, name(value), place.clone());
            news.add(change.from(&value.wire).to(&now.wire).note("its text on the wire"));
        }
    }
}

/// What has become of a mark of deprecation. A new one makes the compiler warn, which semver counts as news.
pub(super) fn deprecation(before: bool, after: bool) -> Option<(Class, Action, &'static str)> {
    match (before, after) {
        (false, true) => Some((Class::Additive, Action::Deprecated, "whoever uses it is warned")),
        (true, false) => Some((Class::Documentation, Action::Changed, "it is deprecated no longer")),
        _ => None,
    }
}
