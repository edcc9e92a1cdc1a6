//! Emits a table of all request, response and payload types. The tests use the table to decode recorded traffic.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{Module, docs, methods};
use crate::model::api::{Api, Body, Envelope, Event, Operation, SiteSlug};

/// Emits the table as a module for the tests.
#[must_use]
pub fn emit_table(api: &Api, webhooks: &Api) -> Module {
    // Recorded traffic is JSON, so operations with other results are omitted.
    let operations = api.operations().filter_map(|(_, it)| Some(operation(it, it.output.envelope()?)));
    let events = webhooks.events.iter().map(event);
    let doc = docs::inner("The types of all requests, responses and payloads.");
    Module {
        path: "table.rs".to_owned(),
        tokens: quote! {
            #doc
            use super::entry::Entry;

            pub(super) static OPERATIONS: &[Entry] = &[#(#operations),*];
            pub(super) static EVENTS: &[Entry] = &[#(#events),*];
        },
    }
}

fn operation(operation: &Operation, envelope: Envelope) -> TokenStream {
    let (id, result) = (&operation.id, format_ident!("{}", operation.output.name));
    let decoder = format_ident!("{}", envelope.decoder());
    let body = methods::body(operation).map(|(_, step, ty)| {
        let (step, ty) = (format_ident!("{step}"), format_ident!("{ty}"));
        quote! { .#step::<talkable_api::types::#ty>() }
    });
    let site = match operation.body {
        _ if operation.site_slug != SiteSlug::Body => None,
        _ if !operation.files.is_empty() => None,
        Body::None => Some(quote! { .site_only() }),
        Body::Data { .. } | Body::Whole(_) => Some(quote! { .site() }),
        Body::File => None,
    };
    quote! { Entry::#decoder::<talkable_api::types::#result>(#id) #body #site }
}

fn event(event: &Event) -> TokenStream {
    let payload = format_ident!("{}", event.payload);
    quote! { Entry::event::<talkable_api::webhook::#payload>() }
}
