//! Emits the webhooks: the `Event` enum, the `Payload` implementations, and the payload types.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::folder::Folder;
use super::scope::Scope;
use super::{Context, Module, docs, samples};
use crate::model::api::{Api, Envelope, Event, TypeItem};
use crate::model::events::MODULE;

const HOME: &str = "crate::webhook";

/// Emits the modules for the webhooks.
#[must_use]
pub fn emit_webhooks(api: &Api, types: Vec<TypeItem>) -> Vec<Module> {
    let context = Context::new(HOME, api, &types);
    let mut folder = Folder::new(MODULE, "The webhooks and their types, generated from the OpenAPI description.");
    folder.add("event", event_file(&context));
    folder.add_types(&context);
    folder.finish()
}

fn event_file(context: &Context<'_>) -> TokenStream {
    let events = &context.api.events;
    let scope = Scope::new(HOME, []);
    let module_doc = docs::inner("The enum [`Event`] and the trait implementations of the payloads.");
    let doc = docs::outer("The payload of a webhook of any kind.");
    let variants: Vec<_> = events.iter().map(|event| variant(event, &scope)).collect();
    let unknown =
        docs::outer("A webhook without a kind, or with a kind that has no variant in this version of the crate.");
    let (kind_doc, payload_doc) = (
        docs::outer("The webhook's kind, or an empty string if the kind is missing."),
        docs::outer("The webhook's payload as JSON."),
    );
    let (value, decode_by_kind) = (scope.import("serde_json", "Value"), scope.import(HOME, "decode_by_kind"));
    let names = events.iter().map(|event| format_ident!("{}", event.variant));
    let payloads = events.iter().map(|event| format_ident!("{}", event.payload));
    let implementations: Vec<_> = events.iter().map(|event| implementations(context, event, &scope)).collect();
    let imports = scope.imports();
    quote! {
        #module_doc
        #imports
        #doc
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Event {
            #(#variants,)*
            #unknown
            Unknown { #kind_doc kind: String, #payload_doc payload: #value },
        }
        #decode_by_kind!(Event { #(#names(#payloads)),* });
        #(#implementations)*
    }
}

fn variant(event: &Event, scope: &Scope<'_>) -> TokenStream {
    let (name, payload) = (format_ident!("{}", event.variant), scope.named(&event.payload));
    let summary = event.summary.as_deref().map_or_else(|| format!("The webhook `{}`.", event.kind), docs::sentence);
    let doc = docs::paragraphs([
        docs::lines(&summary),
        docs::lines(event.description.as_deref().unwrap_or_default()),
        docs::lines(&format!("The kind of this webhook is `{}`.", event.kind)),
    ]);
    let deprecated = docs::deprecated(event.deprecated);
    let wrapper = match event.answer {
        Some(_) => scope.import(HOME, "NeedsAnswer"),
        None => format_ident!("Box"),
    };
    quote! { #doc #deprecated #name(#wrapper<#payload>) }
}

/// Emits the `Payload` implementation for a webhook's payload. If the webhook expects a reply, also emits the `IntoReply`
/// implementation for the reply type.
fn implementations(context: &Context<'_>, event: &Event, scope: &Scope<'_>) -> TokenStream {
    let (payload_trait, payload) = (scope.import(HOME, "Payload"), scope.named(&event.payload));
    let (kind, id) = (&event.kind, &event.id);
    let sample = samples::sample(context, &event.payload).to_string();
    let (answer, into_reply) = match &event.answer {
        None => (quote! { () }, None),
        Some(answer) => {
            let (name, into_reply) = (scope.named(&answer.name), scope.import(HOME, "IntoReply"));
            let reply = scope.import(HOME, "Reply");
            let constructor = match answer.envelope() {
                Some(Envelope::Always) => quote! { result },
                _ => quote! { json },
            };
            let implementation = quote! {
                impl #into_reply for #name {
                    fn into_reply(self) -> #reply { #reply::#constructor(&self) }
                }
            };
            (quote! { #name }, Some(implementation))
        }
    };
    quote! {
        impl #payload_trait for #payload {
            const KIND: &'static str = #kind;
            const OPERATION: &'static str = #id;
            const SAMPLE: &'static str = #sample;
            type Answer = #answer;
        }
        #into_reply
    }
}
