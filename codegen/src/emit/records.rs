//! Records: what responses hold and requests take, with how each field is read and written.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::scope::Scope;
use super::{Context, docs, heights, inputs, variants};
use crate::model::api::{Envelope, Field, Operation, Paging, Record, Role, Shape, Type, TypeItem, Use};

/// The declaration of a type, with what belongs to it.
pub(super) fn declaration(context: &Context<'_>, item: &TypeItem, scope: &Scope<'_>) -> TokenStream {
    let usage = context.usage(&item.name);
    let operations = context.operations_of(&item.name, usage.role);
    let mut doc = docs::of_type(item, usage.role, operations.first().map(|operation| operation.id.as_str()));
    for event in context.api.events.iter().filter(|event| event.payload == item.name) {
        doc = format!("{doc}\n\nIt comes as `{}`.", event.kind);
    }
    match &item.shape {
        Shape::Enum(variants) => variants::open_enum(item, &doc, variants, scope),
        Shape::Tagged(tagged) => variants::tagged(item, &doc, tagged, usage, scope),
        Shape::Record(record) => {
            let or_default = |operation: &&Operation| operation.output.envelope == Envelope::OrDefault;
            // What the site is told can be made by hand, to test what is done with it.
            let event = !context.api.events.is_empty() && record.required.is_empty();
            let default = event || usage.role == Role::Result && operations.iter().any(or_default);
            let declaration = structure(item, &doc, record, usage, default, scope);
            let paging = context.answered_with(&item.name).find_map(|operation| operation.paging.as_ref());
            let page = paging.map(|paging| page(&format_ident!("{}", item.name), paging, scope));
            quote! { #declaration #page }
        }
    }
}

/// What a page of a listing holds.
fn page(name: &Ident, paging: &Paging, scope: &Scope<'_>) -> TokenStream {
    let (trait_name, item) = (scope.import("crate", "Page"), scope.ty(&paging.item));
    let items = format_ident!("{}", paging.items);
    let total = match &paging.total {
        Some(total) => {
            let total = format_ident!("{total}");
            quote! { self.#total }
        }
        None => quote! { None },
    };
    quote! {
        impl #trait_name for #name {
            type Item = #item;
            fn into_parts(self) -> (Vec<#item>, Option<i64>) { (self.#items, #total) }
        }
    }
}

/// The documentation of a type, and whether it is deprecated.
pub(super) fn head(item: &TypeItem, doc: &str) -> TokenStream {
    let doc = docs::outer(doc);
    let deprecated = item.deprecated.then(|| quote! { #[deprecated] });
    quote! { #doc #deprecated }
}

/// What a type derives. Responses are only written with the feature `serialize`, and requests only read.
pub(super) fn derives(usage: &Use, default: bool) -> TokenStream {
    let default = default.then(|| quote! { , Default });
    match (usage.request, usage.response) {
        (true, true) => quote! { #[derive(Clone, Debug #default, PartialEq, serde::Deserialize, serde::Serialize)] },
        (true, false) => quote! {
            #[derive(Clone, Debug #default, PartialEq, serde::Serialize)]
            #[cfg_attr(feature = "serialize", derive(serde::Deserialize))]
        },
        _ => quote! {
            #[derive(Clone, Debug #default, PartialEq, serde::Deserialize)]
            #[cfg_attr(feature = "serialize", derive(serde::Serialize))]
        },
    }
}

fn structure(
    item: &TypeItem,
    doc: &str,
    record: &Record,
    usage: &Use,
    default: bool,
    scope: &Scope<'_>,
) -> TokenStream {
    let head = head(item, doc);
    let name = format_ident!("{}", item.name);
    let input = usage.request;
    let derives = derives(usage, default || (input && record.required.is_empty()));
    let transparent = record.transparent.then(|| quote! { #[serde(transparent)] });
    let must_use = input.then(|| quote! { #[must_use] });
    let fields = record.fields.iter().map(|field| {
        let (name, ty) = (format_ident!("{}", field.name), field_type(field, usage, scope));
        let doc = docs::outer(&docs::of_field(field));
        let deprecated = field.deprecated.then(|| quote! { #[deprecated] });
        let attributes = attributes(field, usage, record.transparent);
        quote! { #doc #deprecated #attributes pub #name: #ty }
    });
    let methods = input.then(|| {
        let constructor = inputs::constructor(record, scope);
        // The setters of a long record have a file of their own.
        if heights::has_setters_apart(record) {
            quote! { impl #name { #constructor } }
        } else {
            inputs::implementation(&name, record, &constructor, scope)
        }
    });
    quote! {
        #head
        #derives
        #transparent
        #[non_exhaustive]
        #must_use
        pub struct #name { #(#fields),* }
        #methods
    }
}

/// Whether a field is an `Option`.
pub(crate) fn is_optional(field: &Field, usage: &Use) -> bool {
    match field.ty {
        _ if field.flatten => false,
        Type::List(_) | Type::Map(_) if !usage.request => false,
        Type::Json if !usage.request => true,
        _ if usage.request => !field.required,
        _ => !field.required || field.nullable || field.empty_is_null,
    }
}

fn field_type(field: &Field, usage: &Use, scope: &Scope<'_>) -> TokenStream {
    let ty = scope.ty(&field.ty);
    if is_optional(field, usage) {
        quote! { Option<#ty> }
    } else {
        ty
    }
}

/// How serde reads and writes a field.
fn attributes(field: &Field, usage: &Use, transparent: bool) -> Option<TokenStream> {
    let optional = is_optional(field, usage);
    let mut parts = Vec::new();
    if field.flatten {
        parts.push(quote! { flatten });
    } else if field.name != field.wire && !transparent {
        let wire = &field.wire;
        parts.push(quote! { rename = #wire });
    }
    let (default, how) = reading(field, usage, optional);
    if default && !transparent {
        parts.push(quote! { default });
    }
    if optional && usage.request {
        parts.push(quote! { skip_serializing_if = "Option::is_none" });
    }
    parts.extend(how);
    (!parts.is_empty()).then(|| quote! { #[serde(#(#parts),*)] })
}

/// Whether a field may be absent although it is no plain `Option`, and by which function it is read.
fn reading(field: &Field, usage: &Use, optional: bool) -> (bool, Option<TokenStream>) {
    let read_by = |name: &str| Some(format!("crate::decode::{name}")).map(|path| quote! { deserialize_with = #path });
    let identifier = field.format.as_deref() == Some("id");
    match &field.ty {
        Type::Map(value) if field.flatten && **value == Type::Text && usage.response => (false, read_by("other_texts")),
        _ if field.flatten => (false, None),
        Type::Decimal if optional => (true, Some(quote! { with = "crate::decode::decimal::option" })),
        Type::Decimal => (false, Some(quote! { with = "crate::decode::decimal" })),
        Type::Text if identifier && optional => (true, read_by("optional_id")),
        Type::Text if identifier => (false, read_by("id")),
        Type::Integer if optional => (true, read_by("optional_integer")),
        Type::Integer => (false, read_by("integer")),
        // Requests are written by us, so that little else in them has to be read with tolerance.
        _ if !usage.response => (false, None),
        Type::Named(_) | Type::Boxed(_) if field.empty_is_null && optional => (true, read_by("empty_as_none")),
        _ if optional => (false, None),
        Type::Map(value) if **value == Type::Integer => (true, read_by("integer_map")),
        Type::Map(value) if **value == Type::Text => (true, read_by("text_map")),
        Type::Map(_) => (true, read_by("map")),
        Type::List(_) => (true, read_by("null_as_default")),
        _ => (false, None),
    }
}
