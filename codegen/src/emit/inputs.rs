//! Emits constructors and setters for records in requests. `new` takes the required fields, and each optional field has a setter.

use std::collections::HashMap;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::docs;
use super::records::{is_optional, is_present};
use super::scope::Scope;
use crate::model::api::{Field, Struct, Type, Use};

pub(super) fn implementation(name: &Ident, record: &Struct, usage: &Use, scope: &Scope<'_>) -> TokenStream {
    let constructor = constructor(record, usage, scope);
    let is_settable = |field: &&Field| !field.required && !field.read_only;
    let setters = record.fields.iter().filter(is_settable).map(|field| setter(field, scope));
    quote! { impl #name { #constructor #(#setters)* } }
}

/// Returns the fields that are arguments of `new`, in order.
pub(crate) fn arguments(record: &Struct) -> impl Iterator<Item = &Field> {
    let fields: HashMap<&str, &Field> = record.fields.iter().map(|field| (field.name.as_str(), field)).collect();
    let required = record.required.iter().filter_map(move |name| fields.get(name.as_str()).copied());
    required.filter(|field| !field.read_only)
}

fn constructor(record: &Struct, usage: &Use, scope: &Scope<'_>) -> TokenStream {
    if arguments(record).next().is_none() {
        let doc = docs::outer("Creates a value with all fields unset.");
        return quote! { #doc pub fn new() -> Self { Default::default() } };
    }
    let doc = docs::outer("Creates a value from its required fields.");
    let parameters = arguments(record).map(|field| {
        let (name, ty) = (format_ident!("{}", field.name), parameter(&field.ty, scope));
        quote! { #name: #ty }
    });
    let fields = record.fields.iter().filter(|field| is_present(field, usage)).map(|field| {
        let name = format_ident!("{}", field.name);
        let value = match &field.ty {
            _ if field.flatten => {
                let map = scope.import("std::collections", "BTreeMap");
                quote! { #map::new() }
            }
            _ if !field.required || field.read_only => quote! { None },
            ty if is_optional(field, usage) => {
                let value = converted(ty, &quote! { #name });
                quote! { Some(#value) }
            }
            ty if is_plain(ty) => return quote! { #name },
            ty => converted(ty, &quote! { #name }),
        };
        quote! { #name: #value }
    });
    quote! { #doc pub fn new(#(#parameters),*) -> Self { Self { #(#fields),* } } }
}

fn setter(field: &Field, scope: &Scope<'_>) -> TokenStream {
    let (head, name) = (docs::of_field(field), format_ident!("{}", field.name));
    let (ty, value) = (parameter(&field.ty, scope), converted(&field.ty, &quote! { value }));
    let value = if field.flatten {
        value
    } else {
        quote! { Some(#value) }
    };
    quote! { #head pub fn #name(mut self, value: #ty) -> Self { self.#name = #value; self } }
}

/// Returns whether a parameter has the same type as its field.
fn is_plain(ty: &Type) -> bool {
    matches!(ty, Type::Integer | Type::Boolean | Type::Date)
}

/// Returns the type of the parameter that sets a field of the given type.
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

/// Converts a parameter to the value of its field.
fn converted(ty: &Type, value: &TokenStream) -> TokenStream {
    match ty {
        ty if is_plain(ty) => value.clone(),
        Type::Boxed(inner) => {
            let inner = converted(inner, value);
            quote! { Box::new(#inner) }
        }
        Type::List(_) => quote! { #value.into_iter().map(Into::into).collect() },
        Type::Map(_) => quote! { #value.into_iter().map(|(key, value)| (key.into(), value.into())).collect() },
        _ => quote! { #value.into() },
    }
}
