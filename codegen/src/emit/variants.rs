//! Enums: open ones of texts, and choices between records.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::docs;
use super::records::{derives, head};
use super::scope::Scope;
use crate::model::api::{Tagged, TypeItem, Use, Variant};

/// An enum of texts that keeps those it doesn't know.
pub(super) fn open_enum(item: &TypeItem, doc: &str, variants: &[Variant], scope: &Scope<'_>) -> TokenStream {
    let head = head(item, doc);
    let name = format_ident!("{}", item.name);
    let names: Vec<_> = variants.iter().map(|variant| format_ident!("{}", variant.name)).collect();
    let wires = variants.iter().map(|variant| &variant.wire);
    let unknown = docs::outer("A value that is newer than these bindings.");
    let implement = scope.import("crate", "open_enum");
    quote! {
        #head
        #[allow(missing_docs, reason = "the variants are the API's own values")]
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum #name { #(#names,)* #unknown Unknown(String) }
        #implement!(#name { #(#names = #wires),* });
    }
}

/// A choice between records: the tag beside the record, as the API wants it.
pub(super) fn tagged(item: &TypeItem, doc: &str, tagged: &Tagged, usage: &Use, scope: &Scope<'_>) -> TokenStream {
    let head = head(item, doc);
    let name = format_ident!("{}", item.name);
    let derives = derives(usage, false);
    let must_use = usage.request.then(|| quote! { #[must_use] });
    let (tag, content) = (&tagged.tag, &tagged.content);
    let variants = tagged.variants.iter().map(|(variant, ty)| {
        let (ident, boxed, ty) = (format_ident!("{}", variant.name), tagged.boxed.contains(ty), scope.named(ty));
        let held = if boxed {
            quote! { Box<#ty> }
        } else {
            quote! { #ty }
        };
        let rename = (variant.name != variant.wire).then(|| {
            let wire = &variant.wire;
            quote! { #[serde(rename = #wire)] }
        });
        let doc = docs::outer(&format!("With the tag `{}`.", variant.wire));
        quote! { #doc #rename #ident(#held) }
    });
    let mut known = Vec::new();
    let conversions = tagged.variants.iter().filter_map(|(variant, ty)| {
        // Two variants of one type can't both be what the type turns into, and each type turns into itself.
        if known.contains(&ty) || *ty == item.name {
            return None;
        }
        known.push(ty);
        let value = if tagged.boxed.contains(ty) {
            quote! { Box::new(value) }
        } else {
            quote! { value }
        };
        let (ident, ty) = (format_ident!("{}", variant.name), scope.named(ty));
        Some(quote! {
            impl From<#ty> for #name {
                fn from(value: #ty) -> Self { Self::#ident(#value) }
            }
        })
    });
    let unknown = usage.response.then(|| {
        let (doc, value) =
            (docs::outer("A kind that is newer than these bindings, as it came."), scope.import("serde_json", "Value"));
        quote! { #doc #[serde(untagged)] Unknown(#value) }
    });
    let variants = variants.chain(unknown);
    quote! {
        #head
        #derives
        #[serde(tag = #tag, content = #content)]
        #[non_exhaustive]
        #must_use
        pub enum #name { #(#variants),* }
        #(#conversions)*
    }
}
