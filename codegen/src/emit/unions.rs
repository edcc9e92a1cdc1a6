//! Emits unions whose branches can be distinguished.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use super::records::{derives, for_deserialization, for_serialization};
use super::scope::Scope;
use super::{Context, docs};
use crate::model::api::{JsonType, Test, Type, TypeItem, Union, Variant};

/// Emits an enum with a variant for each branch. It is serialized as the content of the variant, without the variant's name.
pub(super) fn declaration(context: &Context<'_>, item: &TypeItem, union: &Union, scope: &Scope<'_>) -> TokenStream {
    let usage = context.usage(&item.name);
    let (head, name) = (docs::of_type(context, item), format_ident!("{}", item.name));
    let must_use = usage.request.then(|| quote! { #[must_use] });
    let (derives, untagged) = (derives(usage, false), for_serialization(usage, &quote! { serde(untagged) }));
    let variants = union.variants.iter().enumerate().map(|(index, (variant, ty))| {
        let (variant, content) = (format_ident!("{}", variant.name), scope.ty(ty));
        let doc = docs::outer(&sentence(union, index));
        let decimal = quote! { serde(serialize_with = "crate::decode::decimal::serialize") };
        let attribute = (*ty == Type::Decimal).then(|| for_serialization(usage, &decimal));
        quote! { #doc #attribute #variant(#content) }
    });
    let unknown = usage.response.then(|| {
        let doc = docs::outer("A value without a variant in this version of the crate.");
        let value = scope.import("serde_json", "Value");
        quote! { #doc Unknown(#value) }
    });
    let variants = variants.chain(unknown);
    let (condition, deserialize) = (for_deserialization(usage), deserialize(union, &item.name, usage.response));
    let conversions = conversions(item, union, scope);
    quote! {
        #head
        #derives
        #untagged
        #[non_exhaustive]
        #must_use
        pub enum #name { #(#variants),* }
        #condition
        #deserialize
        #conversions
    }
}

/// Describes the JSON values that are decoded as a variant.
fn sentence(union: &Union, index: usize) -> String {
    let list = |items: Vec<String>| items.iter().map(|item| format!("`{item}`")).collect::<Vec<_>>();
    let sentences = union.tests.iter().filter(|(variant, _)| *variant == index).map(|(_, test)| match test {
        Test::Type(JsonType::String) => "A string.".to_owned(),
        Test::Type(JsonType::Number) => "A number.".to_owned(),
        Test::Type(JsonType::Boolean) => "A boolean.".to_owned(),
        Test::Type(JsonType::Array) => "An array.".to_owned(),
        Test::Type(JsonType::Object) => "An object.".to_owned(),
        Test::Tag(tag, values) => {
            format!("A value whose `{tag}` is {}.", list(values.iter().map(text).collect()).join(" or "))
        }
        Test::Keys(keys) if keys.is_empty() => "Any other object.".to_owned(),
        Test::Keys(keys) => format!("An object with {}.", list(keys.clone()).join(" and ")),
    });
    sentences.collect::<Vec<_>>().join(" ")
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn deserialize(union: &Union, name: &str, has_unknown: bool) -> TokenStream {
    let name = format_ident!("{name}");
    let arms = union.tests.iter().flat_map(|(index, test)| {
        let Some((Variant { name, .. }, _)) = union.variants.get(*index) else { return Vec::new() };
        let variant = format_ident!("{name}");
        conditions(test).into_iter().map(|condition| quote! { #variant if #condition }).collect()
    });
    let unknown = has_unknown.then(|| quote! { else Unknown });
    quote! { crate::decode::union_enum!(#name { #(#arms),* } #unknown); }
}

/// Returns the conditions of a predicate. A value satisfies the predicate if it meets one of the conditions.
fn conditions(test: &Test) -> Vec<TokenStream> {
    match test {
        Test::Type(JsonType::String) => vec![quote! { is_string() }],
        Test::Type(JsonType::Number) => vec![quote! { is_number() }],
        Test::Type(JsonType::Boolean) => vec![quote! { is_boolean() }],
        Test::Type(JsonType::Array) => vec![quote! { is_array() }],
        Test::Type(JsonType::Object) => vec![quote! { is_object() }],
        Test::Keys(keys) => vec![quote! { has_keys(&[#(#keys),*]) }],
        Test::Tag(tag, values) => {
            let texts: Vec<_> = values.iter().filter_map(Value::as_str).collect();
            let numbers: Vec<_> = values.iter().filter_map(Value::as_i64).collect();
            let flags: Vec<_> = values.iter().filter_map(Value::as_bool).collect();
            let mut conditions = Vec::new();
            if !texts.is_empty() {
                conditions.push(quote! { has_tag(#tag, &[#(#texts),*]) });
            }
            if !numbers.is_empty() {
                conditions.push(quote! { has_tag(#tag, &[#(#numbers),*]) });
            }
            if !flags.is_empty() {
                conditions.push(quote! { has_tag(#tag, &[#(#flags),*]) });
            }
            conditions
        }
    }
}

/// Emits conversions from the types of the variants. If several variants have the same type, values of this type convert to the
/// first of these variants.
fn conversions(item: &TypeItem, union: &Union, scope: &Scope<'_>) -> TokenStream {
    let name = format_ident!("{}", item.name);
    // A conversion from the union to itself would conflict with the standard library's `impl From<T> for T`.
    let mut converted = vec![item.name.clone()];
    let mut conversions = TokenStream::new();
    for (Variant { name: variant, .. }, ty) in &union.variants {
        let (ty, value) = match ty {
            Type::Boxed(inner) => (&**inner, quote! { Box::new(value) }),
            ty => (ty, quote! { value }),
        };
        if converted.contains(&ty.to_string()) {
            continue;
        }
        converted.push(ty.to_string());
        let (variant, content) = (format_ident!("{variant}"), scope.ty(ty));
        conversions.extend(quote! {
            impl From<#content> for #name {
                fn from(value: #content) -> Self { Self::#variant(#value) }
            }
        });
        if *ty == Type::Text {
            conversions.extend(quote! {
                impl From<&str> for #name {
                    fn from(value: &str) -> Self { Self::#variant(value.to_owned()) }
                }
            });
        }
    }
    conversions
}
