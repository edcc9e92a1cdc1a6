//! The table of all types of requests, responses and payloads, by which the tests decode recorded traffic.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{Module, docs};
use crate::model::api::{Api, Body, Envelope, Event, Operation, SiteSlug};

/// Emits the table, a module of the tests.
#[must_use]
pub fn emit_table(api: &Api, webhooks: &Api) -> Module {
    let operations = api.resources.iter().flat_map(|resource| &resource.operations).map(operation);
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

fn operation(operation: &Operation) -> TokenStream {
    let (id, result) = (&operation.id, format_ident!("{}", operation.output.name));
    let constructor = match operation.output.envelope {
        Envelope::Always => quote! { enveloped },
        Envelope::OrDefault => quote! { enveloped_or_default },
        Envelope::Bare => quote! { whole_body },
    };
    let step = match &operation.body {
        Body::None | Body::Multipart => None,
        Body::Data { optional: false, .. } => Some(quote! { data }),
        Body::Data { optional: true, .. } => Some(quote! { optional_data }),
        Body::Whole(_) => Some(quote! { body }),
    };
    let input = operation.body.type_name().map(|name| {
        let name = format_ident!("{name}");
        quote! { .#step::<talkable_api::types::#name>() }
    });
    let site = match operation.body {
        _ if operation.site_slug != SiteSlug::Body => None,
        Body::None => Some(quote! { .site_only() }),
        Body::Data { .. } | Body::Whole(_) => Some(quote! { .site() }),
        Body::Multipart => None,
    };
    quote! { Entry::#constructor::<talkable_api::types::#result>(#id) #input #site }
}

fn event(event: &Event) -> TokenStream {
    let payload = format_ident!("{}", event.payload);
    quote! { Entry::event::<talkable_api::webhook::#payload>() }
}
