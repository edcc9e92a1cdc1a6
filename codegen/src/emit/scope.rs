//! Types in Rust's words, and the imports that a module needs for them.

use std::cell::RefCell;
use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::model::api::Type;

/// Where the types of the API are found.
pub(super) const TYPES: &str = "crate::types";

/// What a module mentions and where it comes from.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    /// The path that all types of the document are found under.
    home: &'static str,
    /// The types that the module declares itself.
    own: BTreeSet<&'a str>,
    used: RefCell<BTreeSet<(String, String)>>,
}

/// The scope of a module of the API that declares no types.
impl Default for Scope<'_> {
    fn default() -> Self {
        Self::new(TYPES, [])
    }
}

impl<'a> Scope<'a> {
    /// The scope of a module that declares these types, and finds the others under that path.
    pub(super) fn new(home: &'static str, own: impl IntoIterator<Item = &'a str>) -> Self {
        Self { home, own: own.into_iter().collect(), used: RefCell::default() }
    }

    /// Something by its short name, imported from a path.
    pub(super) fn import(&self, path: &str, name: &str) -> Ident {
        self.used.borrow_mut().insert((path.to_owned(), name.to_owned()));
        format_ident!("{name}")
    }

    /// A type of the API by its name.
    pub(super) fn named(&self, name: &str) -> Ident {
        if self.own.contains(name) { format_ident!("{name}") } else { self.import(self.home, name) }
    }

    /// A type.
    pub(super) fn ty(&self, ty: &Type) -> TokenStream {
        match ty {
            Type::Text => quote! { String },
            Type::Integer => quote! { i64 },
            Type::Boolean => quote! { bool },
            Type::Decimal => {
                let name = self.import("rust_decimal", "Decimal");
                quote! { #name }
            }
            Type::Date => {
                let name = self.import("chrono", "NaiveDate");
                quote! { #name }
            }
            Type::DateTime => {
                let (time, offset) = (self.import("chrono", "DateTime"), self.import("chrono", "FixedOffset"));
                quote! { #time<#offset> }
            }
            Type::Json => {
                let name = self.import("serde_json", "Value");
                quote! { #name }
            }
            Type::List(item) => {
                let item = self.ty(item);
                quote! { Vec<#item> }
            }
            Type::Map(value) => {
                let (map, value) = (self.import("std::collections", "BTreeMap"), self.ty(value));
                quote! { #map<String, #value> }
            }
            Type::Boxed(inner) => {
                let inner = self.ty(inner);
                quote! { Box<#inner> }
            }
            Type::Optional(inner) => {
                let inner = self.ty(inner);
                quote! { Option<#inner> }
            }
            Type::Named(name) => {
                let name = self.named(name);
                quote! { #name }
            }
        }
    }

    /// The imports of the module.
    pub(super) fn imports(&self) -> TokenStream {
        let used = self.used.borrow();
        let paths: BTreeSet<_> = used.iter().map(|(path, _)| path).collect();
        let uses = paths.into_iter().map(|path| {
            let parts = path.split("::").map(|part| format_ident!("{part}"));
            let names: Vec<_> =
                used.iter().filter(|(of, _)| of == path).map(|(_, name)| format_ident!("{name}")).collect();
            match names.as_slice() {
                [only] => quote! { use #(#parts)::*::#only; },
                names => quote! { use #(#parts)::*::{#(#names),*}; },
            }
        });
        quote! { #(#uses)* }
    }
}
