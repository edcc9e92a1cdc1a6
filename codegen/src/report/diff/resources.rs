//! Resources: handles with their modules and cargo features.

use super::change::{Action, Change, Class, Item, Place};
use super::pairing::Pairing;
use super::{News, Side};
use crate::model::api::Resource;

pub(super) fn compare(news: &mut News<'_>) {
    let (old, new, pairs) = (news.old, news.new, news.pairs);
    let pairing = Pairing::start(&old.api.resources, &new.api.resources);
    let pairing = pairing.by(false, |resource| {
        // A module of the newer document keeps its name; one of the older document may have another by now.
        if old.api.resources.iter().any(|own| std::ptr::eq(own, resource)) {
            pairs.module(&resource.module)
        } else {
            resource.module.as_str()
        }
    });
    for resource in pairing.old {
        let change =
            Change::new(Class::Compile, Item::Resource, Action::Removed, &resource.module, place(old, resource));
        news.add(change.note(format!("with the handle `{}` and the cargo feature", resource.handle)));
    }
    for resource in pairing.new {
        let change =
            Change::new(Class::Additive, Item::Resource, Action::Added, &resource.module, place(new, resource));
        news.add(change.note(format!("with the handle `{}` and a cargo feature", resource.handle)));
    }
    for (before, after, _) in pairing.both {
        let change = |class, action| Change::new(class, Item::Resource, action, &before.module, place(new, after));
        if before.module != after.module {
            let renamed = change(Class::Compile, Action::Renamed).from(&before.module).to(&after.module);
            news.add(renamed.guessed(true).note("the module, the cargo feature and the client's method"));
        }
        if before.handle != after.handle {
            let renamed = change(Class::Compile, Action::Renamed).from(&before.handle).to(&after.handle);
            news.add(renamed.note("the handle"));
        }
        if before.doc != after.doc {
            news.add(change(Class::Documentation, Action::Changed).note("what is said about it"));
        }
    }
}

/// The place of a resource is that of its first operation.
fn place(side: &Side, resource: &Resource) -> Place {
    resource.operations.first().map_or_else(|| side.places.top(), |operation| side.places.operation(operation))
}
