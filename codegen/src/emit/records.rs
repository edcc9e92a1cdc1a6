//! Emits records as structs with serde attributes.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::scope::Scope;
use super::{Context, by_status, docs, enums, inputs, unions};
use crate::model::api::{Field, Paging, Struct, Type, TypeItem, TypeKind, Use};

/// Emits the declaration of a type and its implementations.
pub(super) fn declaration(context: &Context<'_>, item: &TypeItem, scope: &Scope<'_>) -> TokenStream {
    match &item.kind {
        TypeKind::Enum(variants) => enums::open(context, item, variants, scope),
        TypeKind::Tagged(tagged) => enums::tagged(context, item, tagged, scope),
        TypeKind::Union(union) => unions::declaration(context, item, union, scope),
        TypeKind::ByStatus(variants) => by_status::declaration(context, item, variants, scope),
        TypeKind::Struct(record) => structure(context, item, record, scope),
    }
}

fn structure(context: &Context<'_>, item: &TypeItem, record: &Struct, scope: &Scope<'_>) -> TokenStream {
    let usage = context.usage(&item.name);
    let (head, name) = (docs::of_type(context, item), format_ident!("{}", item.name));
    // Payloads implement `Default`, so that tests of webhook handlers can create them.
    let is_creatable = inputs::arguments(record).next().is_none() && (usage.request || !context.api.events.is_empty());
    let derives = derives(usage, is_creatable || context.may_be_missing(&item.name));
    let transparent = record.transparent.then(|| quote! { #[serde(transparent)] });
    let constant = constant(record, usage);
    let must_use = usage.request.then(|| quote! { #[must_use] });
    let fields = record.fields.iter().filter(|field| is_present(field, usage)).map(|field| {
        let (head, name, ty) = (docs::of_field(field), format_ident!("{}", field.name), scope.ty(&field.ty));
        let ty = if is_optional(field, usage) {
            quote! { Option<#ty> }
        } else {
            ty
        };
        let attributes = attributes(field, usage, record.transparent);
        quote! { #head #attributes pub #name: #ty }
    });
    let methods = usage.request.then(|| inputs::implementation(&name, record, usage, scope));
    let page = context.returning(&item.name).find_map(|operation| operation.paging.as_ref());
    let page = page.map(|paging| page_of(&item.name, record, usage, paging, scope));
    quote! {
        #head
        #derives
        #transparent
        #constant
        #[non_exhaustive]
        #must_use
        pub struct #name { #(#fields),* }
        #methods
        #page
    }
}

/// Emits the attribute that serializes the constant property of a struct.
fn constant(record: &Struct, usage: &Use) -> Option<TokenStream> {
    let (tag, value) = record.constant.as_ref()?;
    let attribute = quote! { serde(tag = #tag, rename = #value) };
    Some(if usage.request {
        quote! { #[#attribute] }
    } else {
        quote! { #[cfg_attr(feature = "serialize", #attribute)] }
    })
}

/// Returns whether the struct contains this field. A struct used only in requests has no read-only fields, and one used only in
/// responses has no write-only fields.
pub(super) fn is_present(field: &Field, usage: &Use) -> bool {
    (usage.response || !field.read_only) && (usage.request || !field.write_only)
}

/// Emits the `Page` implementation for a result type that is one page of a listing.
fn page_of(name: &str, record: &Struct, usage: &Use, paging: &Paging, scope: &Scope<'_>) -> TokenStream {
    let (page, name, item) = (scope.import("crate", "Page"), format_ident!("{name}"), scope.ty(&paging.item));
    let field = record.fields.iter().find(|field| field.name == paging.items);
    let default = field.filter(|field| is_optional(field, usage)).map(|_| quote! { .unwrap_or_default() });
    let items = format_ident!("{}", paging.items);
    let total = paging.total.as_ref().map_or_else(
        || quote! { None },
        |total| {
            let total = format_ident!("{total}");
            quote! { self.#total }
        },
    );
    quote! {
        impl #page for #name {
            type Item = #item;
            fn into_parts(self) -> (Vec<#item>, Option<i64>) { (self.#items #default, #total) }
        }
    }
}

/// Emits the derived traits. Serialization of responses and deserialization of requests require the `serialize` feature.
pub(super) fn derives(usage: &Use, with_default: bool) -> TokenStream {
    let default = with_default.then(|| quote! { Default, });
    let (read, write) = (quote! { serde::Deserialize }, quote! { serde::Serialize });
    let (always, by_feature) = match (usage.request, usage.response) {
        (true, true) => return quote! { #[derive(Clone, Debug, #default PartialEq, #read, #write)] },
        (true, false) => (write, read),
        (false, _) => (read, write),
    };
    quote! {
        #[derive(Clone, Debug, #default PartialEq, #always)]
        #[cfg_attr(feature = "serialize", derive(#by_feature))]
    }
}

/// Returns whether a field is an `Option`.
pub(crate) fn is_optional(field: &Field, usage: &Use) -> bool {
    match field.ty {
        _ if field.flatten => false,
        _ if usage.request && (field.read_only || (field.write_only && usage.response)) => true,
        _ if usage.request => !field.required,
        Type::List(_) | Type::Map(_) => false,
        Type::Json => true,
        _ => !field.required || field.nullable || field.empty_is_null,
    }
}

/// Emits the serde attribute of a field.
fn attributes(field: &Field, usage: &Use, is_transparent: bool) -> Option<TokenStream> {
    let is_optional = is_optional(field, usage);
    let (has_default, reader) = reader(field, usage, is_optional);
    let mut parts = Vec::new();
    if field.flatten {
        parts.push(quote! { flatten });
    } else if field.name != field.wire && !is_transparent {
        let wire = &field.wire;
        parts.push(quote! { rename = #wire });
    }
    if has_default && !is_transparent {
        parts.push(quote! { default });
    }
    if is_optional && usage.request {
        parts.push(quote! { skip_serializing_if = "Option::is_none" });
    }
    parts.extend(reader);
    (!parts.is_empty()).then(|| quote! { #[serde(#(#parts),*)] })
}

/// Returns whether a field needs serde's `default` attribute. Also returns the `with` or `deserialize_with` attribute, if the field
/// is decoded by a function in `crate::decode`.
fn reader(field: &Field, usage: &Use, is_optional: bool) -> (bool, Option<TokenStream>) {
    let read_by = |name: &str| Some(format!("crate::decode::{name}")).map(|path| quote! { deserialize_with = #path });
    let is_id = field.format.as_deref() == Some("id");
    match &field.ty {
        Type::Map(value) if field.flatten && **value == Type::Text && usage.response => (false, read_by("other_texts")),
        _ if field.flatten => (false, None),
        Type::Decimal if is_optional => (true, Some(quote! { with = "crate::decode::decimal::option" })),
        Type::Decimal => (false, Some(quote! { with = "crate::decode::decimal" })),
        Type::Text if is_id && is_optional => (true, read_by("optional_id")),
        Type::Text if is_id => (false, read_by("id")),
        Type::Integer if is_optional => (true, read_by("optional_integer")),
        Type::Integer => (false, read_by("integer")),
        // The functions below tolerate deviations in API responses, so they are not needed for types that occur only in requests.
        _ if !usage.response => (false, None),
        Type::Named(_) | Type::Boxed(_) if field.empty_is_null && is_optional => (true, read_by("empty_as_none")),
        _ if is_optional => (false, None),
        Type::Map(value) if **value == Type::Integer => (true, read_by("integer_map")),
        Type::Map(value) if **value == Type::Text => (true, read_by("text_map")),
        Type::Map(_) => (true, read_by("map")),
        Type::List(_) => (true, read_by("null_as_default")),
        _ => (false, None),
    }
}
