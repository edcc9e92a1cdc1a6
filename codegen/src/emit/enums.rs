//! Emits enums: string enums that keep unknown values, and tagged unions of records.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::records::{derives, for_deserialization, for_serialization};
use super::scope::Scope;
use super::{Context, docs};
use crate::model::api::{Tagged, TypeItem, Variant};

/// Emits a string enum that keeps unknown values.
pub(super) fn open(context: &Context<'_>, item: &TypeItem, variants: &[Variant], scope: &Scope<'_>) -> TokenStream {
    let (head, name) = (docs::of_type(context, item), format_ident!("{}", item.name));
    let names: Vec<_> = variants.iter().map(|variant| format_ident!("{}", variant.name)).collect();
    let wires = variants.iter().map(|variant| &variant.wire);
    let docs = variants.iter().map(|variant| variant.doc.as_deref().map(docs::outer));
    let has_undocumented = variants.iter().any(|variant| variant.doc.is_none());
    let allowed = has_undocumented.then(|| {
        quote! { #[allow(missing_docs, reason = "the variants are named after the values of the API")] }
    });
    let unknown = docs::outer("A value without a variant in this version of the crate.");
    let open_enum = scope.import("crate", "open_enum");
    quote! {
        #head
        #allowed
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum #name { #(#docs #names,)* #unknown Unknown(String) }
        #open_enum!(#name { #(#names = #wires),* });
    }
}

/// Emits an adjacently tagged union: one property of the JSON object contains the tag, and another contains the record.
pub(super) fn tagged(context: &Context<'_>, item: &TypeItem, tagged: &Tagged, scope: &Scope<'_>) -> TokenStream {
    let usage = context.usage(&item.name);
    let (head, name) = (docs::of_type(context, item), format_ident!("{}", item.name));
    let derives = derives(usage, false);
    let must_use = usage.request.then(|| quote! { #[must_use] });
    let (tag, content) = (&tagged.tag, &tagged.content);
    let is_boxed = |ty: &String| tagged.boxed.contains(ty);
    let variants = tagged.variants.iter().map(|(variant, record)| {
        let (ident, ty, wire) = (format_ident!("{}", variant.name), scope.named(record), &variant.wire);
        let ty = if is_boxed(record) {
            quote! { Box<#ty> }
        } else {
            quote! { #ty }
        };
        let rename = (variant.name != *wire).then(|| for_serialization(usage, &quote! { serde(rename = #wire) }));
        let doc = docs::outer(&format!("A value whose `{tag}` is `{wire}`."));
        quote! { #doc #rename #ident(#ty) }
    });
    let unknown = usage.response.then(|| {
        let doc = docs::outer("A value whose tag has no variant in this version of the crate.");
        let value = scope.import("serde_json", "Value");
        let untagged = for_serialization(usage, &quote! { serde(untagged) });
        quote! { #doc #untagged Unknown(#value) }
    });
    let otherwise = usage.response.then(|| quote! { else Unknown });
    let condition = for_deserialization(usage);
    let wires = tagged.variants.iter().map(|(variant, _)| {
        let (ident, wire) = (format_ident!("{}", variant.name), &variant.wire);
        quote! { #ident = #wire }
    });
    let serialization = for_serialization(usage, &quote! { serde(tag = #tag, content = #content) });
    let variants = variants.chain(unknown);
    // If several variants have the same type, values of this type convert to the first of these variants. There is no conversion
    // from the union to itself, because it would conflict with the standard library's `impl From<T> for T`.
    let mut converted = vec![&item.name];
    let conversions = tagged.variants.iter().filter_map(|(variant, record)| {
        if converted.contains(&record) {
            return None;
        }
        converted.push(record);
        let (ident, ty) = (format_ident!("{}", variant.name), scope.named(record));
        let value = if is_boxed(record) {
            quote! { Box::new(value) }
        } else {
            quote! { value }
        };
        Some(quote! {
            impl From<#ty> for #name {
                fn from(value: #ty) -> Self { Self::#ident(#value) }
            }
        })
    });
    quote! {
        #head
        #derives
        #serialization
        #[non_exhaustive]
        #must_use
        pub enum #name { #(#variants),* }
        #condition
        crate::decode::tagged_enum!(#name { tag #tag, content #content, #(#wires),* } #otherwise);
        #(#conversions)*
    }
}
