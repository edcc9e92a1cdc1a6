//! Converts types to Rust tokens, and collects the imports needed in a file.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::model::api::Type;

/// The names declared or imported in a file.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    /// The path from which the file imports the types of the API.
    home: &'static str,
    /// The types declared in the file itself.
    own: BTreeSet<&'a str>,
    /// The imported names, keyed by path.
    imports: RefCell<BTreeMap<String, BTreeSet<String>>>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(home: &'static str, own: impl IntoIterator<Item = &'a str>) -> Self {
        Self { home, own: own.into_iter().collect(), imports: RefCell::default() }
    }

    /// Imports a name and returns it as an identifier.
    pub(super) fn import(&self, path: &str, name: &str) -> Ident {
        self.imports.borrow_mut().entry(path.to_owned()).or_default().insert(name.to_owned());
        format_ident!("{name}")
    }

    /// Returns the identifier of an API type, and imports the type unless it is declared in this file.
    pub(super) fn named(&self, name: &str) -> Ident {
        if self.own.contains(name) { format_ident!("{name}") } else { self.import(self.home, name) }
    }

    pub(super) fn ty(&self, ty: &Type) -> TokenStream {
        let name = match ty {
            Type::Text => format_ident!("String"),
            Type::Integer => format_ident!("i64"),
            Type::Boolean => format_ident!("bool"),
            Type::Decimal => self.import("rust_decimal", "Decimal"),
            Type::Date => self.import("chrono", "NaiveDate"),
            Type::DateTime => self.import("chrono", "DateTime"),
            Type::Period => self.import("crate", "Period"),
            Type::Json => self.import("serde_json", "Value"),
            Type::List(_) => format_ident!("Vec"),
            Type::Map(_) => self.import("std::collections", "BTreeMap"),
            Type::Boxed(_) => format_ident!("Box"),
            Type::Optional(_) => format_ident!("Option"),
            Type::Named(name) => self.named(name),
        };
        match ty {
            Type::DateTime => {
                let offset = self.import("chrono", "FixedOffset");
                quote! { #name<#offset> }
            }
            Type::Map(value) => {
                let value = self.ty(value);
                quote! { #name<String, #value> }
            }
            Type::List(inner) | Type::Boxed(inner) | Type::Optional(inner) => {
                let inner = self.ty(inner);
                quote! { #name<#inner> }
            }
            _ => quote! { #name },
        }
    }

    /// Returns the imports of all names used so far.
    pub(super) fn imports(&self) -> TokenStream {
        // Each line consists only of identifiers and punctuation, so parsing never fails.
        self.lines().iter().flat_map(|line| line.parse::<TokenStream>()).collect()
    }

    /// Returns the `use` declarations as text, one line per path.
    pub(super) fn lines(&self) -> Vec<String> {
        let imports = self.imports.borrow();
        let lines = imports.iter().map(|(path, names)| {
            let list = names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            if names.len() == 1 { format!("use {path}::{list};") } else { format!("use {path}::{{{list}}};") }
        });
        lines.collect()
    }
}
