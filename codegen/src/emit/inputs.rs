//! What makes a record an input: `new` for the required fields, and a setter for each of the others.

use std::collections::{HashMap, HashSet};

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::docs;
use super::scope::Scope;
use crate::model::api::{Field, Record, Type};

/// The setters of an input, with whatever else stands beside them.
pub(super) fn implementation(name: &Ident, record: &Record, first: &TokenStream, scope: &Scope<'_>) -> TokenStream {
    let required = required(record);
    let optional = record.fields.iter().filter(|field| !required.contains(field.name.as_str()));
    let setters = optional.map(|field| setter(field, scope));
    quote! { impl #name { #first #(#setters)* } }
}

/// The fields that `new` takes, in the order of its arguments.
pub(super) fn arguments(record: &Record) -> impl Iterator<Item = &Field> {
    let fields: HashMap<&str, &Field> = record.fields.iter().map(|field| (field.name.as_str(), field)).collect();
    record.required.iter().filter_map(move |name| fields.get(name.as_str()).copied())
}

fn required(record: &Record) -> HashSet<&str> {
    record.required.iter().map(String::as_str).collect()
}

/// The constructor of an input.
pub(super) fn constructor(record: &Record, scope: &Scope<'_>) -> TokenStream {
    if record.required.is_empty() {
        let doc = docs::outer("With no field set.");
        return quote! { #doc pub fn new() -> Self { Default::default() } };
    }
    let doc = docs::outer("With the required fields.");
    let parameters = arguments(record).map(|field| {
        let (name, ty) = (format_ident!("{}", field.name), parameter(&field.ty, scope));
        quote! { #name: #ty }
    });
    let required = required(record);
    let fields = record.fields.iter().map(|field| {
        let name = format_ident!("{}", field.name);
        let is_argument = required.contains(field.name.as_str());
        match () {
            () if is_argument && is_plain(&field.ty) => quote! { #name },
            () if is_argument => {
                let value = converted(&field.ty, &quote! { #name });
                quote! { #name: #value }
            }
            () if field.flatten => {
                let map = scope.import("std::collections", "BTreeMap");
                quote! { #name: #map::new() }
            }
            () => quote! { #name: None },
        }
    });
    quote! { #doc pub fn new(#(#parameters),*) -> Self { Self { #(#fields),* } } }
}

fn setter(field: &Field, scope: &Scope<'_>) -> TokenStream {
    let name = format_ident!("{}", field.name);
    let doc = docs::outer(&docs::of_field(field));
    let deprecated = field.deprecated.then(|| quote! { #[deprecated] });
    let ty = parameter(&field.ty, scope);
    let value = converted(&field.ty, &quote! { value });
    let value = if field.flatten {
        value
    } else {
        quote! { Some(#value) }
    };
    quote! { #doc #deprecated pub fn #name(mut self, value: #ty) -> Self { self.#name = #value; self } }
}

/// Whether an argument has the field's own type.
fn is_plain(ty: &Type) -> bool {
    matches!(ty, Type::Integer | Type::Boolean | Type::Date)
}

/// What an argument of that type may be.
fn parameter(ty: &Type, scope: &Scope<'_>) -> TokenStream {
    match ty {
        ty if is_plain(ty) => scope.ty(ty),
        Type::Boxed(inner) => parameter(inner, scope),
        Type::List(item) => {
            let item = scope.ty(item);
            quote! { impl IntoIterator<Item = impl Into<#item>> }
        }
        Type::Map(value) => {
            let value = scope.ty(value);
            quote! { impl IntoIterator<Item = (impl Into<String>, impl Into<#value>)> }
        }
        ty => {
            let ty = scope.ty(ty);
            quote! { impl Into<#ty> }
        }
    }
}

/// The field's value from such an argument.
fn converted(ty: &Type, value: &TokenStream) -> TokenStream {
    match ty {
        ty if is_plain(ty) => value.clone(),
        Type::Boxed(inner) => {
            let inner = converted(inner, value);
            quote! { Box::new(#inner) }
        }
        Type::List(_) => quote! { #value.into_iter().map(Into::into).collect() },
        Type::Map(_) => {
            quote! { #value.into_iter().map(|(key, value)| (key.into(), value.into())).collect() }
        }
        _ => quote! { #value.into() },
    }
}
