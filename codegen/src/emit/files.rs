//! Which type is written in which file.
//!
//! A type that several resources use is shared. An input has a file of its own, the results of a resource have one
//! together, and any other type has one unless only one type holds it: then it stands below its holder.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;

use super::scope::Scope;
use super::{Context, Folder, Given, docs, heights, inputs, records};
use crate::api::{Role, Shape, Use};
use crate::names::{self, Names};

/// The folder of the types that several resources use.
pub(super) const SHARED: &str = "shared";

/// Writes the types of a folder.
pub(super) fn write(context: &Context<'_>, folder: &str, modules: &mut Folder) {
    let here: Vec<_> =
        context.types.keys().copied().filter(|name| folder_of(&context.usage(name)) == Some(folder)).collect();
    let mut results: Vec<_> = here.iter().copied().filter(|name| context.usage(name).role == Role::Result).collect();
    let order = |name: &&str| context.operations().position(|operation| operation.output.name == **name);
    results.sort_by_key(order);
    for (index, types) in heights::packed(results, |name| heights::of_type(context, name)).iter().enumerate() {
        let name = if index == 0 { "results".to_owned() } else { format!("results_{}", index + 1) };
        add(context, modules, &name, "What calls answer.", types);
    }
    let mut names = Names::modules();
    for (root, types) in homes(context, &here) {
        let name = names.give(&names::snake(root));
        let doc = format!("The type `{root}`{}.", if types.len() > 1 { " and what only it holds" } else { "" });
        add(context, modules, &name, &doc, &types);
        for ty in types {
            setters_apart(context, modules, &mut names, ty);
        }
    }
}

/// The setters of an input that is too long for one file.
fn setters_apart(context: &Context<'_>, modules: &mut Folder, names: &mut Names, ty: &str) {
    let Some(Shape::Record(record)) = context.types.get(ty).map(|item| &item.shape) else { return };
    if context.usage(ty).request && heights::has_setters_apart(record) {
        let scope = Scope::new(context.home, []);
        let items = inputs::implementation(&scope.named(ty), record, &TokenStream::new(), &scope);
        let name = names.give(&names::snake(&format!("{ty}Setters")));
        let doc = format!("The optional fields of [`{ty}`], set one by one.");
        modules.add(Given::Nothing, &name, &doc, &scope, &items);
    }
}

fn add(context: &Context<'_>, modules: &mut Folder, name: &str, doc: &str, types: &[&str]) {
    let scope = Scope::new(context.home, types.iter().copied());
    let items = types.iter().filter_map(|name| context.types.get(name));
    let items = items.map(|item| records::declaration(context, item, &scope));
    let items = quote! { #(#items)* };
    modules.add(Given::All, name, &docs::sentence(doc), &scope, &items);
}

/// The folder of a type that is used in that way.
pub(crate) fn folder_of(usage: &Use) -> Option<&str> {
    match usage.resources.as_slice() {
        // Nothing that the bindings send or read has it in it.
        [] => None,
        [only] => Some(only),
        _ => Some(SHARED),
    }
}

/// The types of each file, by the type that the file is named after.
fn homes<'t>(context: &Context<'_>, here: &[&'t str]) -> BTreeMap<&'t str, Vec<&'t str>> {
    let mut homes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut guests = Vec::new();
    for name in here.iter().copied().filter(|name| context.usage(name).role != Role::Result) {
        let home = home(context, here, name);
        if home == name {
            homes.entry(name).or_default().push(name);
        } else {
            guests.push((name, home));
        }
    }
    for (name, home) in guests {
        let filled: usize = homes.get(home).into_iter().flatten().map(|name| heights::of_type(context, name)).sum();
        let fits = filled > 0 && filled + heights::of_type(context, name) <= heights::ROOM;
        homes.entry(if fits { home } else { name }).or_default().push(name);
    }
    homes
}

/// The type in whose file a type stands: itself, unless only one other holds it.
fn home<'t>(context: &Context<'_>, here: &[&'t str], name: &'t str) -> &'t str {
    let mut home = name;
    // As many steps as there are types, since types may hold each other in a circle.
    for _ in here {
        let usage = context.usage(home);
        let [holder] = usage.holders.as_slice() else { return home };
        let Some(holder) = here.iter().copied().find(|name| name == holder) else { return home };
        if usage.role != Role::Inner || context.usage(holder).role == Role::Result {
            return home;
        }
        home = holder;
    }
    name
}
