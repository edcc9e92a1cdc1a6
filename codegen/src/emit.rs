//! From the API as data to modules of Rust: one folder for each resource, one for what several of them share.
//!
//! What is written are declarations, setters and methods of one expression. Whatever could live in the runtime does.

mod docs;
mod events;
mod examples;
mod features;
mod files;
mod heights;
mod inputs;
mod methods;
pub mod print;
mod records;
mod samples;
mod scope;
mod tables;
mod variants;

use std::collections::{BTreeMap, HashMap};

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::model::api::{Api, Operation, Resource, Role, Shape, TypeItem, Use};
pub use events::emit_webhooks;
pub use features::features;
pub(crate) use files::folder_of;
pub(crate) use records::is_optional;
use scope::Scope;
pub use tables::emit_table;

/// A module of generated code.
#[derive(Clone, Debug)]
pub struct Module {
    /// The path of its file below the folder of generated code, with slashes.
    pub path: String,
    /// What is in it.
    pub tokens: TokenStream,
}

/// What every writer may look at.
#[derive(Debug)]
struct Context<'a> {
    /// Where the types are found.
    home: &'static str,
    api: &'a Api,
    types: BTreeMap<&'a str, &'a TypeItem>,
    /// The names of the types of each folder, in their order.
    folders: BTreeMap<&'a str, Vec<&'a str>>,
    /// The operations that use a type as argument or as result, by its name.
    operations: HashMap<&'a str, Vec<&'a Operation>>,
}

impl<'a> Context<'a> {
    fn new(home: &'static str, api: &'a Api, types: &'a [TypeItem]) -> Self {
        let mut context = Self {
            home,
            api,
            types: types.iter().map(|item| (item.name.as_str(), item)).collect(),
            folders: BTreeMap::new(),
            operations: HashMap::new(),
        };
        for name in context.types.keys().copied() {
            if let Some(folder) = folder_of(context.usage(name)) {
                context.folders.entry(folder).or_default().push(name);
            }
        }
        for operation in context.operations() {
            let inputs = operation.query.as_deref().into_iter().chain(operation.body.type_name());
            for name in inputs.chain([operation.output.name.as_str()]) {
                context.operations.entry(name).or_default().push(operation);
            }
        }
        context
    }

    fn usage(&self, name: &str) -> &'a Use {
        static NONE: Use =
            Use { request: false, response: false, resources: Vec::new(), holders: Vec::new(), role: Role::Inner };
        self.api.uses.get(name).unwrap_or(&NONE)
    }

    fn operations(&self) -> impl Iterator<Item = &'a Operation> + use<'a> {
        self.api.resources.iter().flat_map(|resource| &resource.operations)
    }

    /// The operations that are answered with a type, of which several may be listings.
    fn answered_with(&self, name: &str) -> impl Iterator<Item = &'a Operation> {
        self.operations.get(name).into_iter().flatten().copied().filter(move |operation| operation.output.name == name)
    }

    /// The operations that use a type in a role.
    fn operations_of(&self, name: &str, role: Role) -> Vec<&'a Operation> {
        let uses = |operation: &&Operation| match role {
            Role::Inner => false,
            Role::Result => operation.output.name == name,
            Role::Input => operation.query.as_deref() == Some(name) || operation.body.type_name() == Some(name),
        };
        self.operations.get(name).into_iter().flatten().copied().filter(uses).collect()
    }
}

/// Writes the modules of an API.
#[must_use]
pub fn emit(api: &Api, types: Vec<TypeItem>) -> Vec<Module> {
    let context = Context::new(scope::TYPES, api, &types);
    let mut modules = Vec::new();
    for resource in &api.resources {
        let mut folder = Folder::new(&resource.module, resource_doc(resource));
        methods::write(&context, resource, &mut folder);
        files::write(&context, &resource.module, &mut folder);
        modules.extend(folder.finish());
    }
    let mut folder = Folder::new(files::SHARED, "Types that several resources use.".to_owned());
    files::write(&context, files::SHARED, &mut folder);
    let shared = !folder.children.is_empty();
    if shared {
        modules.extend(folder.finish());
    }
    modules.insert(0, root(&context, shared));
    modules
}

/// A folder of modules, of which each gives away what it has.
#[derive(Debug)]
struct Folder {
    name: String,
    doc: String,
    children: Vec<(String, Given, TokenStream)>,
}

/// What a module gives away to the one above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    /// All that it declares.
    All,
    /// Nothing: it only adds methods to a type of another.
    Nothing,
}

impl Folder {
    fn new(name: &str, doc: String) -> Self {
        Self { name: name.to_owned(), doc, children: Vec::new() }
    }

    /// Adds a module with what it has to import.
    fn add(&mut self, given: Given, name: &str, doc: &str, scope: &Scope<'_>, items: &TokenStream) {
        let doc = docs::inner(doc);
        let imports = scope.imports();
        self.children.push((name.to_owned(), given, quote! { #doc #imports #items }));
    }

    fn finish(mut self) -> Vec<Module> {
        self.children.sort_by(|one, other| one.0.cmp(&other.0));
        let doc = docs::inner(&self.doc);
        let names = self.children.iter().map(|(name, ..)| format_ident!("{name}"));
        let given = self.children.iter().filter(|(_, given, _)| *given == Given::All);
        let given = given.map(|(name, ..)| format_ident!("{name}"));
        let tokens = quote! { #doc #(mod #names;)* #(pub use #given::*;)* };
        let parent = Module { path: format!("{}/mod.rs", self.name), tokens };
        let path = |name: &str| format!("{}/{name}.rs", self.name);
        let children =
            self.children.iter().map(|(name, _, tokens)| Module { path: path(name), tokens: tokens.clone() });
        std::iter::once(parent).chain(children).collect()
    }
}

fn root(context: &Context<'_>, shared: bool) -> Module {
    let doc = docs::inner("The API's resources and types, as its description has them.");
    let resources: Vec<_> = context.api.resources.iter().map(|resource| &resource.module).collect();
    let modules: Vec<_> = resources.iter().map(|name| format_ident!("{name}")).collect();
    let deprecated = context.operations().any(|operation| operation.deprecated)
        || context.types.values().any(|item| mentions_deprecated(item));
    let allow = deprecated.then(|| {
        quote! {
            #![allow(deprecated, reason = "what the API calls deprecated is still declared, set and read here")]
        }
    });
    let shared: Vec<_> = shared.then(|| format_ident!("{}", files::SHARED)).into_iter().collect();
    let types_doc = docs::outer("All types of the API, under one roof.");
    Module {
        path: "mod.rs".to_owned(),
        tokens: quote! {
            #doc
            #allow
            #[cfg(feature = "webhooks")]
            pub(crate) mod webhooks;
            #(#[cfg(feature = #resources)] pub mod #modules;)*
            #(pub mod #shared;)*
            #types_doc
            pub mod types {
                #(pub use super::#shared::*;)*
                #(#[cfg(feature = #resources)] pub use super::#modules::*;)*
            }
        },
    }
}

fn resource_doc(resource: &Resource) -> String {
    let rule = || format!("{}: calls and types.", docs::capitalized(&crate::model::names::spoken(&resource.module)));
    resource.doc.clone().unwrap_or_else(rule)
}

fn mentions_deprecated(item: &TypeItem) -> bool {
    let in_fields = matches!(&item.shape, Shape::Record(record) if record.fields.iter().any(|field| field.deprecated));
    item.deprecated || in_fields
}
