//! The table: a static for each resource and for each type of its arguments.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToKebabCase, ToShoutySnakeCase};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::super::folder::{SHARED, folder_of};
use super::super::{Context, docs};
use super::command_line::command_line;
use super::result_fields::result_fields;
use super::{flag, is_settable};
use crate::model::api::{
    Api, Body, Field, FileArgument, FileCount, Header, HeaderSource, Operation, Paging, PathArgument, QueryStyle,
    Resource, Struct, Tagged, Type, TypeKind, Variant,
};
use crate::model::names::{self, Names};

/// A field of the table.
#[derive(Clone, Debug)]
struct Argument<'a> {
    flag: String,
    name: &'a str,
    is_required: bool,
    kind: ArgumentKind<'a>,
    help: String,
}

#[derive(Clone, Copy, Debug)]
enum ArgumentKind<'a> {
    Json,
    Joined(&'static str),
    Type(&'a Type),
}

pub(super) struct Table<'a> {
    context: Context<'a>,
    /// The module that is being emitted.
    module: &'a str,
    /// The names of the types that the table refers to.
    used: BTreeSet<&'a str>,
    /// The fields, each with the number of its occurrences, by their debug output.
    fields: BTreeMap<String, (Argument<'a>, usize)>,
    /// The constants of the fields that occur more than once, by the debug output of the field.
    repeated: BTreeMap<String, Ident>,
}

impl<'a> Table<'a> {
    pub(super) fn new(context: Context<'a>) -> Self {
        Self { context, module: "", used: BTreeSet::new(), fields: BTreeMap::new(), repeated: BTreeMap::new() }
    }

    /// Emits the modules by name: one for each resource with the types that only the resource uses, and one for what several
    /// resources share.
    pub(super) fn emit(&mut self, api: &'a Api) -> BTreeMap<&'a str, TokenStream> {
        let mut modules = BTreeMap::new();
        for resource in &api.resources {
            self.module = &resource.module;
            modules.insert(self.module, self.resource(resource));
        }
        for (key, constant) in self.repeated.clone() {
            self.module = SHARED;
            let Some((argument, _)) = self.fields.get(&key).cloned() else { continue };
            let field = self.literal(&argument);
            let module: &mut TokenStream = modules.entry(SHARED).or_default();
            module.extend(quote! { pub(super) const #constant: Field = #field; });
        }
        // The fields of a type can refer to further types.
        let mut emitted = BTreeSet::new();
        while let Some(name) = self.used.iter().copied().find(|name| !emitted.contains(name)) {
            emitted.insert(name);
            let Some(kind) = self.context.types.get(name).map(|item| &item.kind) else { continue };
            self.module = self.module_of(name);
            let definition = self.definition(name, kind);
            modules.entry(self.module).or_default().extend(definition);
        }
        modules
    }

    /// Gives the fields that occur more than once the names of their constants.
    pub(super) fn name_repeated_fields(&mut self) {
        let mut names = Names::plain();
        for name in self.used.iter().filter(|name| self.module_of(name) == SHARED) {
            names.give(&constant(name).to_string());
        }
        let repeated = self.fields.iter().filter(|(_, (_, count))| *count > 1);
        let constants = repeated.map(|(key, (argument, _))| {
            (key.clone(), format_ident!("{}", names.give(&names::constant(&argument.flag))))
        });
        self.repeated = constants.collect();
    }

    fn module_of(&self, name: &str) -> &'a str {
        folder_of(self.context.usage(name)).unwrap_or(SHARED)
    }

    fn resource(&mut self, resource: &'a Resource) -> TokenStream {
        let (name, about) = (resource.module.to_kebab_case(), docs::of_resource(resource));
        let operations: Vec<_> = resource.operations.iter().map(|it| self.operation(resource, it)).collect();
        quote! {
            pub(super) static RESOURCE: Resource =
                Resource { name: #name, about: #about, operations: &[#(#operations),*] };
        }
    }

    fn operation(&mut self, resource: &'a Resource, operation: &'a Operation) -> TokenStream {
        let Operation { id, http, template, retry_safe, deprecated, .. } = operation;
        let name = operation.method.trim_end_matches('_').to_kebab_case();
        let summary = operation.summary.as_deref().map_or_else(|| format!("Calls `{id}`."), docs::sentence);
        let description = operation.description.as_deref().map(docs::sentence).unwrap_or_default();
        let mut parts = Vec::new();
        let path: Vec<_> = operation.path_arguments.iter().map(|argument| self.path_argument(argument)).collect();
        parts.extend((!path.is_empty()).then(|| quote! { path_arguments: &[#(#path),*] }));
        let headers: Vec<_> = operation.headers.iter().filter_map(|header| self.header(header)).collect();
        parts.extend((!headers.is_empty()).then(|| quote! { headers: &[#(#headers),*] }));
        let query = operation.query.as_deref().and_then(|name| self.record(name));
        let query: Vec<_> = query.map(|record| self.query(record, operation)).unwrap_or_default();
        parts.extend((!query.is_empty()).then(|| quote! { query: &[#(#query),*] }));
        parts.extend(self.body(&operation.body).map(|body| quote! { body: #body }));
        let files: Vec<_> = operation.files.iter().map(file).collect();
        parts.extend((!files.is_empty()).then(|| quote! { files: &[#(#files),*] }));
        parts.extend(operation.paging.as_ref().map(|Paging { items, .. }| quote! { page_items: Some(#items) }));
        parts.extend(deprecated.then(|| quote! { is_deprecated: true }));
        let fields = result_fields(&self.context, &operation.output);
        parts.extend(fields.map(|fields| quote! { result_fields: #fields }));
        let example = command_line(&self.context, resource, operation);
        quote! {
            Operation {
                id: #id, name: #name, method: #http, path: #template, summary: #summary, description: #description,
                is_idempotent: #retry_safe, example: #example, #(#parts,)* ..Operation::WITHOUT_ARGUMENTS
            }
        }
    }

    fn path_argument(&mut self, argument: &'a PathArgument) -> TokenStream {
        let name = argument.name.trim_end_matches('_');
        let help = argument.doc.as_deref().map(docs::sentence).unwrap_or_default();
        let kind = ArgumentKind::Type(&argument.ty);
        self.field(Argument { flag: name.to_kebab_case(), name, is_required: true, kind, help })
    }

    fn header(&mut self, header: &'a Header) -> Option<TokenStream> {
        let HeaderSource::Argument { name, ty } = &header.source else { return None };
        let help = header.doc.as_deref().map(docs::sentence).unwrap_or_default();
        let (flag, kind) = (name.to_kebab_case(), ArgumentKind::Type(ty));
        Some(self.field(Argument { flag, name: &header.name, is_required: true, kind, help }))
    }

    fn query(&mut self, record: &'a Struct, operation: &'a Operation) -> Vec<TokenStream> {
        let fields = record.fields.iter().filter(|field| is_settable(field));
        let parameter = |field: &'a Field| {
            let style = operation.query_styles.iter().find(|(name, _)| *name == field.wire).map(|(_, style)| style);
            let kind = match style {
                None => ArgumentKind::Type(&field.ty),
                Some(QueryStyle::Joined("%20")) => ArgumentKind::Joined(" "),
                Some(QueryStyle::Joined("%7C")) => ArgumentKind::Joined("|"),
                Some(QueryStyle::Joined(_)) => ArgumentKind::Joined(","),
                Some(QueryStyle::Json) => ArgumentKind::Json,
                // These parameters have no single name, so they have no option.
                Some(QueryStyle::Exploded | QueryStyle::Nested) => return None,
            };
            Some(self.field(of_record(field, &record.fields, kind)))
        };
        fields.filter_map(parameter).collect()
    }

    fn body(&mut self, body: &'a Body) -> Option<TokenStream> {
        let (name, in_data) = match body {
            Body::None => return None,
            Body::File => return Some(quote! { Body::File }),
            Body::Data { name, .. } => (name, true),
            Body::Whole(name) => (name, false),
        };
        let optional = matches!(body, Body::Data { optional: true, .. });
        let kind = self.context.types.get(name.as_str()).map(|item| &item.kind);
        Some(match kind {
            Some(TypeKind::Struct(record)) if !record.transparent => {
                let object = self.named(name);
                quote! { Body::Fields { object: &#object, in_data: #in_data, is_optional: #optional } }
            }
            Some(TypeKind::Tagged(_)) if !in_data => {
                let tagged = self.named(name);
                quote! { Body::Tagged(&#tagged) }
            }
            _ => quote! { Body::Json { in_data: #in_data } },
        })
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
            Type::Named(name) => match self.context.types.get(name.as_str()).map(|item| &item.kind) {
                Some(TypeKind::Enum(_)) => {
                    let known = self.named(name);
                    quote! { Kind::Enum(&#known) }
                }
                Some(TypeKind::Struct(record)) if !record.transparent => {
                    let object = self.named(name);
                    quote! { Kind::Object(&#object) }
                }
                _ => quote! { Kind::Json },
            },
        }
    }

    /// Returns the path of the static of a type.
    fn named(&mut self, name: &'a str) -> TokenStream {
        self.used.insert(name);
        let (module, constant) = (self.module_of(name), constant(name));
        self.path(module, &constant)
    }

    fn path(&self, module: &str, constant: &Ident) -> TokenStream {
        let name = format_ident!("{module}");
        if module == self.module {
            quote! { #constant }
        } else {
            quote! { super::#name::#constant }
        }
    }

    fn field(&mut self, argument: Argument<'a>) -> TokenStream {
        let key = format!("{argument:?}");
        if let Some(constant) = self.repeated.get(&key) {
            return self.path(SHARED, constant);
        }
        let literal = self.literal(&argument);
        self.fields.entry(key).or_insert((argument, 0)).1 += 1;
        literal
    }

    fn literal(&mut self, argument: &Argument<'a>) -> TokenStream {
        let Argument { flag, name, is_required, kind, help } = argument;
        let kind = match kind {
            ArgumentKind::Json => quote! { Kind::Json },
            ArgumentKind::Joined(separator) => quote! { Kind::Joined(#separator) },
            ArgumentKind::Type(ty) => self.kind(ty),
        };
        quote! { Field { flag: #flag, name: #name, is_required: #is_required, kind: #kind, help: #help } }
    }

    fn definition(&mut self, name: &str, kind: &'a TypeKind) -> TokenStream {
        let constant = constant(name);
        match kind {
            TypeKind::Enum(variants) => {
                let values = variants.iter().map(known_value);
                let count = variants.len();
                quote! { pub(super) static #constant: [KnownValue; #count] = [#(#values),*]; }
            }
            TypeKind::Struct(record) => {
                let fields = record
                    .fields
                    .iter()
                    .filter(|field| is_settable(field))
                    .map(|field| self.field(of_record(field, &record.fields, ArgumentKind::Type(&field.ty))));
                let fields: Vec<_> = fields.collect();
                quote! { pub(super) static #constant: Object = Object { fields: &[#(#fields),*] }; }
            }
            TypeKind::Tagged(tagged) => self.tagged(&constant, tagged),
            TypeKind::Union(_) | TypeKind::ByStatus(_) => TokenStream::new(),
        }
    }

    fn tagged(&mut self, constant: &Ident, tagged: &'a Tagged) -> TokenStream {
        let (tag, content) = (&tagged.tag, &tagged.content);
        let variants = tagged.variants.iter().filter(|(_, ty)| self.record(ty).is_some()).collect::<Vec<_>>();
        let variants = variants.into_iter().map(|(variant, ty)| {
            let (value, object) = (known_value(variant), self.named(ty));
            quote! { (#value, &#object) }
        });
        let variants: Vec<_> = variants.collect();
        quote! {
            pub(super) static #constant: Tagged = Tagged { tag: #tag, content: #content, variants: &[#(#variants),*] };
        }
    }
}

fn of_record<'a>(field: &'a Field, siblings: &[Field], kind: ArgumentKind<'a>) -> Argument<'a> {
    let (flag, help) = (flag(field, siblings), docs::text_of_field(field));
    Argument { flag, name: &field.wire, is_required: field.required, kind, help }
}

fn known_value(variant: &Variant) -> TokenStream {
    let Variant { wire, doc, .. } = variant;
    match doc.as_deref().map(docs::sentence) {
        Some(help) => quote! { KnownValue { value: #wire, help: #help } },
        None => quote! { KnownValue::without_help(#wire) },
    }
}

fn file(file: &FileArgument) -> TokenStream {
    let (flag, wire) = (file.name.trim_end_matches('_').to_kebab_case(), &file.wire);
    let help = file.doc.as_deref().map(docs::sentence).unwrap_or_default();
    let (required, many) = (file.count == FileCount::One, file.count == FileCount::Many);
    quote! { File { flag: #flag, name: #wire, is_required: #required, is_repeated: #many, help: #help } }
}

fn constant(name: &str) -> Ident {
    format_ident!("{}", name.to_shouty_snake_case())
}
