//! Folders of generated files. The result types of a resource share `results.rs`; every other type has its own file.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::scope::Scope;
use super::{Context, Module, docs, records};
use crate::model::api::{Role, TypeItem, Use};
use crate::model::names::{self, Names};

/// The folder for types shared by several resources.
pub(super) const SHARED: &str = "shared";

/// Returns the folder of a type, or `None` if neither requests nor responses contain the type.
pub(crate) fn folder_of(usage: &Use) -> Option<&str> {
    match usage.resources.as_slice() {
        [] => None,
        [only] => Some(only),
        _ => Some(SHARED),
    }
}

/// A module that re-exports the items of its private submodules, each of which is one file.
#[derive(Debug)]
pub(super) struct Folder {
    name: String,
    doc: TokenStream,
    files: Vec<(String, TokenStream)>,
}

impl Folder {
    pub(super) fn new(name: &str, doc: &str) -> Self {
        Self { name: name.to_owned(), doc: docs::inner(doc), files: Vec::new() }
    }

    pub(super) fn add(&mut self, name: &str, tokens: TokenStream) {
        self.files.push((name.to_owned(), tokens));
    }

    /// Adds the types that belong in this folder.
    pub(super) fn add_types(&mut self, context: &Context<'_>) {
        let types = context.folders.get(self.name.as_str()).into_iter().flatten().copied();
        let (results, others): (Vec<_>, Vec<_>) =
            types.partition(|item| context.usage(&item.name).role == Role::Result);
        if !results.is_empty() {
            let mut results: HashMap<_, _> = results.into_iter().map(|item| (item.name.as_str(), item)).collect();
            let operations = context.api.operations().map(|(_, operation)| operation);
            let in_order = operations.filter_map(|operation| results.remove(operation.output.name.as_str()));
            let (doc, declarations) =
                (docs::inner("The result types of the methods."), declarations(context, in_order));
            self.add("results", quote! { #doc #declarations });
        }
        let mut names = Names::modules();
        for item in others {
            self.add(&names.give(&names::snake(&item.name)), declarations(context, [item]));
        }
    }

    pub(super) fn finish(mut self) -> Vec<Module> {
        self.files.sort_by(|(one, _), (other, _)| one.cmp(other));
        let doc = self.doc;
        let names: Vec<_> = self.files.iter().map(|(name, _)| format_ident!("{name}")).collect();
        let parent = ("mod".to_owned(), quote! { #doc #(mod #names;)* #(pub use #names::*;)* });
        let files = std::iter::once(parent).chain(self.files);
        files.map(|(name, tokens)| Module { path: format!("{}/{name}.rs", self.name), tokens }).collect()
    }
}

/// Emits the declarations of a file, preceded by their imports.
fn declarations<'a>(context: &Context<'_>, items: impl IntoIterator<Item = &'a TypeItem>) -> TokenStream {
    let items: Vec<_> = items.into_iter().collect();
    let scope = Scope::new(context.home, items.iter().map(|item| item.name.as_str()));
    let declarations = items.iter().map(|item| records::declaration(context, item, &scope));
    let declarations = quote! { #(#declarations)* };
    let imports = scope.imports();
    quote! { #imports #declarations }
}
