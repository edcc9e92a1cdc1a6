//! Which type is written in which file.
//!
//! A type that several resources use is shared. An input has a file of its own, the results of a resource have one
//! together, and any other type has one unless only one type holds it: then it stands below its holder.

use std::collections::{BTreeMap, HashMap, HashSet};

use proc_macro2::TokenStream;
use quote::quote;

use super::scope::Scope;
use super::{Context, Folder, Given, docs, heights, inputs, records};
use crate::model::api::{Role, Shape, Use};
use crate::model::names::{self, Names};

/// The folder of the types that several resources use.
pub(super) const SHARED: &str = "shared";

/// Writes the types of a folder.
pub(super) fn write(context: &Context<'_>, folder: &str, modules: &mut Folder) {
    let here = context.folders.get(folder).map(Vec::as_slice).unwrap_or_default();
    let is_result = |name: &&str| context.usage(name).role == Role::Result;
    // In the order of the first operation that answers with it.
    let mut left: HashSet<&str> = here.iter().copied().filter(is_result).collect();
    let results = context.operations().filter_map(|operation| left.take(operation.output.name.as_str()));
    let results: Vec<&str> = results.collect();
    for (index, types) in heights::packed(results, |name| heights::of_type(context, name)).iter().enumerate() {
        let name = if index == 0 { "results".to_owned() } else { format!("results_{}", index + 1) };
        add(context, modules, &name, "What calls answer.", types);
    }
    let mut names = Names::modules();
    for (root, types) in homes(context, here) {
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
    let known = here.iter().copied().collect();
    let mut found = HashMap::new();
    for name in here.iter().copied().filter(|name| context.usage(name).role != Role::Result) {
        let home = home(context, &known, name, &mut found);
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
///
/// What is found of the types on the way is kept in `found`.
fn home<'t>(
    context: &Context<'_>,
    here: &HashSet<&'t str>,
    name: &'t str,
    found: &mut HashMap<&'t str, Option<&'t str>>,
) -> &'t str {
    let mut way = Vec::new();
    let mut last = name;
    let home = loop {
        match found.get(last) {
            Some(known) => break *known,
            None => found.insert(last, None),
        };
        way.push(last);
        let usage = context.usage(last);
        let holder = match usage.holders.as_slice() {
            [only] if usage.role == Role::Inner => here.get(only.as_str()).copied(),
            _ => None,
        };
        match holder.filter(|holder| context.usage(holder).role != Role::Result) {
            Some(holder) => last = holder,
            None => break Some(last),
        }
    };
    // Types that hold each other in a circle, and what only those hold, are at home in themselves.
    found.extend(way.into_iter().map(|name| (name, home)));
    home.unwrap_or(name)
}
