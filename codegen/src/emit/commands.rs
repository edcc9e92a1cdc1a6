//! Emits the table of commands: the operations with their arguments, as data for the command-line program.

mod command_line;

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToKebabCase, ToShoutySnakeCase};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use self::command_line::command_line;
use super::{Context, Module, docs, samples};
use crate::model::api::{
    Api, Body, Field, FileCount, HeaderSource, Operation, PathArgument, QueryStyle, Resource, Struct, Tagged, Type,
    TypeItem, TypeKind,
};
use crate::model::names::singular;

/// Returns a command line that calls each operation, by `operationId`.
#[must_use]
pub fn command_lines(api: &Api, types: &[TypeItem]) -> BTreeMap<String, String> {
    let context = Context::new("crate::types", api, types);
    let line =
        |(resource, operation): (&_, &Operation)| (operation.id.clone(), command_line(&context, resource, operation));
    api.operations().map(line).collect()
}

/// Emits the table as a module of the command-line program.
#[must_use]
pub fn emit_commands(api: &Api, types: &[TypeItem]) -> Module {
    let mut table = Table { context: Context::new("crate::types", api, types), used: BTreeSet::new() };
    let resources: Vec<_> = api.resources.iter().map(|resource| table.resource(resource)).collect();
    let statics = table.statics();
    let doc = docs::inner("The operations of the API with their arguments, generated from the OpenAPI description.");
    Module {
        path: "generated.rs".to_owned(),
        tokens: quote! {
            #doc
            use crate::operation::{Body, Field, File, Kind, KnownValue, Object, Operation, Resource, Tagged};

            pub(crate) static RESOURCES: &[Resource] = &[#(#resources),*];
            #(#statics)*
        },
    }
}

/// Emits the table of webhooks, with their sample payloads, as another part of the same module.
#[must_use]
pub fn emit_webhook_commands(webhooks: &Api, types: &[TypeItem]) -> Module {
    let context = Context::new("crate::types", webhooks, types);
    let events = webhooks.events.iter().map(|event| {
        let kind = &event.kind;
        let about = event.summary.as_deref().map_or_else(|| format!("The webhook `{kind}`."), docs::sentence);
        let sample = samples::sample(&context, &event.payload).to_string();
        let answer = match &event.answer {
            Some(answer) => {
                let answer = samples::sample(&context, &answer.name).to_string();
                quote! { Some(#answer) }
            }
            None => quote! { None },
        };
        quote! { Webhook { kind: #kind, about: #about, sample: #sample, answer: #answer } }
    });
    let tokens = quote! {
        use crate::operation::Webhook;

        pub(crate) static WEBHOOKS: &[Webhook] = &[#(#events),*];
    };
    Module { path: "generated.rs".to_owned(), tokens }
}

/// Returns the name of the option that sets a field. Each use of the option for a list adds an item, so its name is singular.
fn flag(field: &Field, siblings: &[Field]) -> String {
    let name = field.name.trim_end_matches('_');
    let is_repeated = matches!(field.ty, Type::List(_) | Type::Map(_));
    let singular = is_repeated.then(|| singular(name)).filter(|it| siblings.iter().all(|other| other.name != *it));
    singular.as_deref().unwrap_or(name).to_kebab_case()
}

/// Returns whether a caller can set the field.
fn is_settable(field: &Field) -> bool {
    !field.read_only && !field.flatten && !field.wire.is_empty()
}

struct Table<'a> {
    context: Context<'a>,
    /// The names of the types that the table refers to.
    used: BTreeSet<&'a str>,
}

impl<'a> Table<'a> {
    fn resource(&mut self, resource: &'a Resource) -> TokenStream {
        let (name, about) = (resource.module.to_kebab_case(), docs::of_resource(resource));
        let operations: Vec<_> = resource.operations.iter().map(|it| self.operation(resource, it)).collect();
        quote! { Resource { name: #name, about: #about, operations: &[#(#operations),*] } }
    }

    fn operation(&mut self, resource: &'a Resource, operation: &'a Operation) -> TokenStream {
        let Operation { id, http, template, retry_safe, deprecated, .. } = operation;
        let name = operation.method.trim_end_matches('_').to_kebab_case();
        let summary = operation.summary.as_deref().map_or_else(|| format!("Calls `{id}`."), docs::sentence);
        let description = operation.description.as_deref().map(docs::sentence).unwrap_or_default();
        let path: Vec<_> = operation.path_arguments.iter().map(|argument| self.path_argument(argument)).collect();
        let headers = operation.headers.iter().filter_map(|header| {
            let HeaderSource::Argument { name, ty } = &header.source else { return None };
            let kind = self.kind(ty);
            let (flag, wire) = (name.to_kebab_case(), &header.name);
            let help = header.doc.as_deref().map(docs::sentence).unwrap_or_default();
            Some(quote! { Field { flag: #flag, name: #wire, is_required: true, kind: #kind, help: #help } })
        });
        let headers: Vec<_> = headers.collect();
        let query = operation.query.as_deref().and_then(|name| self.record(name));
        let query: Vec<_> = query.map(|record| self.query(record, operation)).unwrap_or_default();
        let body = self.body(&operation.body);
        let files = operation.files.iter().map(|file| {
            let (flag, wire) = (file.name.trim_end_matches('_').to_kebab_case(), &file.wire);
            let help = file.doc.as_deref().map(docs::sentence).unwrap_or_default();
            let (required, many) = (file.count == FileCount::One, file.count == FileCount::Many);
            quote! { File { flag: #flag, name: #wire, is_required: #required, is_repeated: #many, help: #help } }
        });
        let pages = match &operation.paging {
            Some(paging) => {
                let items = &paging.items;
                quote! { Some(#items) }
            }
            None => quote! { None },
        };
        let example = command_line(&self.context, resource, operation);
        quote! {
            Operation {
                id: #id, name: #name, method: #http, path: #template, summary: #summary, description: #description,
                is_idempotent: #retry_safe, is_deprecated: #deprecated, path_arguments: &[#(#path),*],
                headers: &[#(#headers),*], query: &[#(#query),*], body: #body, files: &[#(#files),*], page_items: #pages,
                example: #example,
            }
        }
    }

    fn path_argument(&mut self, argument: &'a PathArgument) -> TokenStream {
        let name = argument.name.trim_end_matches('_');
        let (flag, kind) = (name.to_kebab_case(), self.kind(&argument.ty));
        let help = argument.doc.as_deref().map(docs::sentence).unwrap_or_default();
        quote! { Field { flag: #flag, name: #name, is_required: true, kind: #kind, help: #help } }
    }

    fn query(&mut self, record: &'a Struct, operation: &'a Operation) -> Vec<TokenStream> {
        let fields = record.fields.iter().filter(|field| is_settable(field));
        let parameter = |field: &'a Field| {
            let style = operation.query_styles.iter().find(|(name, _)| *name == field.wire).map(|(_, style)| style);
            let kind = match style {
                None => self.kind(&field.ty),
                Some(QueryStyle::Joined("%20")) => quote! { Kind::Joined(" ") },
                Some(QueryStyle::Joined("%7C")) => quote! { Kind::Joined("|") },
                Some(QueryStyle::Joined(_)) => quote! { Kind::Joined(",") },
                Some(QueryStyle::Json) => quote! { Kind::Json },
                // These parameters have no single name, so they have no option.
                Some(QueryStyle::Exploded | QueryStyle::Nested) => return None,
            };
            Some(self::field(field, &record.fields, kind))
        };
        fields.filter_map(parameter).collect()
    }

    fn body(&mut self, body: &'a Body) -> TokenStream {
        let (name, in_data) = match body {
            Body::None => return quote! { Body::None },
            Body::File => return quote! { Body::File },
            Body::Data { name, .. } => (name, true),
            Body::Whole(name) => (name, false),
        };
        let optional = matches!(body, Body::Data { optional: true, .. });
        let kind = self.context.types.get(name.as_str()).map(|item| &item.kind);
        match kind {
            Some(TypeKind::Struct(record)) if !record.transparent => {
                let object = self.named(name);
                quote! { Body::Fields { object: &#object, in_data: #in_data, is_optional: #optional } }
            }
            Some(TypeKind::Tagged(_)) if !in_data => {
                let tagged = self.named(name);
                quote! { Body::Tagged(&#tagged) }
            }
            _ => quote! { Body::Json { in_data: #in_data } },
        }
    }

    fn record(&self, name: &str) -> Option<&'a Struct> {
        match &self.context.types.get(name)?.kind {
            TypeKind::Struct(record) => Some(record),
            _ => None,
        }
    }

    fn kind(&mut self, ty: &'a Type) -> TokenStream {
        match ty {
            Type::Text => quote! { Kind::Text },
            Type::Integer => quote! { Kind::Integer },
            Type::Decimal => quote! { Kind::Decimal },
            Type::Boolean => quote! { Kind::Boolean },
            Type::Date => quote! { Kind::Date },
            Type::DateTime => quote! { Kind::DateTime },
            Type::Period => quote! { Kind::Text },
            Type::Json => quote! { Kind::Json },
            Type::List(item) => {
                let item = self.kind(item);
                quote! { Kind::List(&#item) }
            }
            Type::Map(value) => {
                let value = self.kind(value);
                quote! { Kind::Map(&#value) }
            }
            Type::Boxed(inner) | Type::Optional(inner) => self.kind(inner),
            Type::Named(name) => {
                let constant = constant(name);
                match self.context.types.get(name.as_str()).map(|item| &item.kind) {
                    Some(TypeKind::Enum(_)) => {
                        self.used.insert(name);
                        quote! { Kind::Enum(&#constant) }
                    }
                    Some(TypeKind::Struct(record)) if !record.transparent => {
                        self.used.insert(name);
                        quote! { Kind::Object(&#constant) }
                    }
                    _ => quote! { Kind::Json },
                }
            }
        }
    }

    fn named(&mut self, name: &'a str) -> Ident {
        self.used.insert(name);
        constant(name)
    }

    /// Returns the statics of the types that the table refers to. Their fields can refer to further types.
    fn statics(&mut self) -> Vec<TokenStream> {
        let mut statics = BTreeMap::new();
        while let Some(name) = self.used.iter().copied().find(|name| !statics.contains_key(name)) {
            let kind = self.context.types.get(name).map(|item| &item.kind);
            statics.insert(name, kind.map(|kind| self.definition(name, kind)).unwrap_or_default());
        }
        statics.into_values().collect()
    }

    fn definition(&mut self, name: &str, kind: &'a TypeKind) -> TokenStream {
        let constant = constant(name);
        match kind {
            TypeKind::Enum(variants) => {
                let values = variants.iter().map(|variant| {
                    let wire = &variant.wire;
                    let help = variant.doc.as_deref().map(docs::sentence).unwrap_or_default();
                    quote! { KnownValue { value: #wire, help: #help } }
                });
                let count = variants.len();
                quote! { static #constant: [KnownValue; #count] = [#(#values),*]; }
            }
            TypeKind::Struct(record) => {
                let fields = record.fields.iter().filter(|field| is_settable(field)).map(|field| {
                    let kind = self.kind(&field.ty);
                    self::field(field, &record.fields, kind)
                });
                let fields: Vec<_> = fields.collect();
                quote! { static #constant: Object = Object { fields: &[#(#fields),*] }; }
            }
            TypeKind::Tagged(tagged) => self.tagged(&constant, tagged),
            TypeKind::Union(_) | TypeKind::ByStatus(_) => TokenStream::new(),
        }
    }

    fn tagged(&mut self, constant: &Ident, tagged: &'a Tagged) -> TokenStream {
        let (tag, content) = (&tagged.tag, &tagged.content);
        let variants = tagged.variants.iter().filter(|(_, ty)| self.record(ty).is_some()).collect::<Vec<_>>();
        let variants = variants.into_iter().map(|(variant, ty)| {
            let (object, wire) = (self.named(ty), &variant.wire);
            let help = variant.doc.as_deref().map(docs::sentence).unwrap_or_default();
            quote! { (KnownValue { value: #wire, help: #help }, &#object) }
        });
        let variants: Vec<_> = variants.collect();
        quote! {
            static #constant: Tagged = Tagged { tag: #tag, content: #content, variants: &[#(#variants),*] };
        }
    }
}

fn field(field: &Field, siblings: &[Field], kind: TokenStream) -> TokenStream {
    let (flag, wire, required) = (flag(field, siblings), &field.wire, field.required);
    let help = docs::text_of_field(field);
    quote! { Field { flag: #flag, name: #wire, is_required: #required, kind: #kind, help: #help } }
}

fn constant(name: &str) -> Ident {
    format_ident!("{}", name.to_shouty_snake_case())
}
