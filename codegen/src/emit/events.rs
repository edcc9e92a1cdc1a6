//! The webhooks: the enum of all kinds, what belongs to each, and the types of their payloads and answers.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::scope::Scope;
use super::{Context, Folder, Given, Module, docs, files, mentions_deprecated, samples};
use crate::model::api::{Api, Envelope, Event, TypeItem};
use crate::model::events::MODULE;

/// Where the types of the webhooks are found.
const TYPES: &str = "crate::webhook";

/// Writes the modules of the webhooks.
#[must_use]
pub fn emit_webhooks(api: &Api, types: Vec<TypeItem>) -> Vec<Module> {
    let context = Context::new(TYPES, api, &types);
    let mut folder = Folder::new(MODULE, "The webhooks and their types, as their description has them.".to_owned());
    let scope = Scope::new(TYPES, []);
    let items = union(&context, &scope);
    folder.add(Given::All, "event", "All kinds of webhooks.", &scope, &items);
    files::write(&context, MODULE, &mut folder);
    let mut modules = folder.finish();
    let deprecated =
        context.types.values().any(|item| mentions_deprecated(item)) || api.events.iter().any(|event| event.deprecated);
    if let (true, Some(parent)) = (deprecated, modules.first_mut()) {
        let tokens = &parent.tokens;
        parent.tokens = quote! {
            #![allow(deprecated, reason = "what the vendor calls deprecated is still declared and read here")]
            #tokens
        };
    }
    modules
}

/// The enum, and what each kind is.
fn union(context: &Context<'_>, scope: &Scope<'_>) -> TokenStream {
    let events = &context.api.events;
    let variants = events.iter().map(|event| variant(event, scope));
    let (value, decode_by_kind) = (scope.import("serde_json", "Value"), scope.import(TYPES, "decode_by_kind"));
    let pairs = events.iter().map(|event| {
        let (variant, payload) = (format_ident!("{}", event.variant), scope.named(&event.payload));
        quote! { #variant(#payload) }
    });
    let payloads = events.iter().map(|event| payload(context, event, scope));
    let doc = docs::outer("The payload of a webhook of any kind.");
    let unknown = docs::outer("A kind that this version of the crate has no type for, or a webhook without a kind.");
    let (kind_doc, payload_doc) = (docs::outer("The kind."), docs::outer("The payload."));
    quote! {
        #doc
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Event {
            #(#variants,)*
            #unknown
            Unknown { #kind_doc kind: String, #payload_doc payload: #value },
        }
        #decode_by_kind!(Event { #(#pairs),* });
        #(#payloads)*
    }
}

fn variant(event: &Event, scope: &Scope<'_>) -> TokenStream {
    let (name, payload) = (format_ident!("{}", event.variant), scope.named(&event.payload));
    let summary = event.summary.clone().unwrap_or_else(|| format!("The webhook `{}`.", event.kind));
    let mut lines = docs::lines(&docs::sentence(&summary));
    if let Some(description) = event.description.as_deref().filter(|text| !text.trim().is_empty()) {
        lines.push(String::new());
        lines.extend(docs::lines(description));
    }
    lines.extend([String::new(), format!("On the wire it is `{}`.", event.kind)]);
    let doc = docs::verbatim(&lines);
    let deprecated = event.deprecated.then(|| quote! { #[deprecated] });
    let wrapper = match event.answer {
        Some(_) => scope.import(TYPES, "NeedsAnswer"),
        None => format_ident!("Box"),
    };
    quote! { #doc #deprecated #name(#wrapper<#payload>) }
}

/// What belongs to a kind.
fn payload(context: &Context<'_>, event: &Event, scope: &Scope<'_>) -> TokenStream {
    let (payload_trait, name) = (scope.import(TYPES, "Payload"), scope.named(&event.payload));
    let (kind, id) = (&event.kind, &event.id);
    let sample = samples::sample(context, &event.payload).to_string();
    let (ty, implementation) = match &event.answer {
        None => (quote! { () }, TokenStream::new()),
        Some(answer) => {
            let (into_reply, reply) = (scope.import(TYPES, "IntoReply"), scope.import(TYPES, "Reply"));
            let name = scope.named(&answer.name);
            let constructor = match answer.envelope {
                Envelope::Always => quote! { result },
                Envelope::OrDefault | Envelope::Bare => quote! { json },
            };
            let implementation = quote! {
                impl #into_reply for #name {
                    fn into_reply(self) -> #reply { #reply::#constructor(&self) }
                }
            };
            (quote! { #name }, implementation)
        }
    };
    quote! {
        impl #payload_trait for #name {
            const KIND: &'static str = #kind;
            const OPERATION: &'static str = #id;
            const SAMPLE: &'static str = #sample;
            type Answer = #ty;
        }
        #implementation
    }
}
