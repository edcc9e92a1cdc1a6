//! The table with which the tests check recorded traffic against the bindings.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{Module, docs};
use crate::model::api::{Api, Body, Envelope, Event, Operation, SiteSlug};

/// Writes the table of all operations and webhooks, which is a module of the tests.
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
    let (step, name) = match &operation.body {
        Body::Data { name, optional: false } => (quote! { data }, name),
        Body::Data { name, optional: true } => (quote! { optional_data }, name),
        Body::Whole(name) => (quote! { body }, name),
        Body::None | Body::Multipart => {
            let is_site = matches!(operation.body, Body::None) && operation.site_slug == SiteSlug::Body;
            let site = is_site.then(|| quote! { .site_only() });
            return quote! { Entry::#constructor::<talkable_api::types::#result>(#id) #site };
        }
    };
    let input = format_ident!("{name}");
    let site = (operation.site_slug == SiteSlug::Body).then(|| quote! { .site() });
    quote! {
        Entry::#constructor::<talkable_api::types::#result>(#id).#step::<talkable_api::types::#input>() #site
    }
}

fn event(event: &Event) -> TokenStream {
    let payload = format_ident!("{}", event.payload);
    quote! { Entry::event::<talkable_api::webhook::#payload>() }
}
