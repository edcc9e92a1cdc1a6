//! Types: those that come and go, and what the others consist of.

use super::change::{Action, Change, Class, Item};
use super::{News, fields, members};
use crate::emit::folder_of;
use crate::model::api::{Envelope, Role, Shape, TypeItem, Use};

pub(super) fn compare(news: &mut News<'_>) {
    let (old, new, pairs) = (news.old, news.new, news.pairs);
    for item in &pairs.types.old {
        let place = old.places.of_type(&item.name);
        news.add(Change::new(Class::Compile, Item::Type, Action::Removed, &item.name, place));
    }
    for item in &pairs.types.new {
        let place = new.places.of_type(&item.name);
        news.add(Change::new(Class::Additive, Item::Type, Action::Added, &item.name, place));
    }
    for (before, after, guess) in &pairs.types.both {
        whole(news, before, after, *guess);
        match (&before.shape, &after.shape) {
            (Shape::Record(one), Shape::Record(other)) => fields::compare(news, before, after, one, other),
            (Shape::Enum(one), Shape::Enum(other)) => members::of_enum(news, before, after, one, other),
            (Shape::Tagged(one), Shape::Tagged(other)) => members::of_choice(news, before, after, one, other),
            (one, other) => {
                let place = new.places.of_type(&after.name);
                let change = Change::new(Class::Compile, Item::Type, Action::Retyped, &before.name, place);
                news.add(change.from(kind(one)).to(kind(other)));
            }
        }
    }
}

fn kind(shape: &Shape) -> &'static str {
    match shape {
        Shape::Record(_) => "a struct",
        Shape::Enum(_) => "an enum of texts",
        Shape::Tagged(_) => "an enum of records",
    }
}

/// What is true of a type whatever it consists of.
fn whole(news: &mut News<'_>, before: &TypeItem, after: &TypeItem, guess: bool) {
    let place = news.new.places.of_type(&after.name);
    let change = |class, action| Change::new(class, Item::Type, action, &before.name, place.clone());
    let (one, other) = (news.old.usage(&before.name), news.new.usage(&after.name));
    if before.name != after.name {
        let renamed = change(Class::Compile, Action::Renamed).from(&before.name).to(&after.name);
        news.add(renamed.guessed(guess));
    }
    let (from, to) = (folder_of(&one).unwrap_or_default(), folder_of(&other).unwrap_or_default());
    if news.pairs.module(from) != to {
        let moved = change(Class::Compile, Action::Renamed);
        let moved = moved.from(format!("{from}::{}", before.name)).to(format!("{to}::{}", after.name));
        news.add(moved.note("only for those who don't take it from `types`"));
    }
    for (lost, what) in lost(&one, &other, &before.shape) {
        if lost {
            news.add(change(Class::Compile, Action::Changed).note(what));
        }
    }
    if has_default(news.old, before, &one) && !has_default(news.new, after, &other) && !other.request {
        news.add(change(Class::Compile, Action::Changed).note("it has no `Default` any more"));
    }
    if let Some((class, action, note)) = members::deprecation(before.deprecated, after.deprecated) {
        news.add(change(class, action).note(note));
    }
    if before.doc != after.doc {
        news.add(change(Class::Documentation, Action::Changed).note("what is said about it"));
    }
}

/// What a type can't do any more because nothing needs it to. Enums of texts can always do everything.
fn lost(before: &Use, after: &Use, shape: &Shape) -> Vec<(bool, &'static str)> {
    let data = !matches!(shape, Shape::Enum(_));
    vec![
        (data && before.request && !after.request, "it is no input any more: `new`, setters and `Serialize` are gone"),
        (data && before.response && !after.response, "it is in no answer any more: `Deserialize` is gone"),
    ]
}

/// Whether a result may be missing as a whole.
fn has_default(side: &super::Side, item: &TypeItem, usage: &Use) -> bool {
    let of = |operation: &crate::model::api::Operation| {
        operation.output.name == item.name && operation.output.envelope == Envelope::OrDefault
    };
    usage.role == Role::Result && side.operations().any(|(_, operation)| of(operation))
}
