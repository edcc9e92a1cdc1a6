//! Compares types: their names, modules and traits, and their fields or variants.

use super::change::{Action, Change, Class, ItemKind};
use super::{DiffContext, fields, variants};
use crate::emit::folder_of;
use crate::model::api::{Envelope, Role, TypeItem, TypeKind, Use};

pub(super) fn compare(context: &mut DiffContext<'_>) {
    let (old, new, pairs) = (context.old, context.new, context.pairs);
    for item in &pairs.types.old {
        let location = old.locations.of_type(&item.name);
        context.add(Change::new(Class::Compile, ItemKind::Type, Action::Removed, &item.name, location));
    }
    for item in &pairs.types.new {
        let location = new.locations.of_type(&item.name);
        context.add(Change::new(Class::Additive, ItemKind::Type, Action::Added, &item.name, location));
    }
    for (before, after, guess) in &pairs.types.both {
        whole(context, before, after, *guess);
        match (&before.kind, &after.kind) {
            (TypeKind::Struct(one), TypeKind::Struct(other)) => fields::compare(context, before, after, one, other),
            (TypeKind::Enum(one), TypeKind::Enum(other)) => variants::of_enum(context, before, after, one, other),
            (TypeKind::Tagged(one), TypeKind::Tagged(other)) => variants::of_tagged(context, before, after, one, other),
            (one, other) => {
                let location = new.locations.of_type(&after.name);
                let change = Change::new(Class::Compile, ItemKind::Type, Action::Retyped, &before.name, location);
                context.add(change.from(kind(one)).to(kind(other)));
            }
        }
    }
}

fn kind(shape: &TypeKind) -> &'static str {
    match shape {
        TypeKind::Struct(_) => "a struct",
        TypeKind::Enum(_) => "an enum of strings",
        TypeKind::Tagged(_) => "an enum of records",
    }
}

/// Compares everything about two types except their fields and variants.
fn whole(context: &mut DiffContext<'_>, before: &TypeItem, after: &TypeItem, guess: bool) {
    let location = context.new.locations.of_type(&after.name);
    let change = |class, action| Change::new(class, ItemKind::Type, action, &before.name, location.clone());
    let (one, other) = (context.old.usage(&before.name), context.new.usage(&after.name));
    if before.name != after.name {
        let renamed = change(Class::Compile, Action::Renamed).from(&before.name).to(&after.name);
        context.add(renamed.guessed(guess));
    }
    let (from, to) = (folder_of(&one).unwrap_or_default(), folder_of(&other).unwrap_or_default());
    if context.pairs.module(from) != to {
        let moved = change(Class::Compile, Action::Renamed);
        let moved = moved.from(format!("{from}::{}", before.name)).to(format!("{to}::{}", after.name));
        context.add(moved.note("imports from `types` still work"));
    }
    for message in lost(&one, &other, &before.kind) {
        context.add(change(Class::Compile, Action::Changed).note(message));
    }
    if has_default(context.old, before, &one) && !has_default(context.new, after, &other) && !other.request {
        context.add(change(Class::Compile, Action::Changed).note("no longer implements `Default`"));
    }
    if let Some((class, action)) = variants::deprecation(before.deprecated, after.deprecated) {
        context.add(change(class, action));
    }
    if before.doc != after.doc {
        context.add(change(Class::Documentation, Action::Changed).note("documentation changed"));
    }
}

/// Returns a message for each set of traits and methods that a type loses because requests or responses no longer contain it.
fn lost(before: &Use, after: &Use, kind: &TypeKind) -> Vec<&'static str> {
    // String enums have the same traits in both directions.
    if matches!(kind, TypeKind::Enum(_)) {
        return Vec::new();
    }
    let input = "no longer an input: loses `new`, the setters and `Serialize`";
    let response = "no longer in a response: loses `Deserialize`";
    let lost = [(before.request && !after.request, input), (before.response && !after.response, response)];
    lost.into_iter().filter_map(|(is_lost, message)| is_lost.then_some(message)).collect()
}

/// Whether the type implements `Default`. Only the types of results that can be missing from a response implement it.
fn has_default(revision: &super::Revision, item: &TypeItem, usage: &Use) -> bool {
    let of = |operation: &crate::model::api::Operation| {
        operation.output.name == item.name && operation.output.envelope == Envelope::OrDefault
    };
    usage.role == Role::Result && revision.api.operations().any(|(_, operation)| of(operation))
}
