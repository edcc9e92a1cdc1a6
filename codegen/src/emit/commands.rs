//! Emits the table of commands: the operations with their arguments, as data for the command-line program.

mod command_line;
mod result_fields;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use heck::ToKebabCase;
use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote};

use self::command_line::command_line;
use self::table::Table;
use super::folder::SHARED;
use super::{Context, Module, docs, samples};
use crate::model::api::{Api, Field, Operation, Type, TypeItem};
use crate::model::names::singular;

/// Returns a command line that calls each operation, by `operationId`.
#[must_use]
pub fn command_lines(api: &Api, types: &[TypeItem]) -> BTreeMap<String, String> {
    let context = Context::new("crate::types", api, types);
    let line =
        |(resource, operation): (&_, &Operation)| (operation.id.clone(), command_line(&context, resource, operation));
    api.operations().map(line).collect()
}

/// Emits the table as modules of the command-line program: one for each resource, and one for what several resources share.
#[must_use]
pub fn emit_commands(api: &Api, types: &[TypeItem]) -> Vec<Module> {
    let mut table = Table::new(Context::new("crate::types", api, types));
    // The first pass finds the fields that occur more than once. In the second one, each of them is a constant.
    table.emit(api);
    table.name_repeated_fields();
    let files = table.emit(api);
    let modules: Vec<_> = files.keys().map(|name| format_ident!("{name}")).collect();
    let resources = api.resources.iter().map(|resource| format_ident!("{}", resource.module));
    let doc = docs::inner("The operations of the API with their arguments, generated from the OpenAPI description.");
    let root = quote! {
        #doc
        #(mod #modules;)*
        mod webhooks;

        pub(crate) use webhooks::WEBHOOKS;
        pub(crate) static RESOURCES: &[&crate::operation::Resource] = &[#(&#resources::RESOURCE),*];
    };
    let root = Module { path: "mod.rs".to_owned(), tokens: root };
    let module = |(name, tokens): (&str, TokenStream)| {
        let doc = match name {
            SHARED => "The fields that occur more than once, and the types of several resources.".to_owned(),
            name => format!("The operations of `{}`, and the types that only they use.", name.to_kebab_case()),
        };
        let (doc, imports) = (docs::inner(&doc), imports(&tokens));
        Module { path: format!("{name}.rs"), tokens: quote! { #doc #imports #tokens } }
    };
    std::iter::once(root).chain(files.into_iter().map(module)).collect()
}

/// Emits the table of webhooks, with their sample payloads, as another module of the program.
#[must_use]
pub fn emit_webhook_commands(webhooks: &Api, types: &[TypeItem]) -> Module {
    let context = Context::new("crate::types", webhooks, types);
    let events = webhooks.events.iter().map(|event| {
        let kind = &event.kind;
        let about = event.summary.as_deref().map_or_else(|| format!("The webhook `{kind}`."), docs::sentence);
        let sample = samples::sample(&context, &event.payload).to_string();
        let answer = match &event.answer {
            Some(answer) => {
                let answer = samples::sample(&context, &answer.name).to_string();
                quote! { Some(#answer) }
            }
            None => quote! { None },
        };
        quote! { Webhook { kind: #kind, about: #about, sample: #sample, answer: #answer } }
    });
    let doc = docs::inner("The webhooks, with a sample payload of each.");
    let tokens = quote! {
        #doc
        use crate::operation::Webhook;

        pub(crate) static WEBHOOKS: &[Webhook] = &[#(#events),*];
    };
    Module { path: "webhooks.rs".to_owned(), tokens }
}

/// Returns the imports of the types in `crate::operation` that the tokens mention.
fn imports(tokens: &TokenStream) -> TokenStream {
    const TYPES: [&str; 9] =
        ["Body", "Field", "File", "Kind", "KnownValue", "Object", "Operation", "Resource", "Tagged"];
    let mut mentioned = BTreeSet::new();
    idents(tokens.clone(), &mut mentioned);
    let imported = TYPES.iter().filter(|name| mentioned.contains(**name)).map(|name| format_ident!("{name}"));
    quote! { use crate::operation::{#(#imported),*}; }
}

fn idents(tokens: TokenStream, found: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => idents(group.stream(), found),
            TokenTree::Ident(ident) => _ = found.insert(ident.to_string()),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// Returns the name of the option that sets a field. Each use of the option for a list adds an item, so its name is singular.
fn flag(field: &Field, siblings: &[Field]) -> String {
    let name = field.name.trim_end_matches('_');
    let is_repeated = matches!(field.ty, Type::List(_) | Type::Map(_));
    let singular = is_repeated.then(|| singular(name)).filter(|it| siblings.iter().all(|other| other.name != *it));
    singular.as_deref().unwrap_or(name).to_kebab_case()
}

/// Returns whether a caller can set the field.
fn is_settable(field: &Field) -> bool {
    !field.read_only && !field.flatten && !field.wire.is_empty()
}
