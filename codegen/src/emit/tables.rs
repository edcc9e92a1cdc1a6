//! The table by which recorded traffic is held against the bindings.

use quote::{format_ident, quote};

use super::scope::Scope;
use super::{Context, Module, docs};
use crate::model::api::{Body, Envelope, Operation, SiteSlug};

/// The module with the table.
pub(super) fn conform(context: &Context<'_>) -> Module {
    let scope = Scope::default();
    let entry = scope.import("crate::conform", "Entry");
    let rows: Vec<_> = context.operations().map(|operation| row(operation, &scope)).collect();
    let (doc, imports) =
        (docs::inner("The operations, with what they answer and what they are told."), scope.imports());
    let table = docs::outer("One row for each operation.");
    Module {
        path: "conform.rs".to_owned(),
        tokens: quote! {
            #doc
            #imports
            #table
            pub(crate) static OPERATIONS: &[#entry] = &[#(#rows),*];
        },
    }
}

fn row(operation: &Operation, scope: &Scope<'_>) -> proc_macro2::TokenStream {
    let entry = scope.import("crate::conform", "Entry");
    let (id, result) = (&operation.id, scope.named(&operation.output.name));
    let constructor = match operation.output.envelope {
        Envelope::Always => "enveloped",
        Envelope::OrDefault => "enveloped_or_default",
        Envelope::Bare => "whole_body",
    };
    let constructor = format_ident!("{constructor}");
    let request = match &operation.body {
        Body::Data { name, optional } => {
            let step = format_ident!("{}", if *optional { "optional_data" } else { "data" });
            let ty = scope.named(name);
            quote! { .#step::<#ty>() }
        }
        Body::Whole(name) => {
            let ty = scope.named(name);
            quote! { .body::<#ty>() }
        }
        Body::None if operation.site_slug == SiteSlug::Body => quote! { .site_only() },
        Body::None | Body::Multipart => quote! {},
    };
    let has_body = matches!(operation.body, Body::Data { .. } | Body::Whole(_));
    let site = if has_body && operation.site_slug == SiteSlug::Body {
        quote! { .site() }
    } else {
        quote! {}
    };
    quote! { #entry::#constructor::<#result>(#id) #request #site }
}
