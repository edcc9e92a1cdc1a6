//! Emits the generated code as modules: one folder per resource, one for types shared by several resources, and one for the
//! webhooks.
//!
//! Generated code consists only of declarations, setters and single-expression methods. All logic is in hand-written code.

mod by_status;
mod commands;
mod context;
mod docs;
mod enums;
pub(crate) mod examples;
mod features;
mod folder;
mod inputs;
mod methods;
pub mod print;
mod reasons;
mod records;
mod samples;
mod scope;
mod table;
mod unions;
mod webhooks;

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use self::context::Context;
use self::folder::{Folder, SHARED};
use crate::model::api::{Api, Operation, TypeItem};
pub use commands::{command_lines, emit_commands, emit_webhook_commands};
pub use features::features;
pub(crate) use folder::folder_of;
pub(crate) use inputs::arguments;
pub(crate) use records::is_optional;
pub use table::emit_table;
pub use webhooks::emit_webhooks;

/// A module of generated code.
#[derive(Clone, Debug)]
pub struct Module {
    /// The path of the module's file, relative to the folder of generated code and with forward slashes.
    pub path: String,
    /// The contents of the module.
    pub tokens: TokenStream,
}

/// Emits the modules for an API.
#[must_use]
pub fn emit(api: &Api, types: Vec<TypeItem>) -> Vec<Module> {
    let context = Context::new("crate::types", api, &types);
    let has_shared = context.folders.contains_key(SHARED);
    let mut modules = vec![root(api, has_shared)];
    for resource in &api.resources {
        let mut folder = Folder::new(&resource.module, &docs::of_resource(resource));
        folder.add("methods", methods::emit(&context, resource));
        folder.add_types(&context);
        modules.extend(folder.finish());
    }
    if has_shared {
        let mut shared = Folder::new(SHARED, "Types shared by several resources.");
        shared.add_types(&context);
        modules.extend(shared.finish());
    }
    modules
}

/// Returns the Rust code of a call of each operation, by `operationId`.
#[must_use]
pub fn samples_of_calls(api: &Api, types: &[TypeItem]) -> BTreeMap<String, String> {
    let context = Context::new("crate::types", api, types);
    let sample = |(resource, operation): (&_, &Operation)| {
        (operation.id.clone(), examples::sample(&context, resource, operation))
    };
    api.operations().map(sample).collect()
}

fn root(api: &Api, has_shared: bool) -> Module {
    let doc = docs::inner("The API's resources and types, generated from the OpenAPI description.");
    let resources: Vec<_> = api.resources.iter().map(|resource| &resource.module).collect();
    let modules: Vec<_> = resources.iter().map(|name| format_ident!("{name}")).collect();
    let shared: Vec<_> = has_shared.then(|| format_ident!("{SHARED}")).into_iter().collect();
    let reasons = reasons::emit(api);
    let operations = api.operations().map(|(resource, operation)| {
        let feature = &resource.module;
        let (module, constant) = (format_ident!("{feature}"), format_ident!("{}", operation.constant));
        quote! { #[cfg(feature = #feature)] &#module::#constant }
    });
    let types_doc = docs::outer("The types of all enabled resources.");
    Module {
        path: "mod.rs".to_owned(),
        tokens: quote! {
            #doc
            #![allow(deprecated, reason = "deprecated items of the API are declared and used here")]
            #[cfg(feature = "webhooks")]
            pub(crate) mod webhooks;
            #(#[cfg(feature = #resources)] pub mod #modules;)*
            #(pub mod #shared;)*
            #reasons
            pub(crate) static OPERATIONS: &[&crate::operation::Operation] = &[#(#operations),*];
            #types_doc
            pub mod types {
                #(pub use super::#shared::*;)*
                #(#[cfg(feature = #resources)] pub use super::#modules::*;)*
            }
        },
    }
}
