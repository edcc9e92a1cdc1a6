//! Compares resources: their handles, modules and cargo features.

use super::change::{Action, Change, Class, ItemKind};
use super::pairing::Pairing;
use super::{DiffContext, Revision};
use crate::model::api::Resource;
use crate::report::Location;

pub(super) fn compare(context: &mut DiffContext<'_>) {
    let (old, new, pairs) = (context.old, context.new, context.pairs);
    let pairing = Pairing::start(&old.api.resources, &new.api.resources);
    let pairing = pairing.by(false, |resource| {
        // A module in the older document might have been renamed.
        if old.api.resources.iter().any(|own| std::ptr::eq(own, resource)) {
            pairs.module(&resource.module)
        } else {
            resource.module.as_str()
        }
    });
    for resource in pairing.old {
        let change =
            Change::new(Class::Compile, ItemKind::Resource, Action::Removed, &resource.module, location(old, resource));
        context.add(change.note(format!("with the handle `{}` and the cargo feature", resource.handle)));
    }
    for resource in pairing.new {
        let change =
            Change::new(Class::Additive, ItemKind::Resource, Action::Added, &resource.module, location(new, resource));
        context.add(change.note(format!("with the handle `{}` and a cargo feature", resource.handle)));
    }
    for (before, after, _) in pairing.both {
        let change =
            |class, action| Change::new(class, ItemKind::Resource, action, &before.module, location(new, after));
        if before.module != after.module {
            let renamed = change(Class::Compile, Action::Renamed).from(&before.module).to(&after.module);
            context.add(renamed.guessed(true).note("module, cargo feature and client method"));
        }
        if before.handle != after.handle {
            let renamed = change(Class::Compile, Action::Renamed).from(&before.handle).to(&after.handle);
            context.add(renamed.note("handle"));
        }
        if before.doc != after.doc {
            context.add(change(Class::Documentation, Action::Changed).note("documentation changed"));
        }
    }
}

/// Returns the location of the resource's first operation.
fn location(revision: &Revision, resource: &Resource) -> Location {
    resource
        .operations
        .first()
        .map_or_else(|| revision.locations.top(), |operation| revision.locations.operation(operation))
}
