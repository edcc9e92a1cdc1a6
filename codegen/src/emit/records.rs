//! Emits records as structs.

use proc_macro2::{Ident, TokenStream};
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
    let transparent = record.transparent.then(|| for_serialization(usage, &quote! { serde(transparent) }));
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
    let deserialization = deserialization(&name, record, usage);
    quote! {
        #head
        #derives
        #transparent
        #constant
        #[non_exhaustive]
        #must_use
        pub struct #name { #(#fields),* }
        #deserialization
        #methods
        #page
    }
}

/// Emits the attribute that serializes the constant property of a struct.
fn constant(record: &Struct, usage: &Use) -> Option<TokenStream> {
    let (tag, value) = record.constant.as_ref()?;
    Some(for_serialization(usage, &quote! { serde(tag = #tag, rename = #value) }))
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

/// Emits the derived traits. Serialization of responses requires the `serialize` feature.
pub(super) fn derives(usage: &Use, with_default: bool) -> TokenStream {
    let default = with_default.then(|| quote! { Default, });
    if usage.request {
        quote! { #[derive(Clone, Debug, #default PartialEq, serde::Serialize)] }
    } else {
        quote! {
            #[derive(Clone, Debug, #default PartialEq)]
            #[cfg_attr(feature = "serialize", derive(serde::Serialize))]
        }
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

/// Emits the serde attribute of a field. It is for serialization only.
fn attributes(field: &Field, usage: &Use, is_transparent: bool) -> Option<TokenStream> {
    let is_optional = is_optional(field, usage);
    let mut parts = Vec::new();
    if field.flatten {
        parts.push(quote! { flatten });
    } else if field.name != field.wire && !is_transparent {
        let wire = &field.wire;
        parts.push(quote! { rename = #wire });
    }
    if is_optional && usage.request {
        parts.push(quote! { skip_serializing_if = "Option::is_none" });
    }
    match &field.ty {
        Type::Decimal if is_optional => {
            parts.push(quote! { serialize_with = "crate::decode::decimal::option::serialize" });
        }
        Type::Decimal => parts.push(quote! { serialize_with = "crate::decode::decimal::serialize" }),
        _ => {}
    }
    (!parts.is_empty()).then(|| for_serialization(usage, &quote! { serde(#(#parts),*) }))
}

/// Emits an attribute that affects only serialization. Types that are not part of requests serialize only with the `serialize`
/// feature.
pub(super) fn for_serialization(usage: &Use, attribute: &TokenStream) -> TokenStream {
    if usage.request {
        quote! { #[#attribute] }
    } else {
        quote! { #[cfg_attr(feature = "serialize", #attribute)] }
    }
}

/// Emits the condition of a `Deserialize` implementation. Types that are not part of responses deserialize only with the
/// `serialize` feature.
pub(super) fn for_deserialization(usage: &Use) -> Option<TokenStream> {
    (!usage.response).then(|| quote! { #[cfg(feature = "serialize")] })
}

/// Emits the implementation of `Deserialize`.
fn deserialization(name: &Ident, record: &Struct, usage: &Use) -> TokenStream {
    let condition = for_deserialization(usage);
    let mut fields = record.fields.iter().filter(|field| is_present(field, usage));
    if record.transparent {
        let field = fields.next().map(|field| format_ident!("{}", field.name));
        return quote! { #condition crate::decode::record!(#name(#field)); };
    }
    let [mut required, mut optional, mut empty_is_none] = [Vec::new(), Vec::new(), Vec::new()];
    let mut others = None;
    for field in fields {
        let ident = format_ident!("{}", field.name);
        if field.flatten {
            others = Some(quote! { others #ident });
            continue;
        }
        let wire = (field.name != field.wire).then_some(&field.wire).map(|wire| quote! { = #wire });
        let group = match &field.ty {
            Type::Named(_) | Type::Boxed(_) if field.empty_is_null && usage.response => &mut empty_is_none,
            Type::List(_) | Type::Map(_) if usage.response => &mut optional,
            _ if is_optional(field, usage) => &mut optional,
            _ => &mut required,
        };
        group.push(quote! { #ident #wire });
    }
    let groups = [("required", required), ("optional", optional), ("empty_is_none", empty_is_none)];
    let groups = groups.into_iter().filter(|(_, fields)| !fields.is_empty()).map(|(group, fields)| {
        let group = format_ident!("{group}");
        quote! { #group { #(#fields),* } }
    });
    quote! { #condition crate::decode::record!(#name { #(#groups)* #others }); }
}
