//! Emits the handle type of a resource, with its methods and the constants that describe the requests.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::scope::Scope;
use super::{Context, docs, examples, reasons};
use crate::model::api::{Body, Envelope, HeaderSource, Operation, Paging, QueryStyle, Resource, SiteSlug, Type};

/// The text of the `# Errors` section for idempotent operations.
const IDEMPOTENT: &str = "See [`Error`](crate::Error). The operation is idempotent, so it is also retried after timeouts, \
                          broken connections and server errors.";

/// The text of the `# Errors` section for operations that are not idempotent.
const NOT_IDEMPOTENT: &str = "See [`Error`](crate::Error). The operation is not idempotent, so it is retried only after a \
                              response with status 429 or if no connection was made. Its \
                              [`verdict`](crate::Error::verdict) states whether you can repeat the call.";

pub(super) fn emit(context: &Context<'_>, resource: &Resource) -> TokenStream {
    let scope = Scope::new(context.home, []);
    let (handle, module) = (format_ident!("{}", resource.handle), format_ident!("{}", resource.module));
    let module_doc = docs::inner(&format!("The methods of [`{}`].", resource.handle));
    let (doc, client) = (docs::outer(&docs::of_resource(resource)), scope.import("crate", "Client"));
    let constants = resource.operations.iter().map(constant);
    let methods = resource.operations.iter().map(|operation| method(context, resource, operation, &scope));
    let methods: Vec<_> = methods.collect();
    let imports = scope.imports();
    quote! {
        #module_doc
        #imports
        #doc
        #[derive(Clone, Copy, Debug)]
        pub struct #handle<'a> { client: &'a #client }
        impl #client {
            #doc
            #[must_use]
            pub fn #module(&self) -> #handle<'_> { #handle { client: self } }
        }
        #(#constants)*
        impl #handle<'_> { #(#methods)* }
    }
}

fn constant(operation: &Operation) -> TokenStream {
    let (name, http) = (format_ident!("{}", operation.constant), format_ident!("{}", operation.http));
    let (id, path) = (&operation.id, &operation.template);
    let site = match operation.site_slug {
        SiteSlug::Query => Some(quote! { .site_in_query() }),
        SiteSlug::Body => Some(quote! { .site_in_body() }),
        SiteSlug::None => None,
    };
    let idempotent = operation.retry_safe.then(|| quote! { .idempotent() });
    let envelope = match operation.output.envelope {
        Envelope::Always => None,
        Envelope::OrDefault => Some(quote! { .optional_result() }),
        Envelope::Bare => Some(quote! { .without_envelope() }),
    };
    let data = matches!(operation.body, Body::Data { .. }).then(|| quote! { .with_data() });
    let ty = quote! { crate::operation::Operation };
    quote! { pub(crate) static #name: #ty = #ty::new(#id, crate::Method::#http, #path) #site #data #idempotent #envelope; }
}

fn method(context: &Context<'_>, resource: &Resource, operation: &Operation, scope: &Scope<'_>) -> TokenStream {
    let (name, constant) = (format_ident!("{}", operation.method), format_ident!("{}", operation.constant));
    let doc = documentation(operation, examples::of_call(context, resource, operation));
    let deprecated = docs::deprecated(operation.deprecated);
    let Arguments { parameters, steps } = arguments(operation, scope);
    let (call, result) = (scope.import("crate", "Call"), scope.named(&operation.output.name));
    let constructor = constructor(operation.output.envelope);
    let paged = operation.paging.as_ref().map(|paging| all_pages(context, resource, operation, paging, scope));
    quote! {
        #doc
        #deprecated
        pub fn #name(self #(, #parameters)*) -> #call<#result> {
            #call::#constructor(self.client, &#constant) #(#steps)*
        }
        #paged
    }
}

/// The parameters of a method, and the builder steps that complete the call.
#[derive(Default)]
struct Arguments {
    parameters: Vec<TokenStream>,
    steps: Vec<TokenStream>,
}

impl Arguments {
    fn push(&mut self, (parameter, step): (TokenStream, TokenStream)) {
        self.parameters.push(parameter);
        self.steps.push(step);
    }
}

fn arguments(operation: &Operation, scope: &Scope<'_>) -> Arguments {
    let mut arguments = Arguments::default();
    arguments.steps.extend(operation.server.as_ref().map(|origin| quote! { .server(#origin) }));
    for argument in &operation.path_arguments {
        let name = format_ident!("{}", argument.name);
        arguments.push(if argument.number {
            (quote! { #name: i64 }, quote! { .segment_number(#name) })
        } else {
            (quote! { #name: impl AsRef<str> }, quote! { .segment(#name) })
        });
    }
    for header in &operation.headers {
        let wire = &header.name;
        match &header.source {
            HeaderSource::Argument { name, ty } => {
                let name = format_ident!("{name}");
                arguments.push(match ty {
                    Type::Integer => (quote! { #name: i64 }, quote! { .header(#wire, #name.to_string()) }),
                    Type::Boolean => (quote! { #name: bool }, quote! { .header(#wire, #name.to_string()) }),
                    _ => (quote! { #name: impl AsRef<str> }, quote! { .header(#wire, #name) }),
                });
            }
            HeaderSource::Constant(value) => arguments.steps.push(quote! { .header(#wire, #value) }),
            HeaderSource::Optional => {}
        }
    }
    if !operation.fixed_query.is_empty() {
        let query = &operation.fixed_query;
        arguments.steps.push(quote! { .fixed_query(#query) });
    }
    if let Some(query) = &operation.query {
        let ty = scope.named(query);
        let styles = operation.query_styles.iter().map(|(name, style)| {
            let style = match style {
                QueryStyle::Exploded => quote! { Exploded },
                QueryStyle::Joined(separator) => quote! { Joined(#separator) },
                QueryStyle::Nested => quote! { Nested },
                QueryStyle::Json => quote! { Json },
            };
            quote! { (#name, crate::request::QueryStyle::#style) }
        });
        let step = if operation.query_styles.is_empty() {
            quote! { .query(query) }
        } else {
            quote! { .styled_query(query, &[#(#styles),*]) }
        };
        arguments.push((quote! { query: &#ty }, step));
    }
    if let Some((argument, step, ty)) = body(operation) {
        let (argument, step, ty) = (format_ident!("{argument}"), format_ident!("{step}"), scope.named(ty));
        arguments.push((quote! { #argument: &#ty }, quote! { .#step(#argument) }));
    }
    if operation.body == Body::Multipart {
        let ty = scope.import("crate", "Upload");
        arguments.push((quote! { file: #ty }, quote! { .multipart(file) }));
    }
    arguments
}

/// Returns the name of the body argument, the builder step that adds the argument to the call, and the argument's type.
pub(super) fn body(operation: &Operation) -> Option<(&'static str, &'static str, &str)> {
    match &operation.body {
        Body::None | Body::Multipart => None,
        Body::Data { name, optional: false } => Some(("data", "data", name)),
        Body::Data { name, optional: true } => Some(("data", "optional_data", name)),
        Body::Whole(name) => Some(("body", "body", name)),
    }
}

/// Returns the name of the function that creates a call and determines how the response is decoded.
pub(super) fn constructor(envelope: Envelope) -> Ident {
    match envelope {
        Envelope::Always => format_ident!("enveloped"),
        Envelope::OrDefault => format_ident!("enveloped_or_default"),
        Envelope::Bare => format_ident!("whole_body"),
    }
}

fn documentation(operation: &Operation, example: Vec<String>) -> TokenStream {
    let summary = operation.summary.as_deref().map_or_else(|| format!("Calls `{}`.", operation.id), docs::sentence);
    let described = operation.path_arguments.iter().filter_map(|argument| Some((argument, argument.doc.as_deref()?)));
    let described = described.map(|(argument, doc)| (&argument.name, doc));
    let headers = operation.headers.iter().filter_map(|header| match &header.source {
        HeaderSource::Argument { name, .. } => Some((name, header.doc.as_deref()?)),
        HeaderSource::Constant(_) | HeaderSource::Optional => None,
    });
    let items = described.chain(headers);
    let items = items.flat_map(|(name, doc)| docs::item(&format!("`{name}`: {}", docs::sentence(doc))));
    let optional = operation.headers.iter().filter(|header| header.source == HeaderSource::Optional);
    let optional = optional.flat_map(|header| {
        let doc = header.doc.as_deref().map(|doc| format!(": {}", docs::sentence(doc))).unwrap_or_default();
        docs::item(&format!("`{}`{doc}", header.name))
    });
    let optional: Vec<_> = optional.collect();
    let introduction = if optional.is_empty() {
        ""
    } else {
        "Optional headers, to be added with [`Call::header`](crate::Call::header):"
    };
    let errors = if operation.retry_safe { IDEMPOTENT } else { NOT_IDEMPOTENT };
    docs::paragraphs([
        docs::lines(&summary),
        docs::lines(operation.description.as_deref().unwrap_or_default()),
        items.collect(),
        docs::lines(introduction),
        optional,
        vec![format!("`{} {}{}`", operation.http, operation.server.as_deref().unwrap_or_default(), operation.template)],
        docs::lines("# Errors"),
        docs::lines(errors),
        docs::lines(&reasons::sentence(operation).unwrap_or_default()),
        docs::lines("# Example"),
        example,
    ])
}

/// Emits the method that reads all pages of a listing.
fn all_pages(
    context: &Context<'_>,
    resource: &Resource,
    operation: &Operation,
    paging: &Paging,
    scope: &Scope<'_>,
) -> Option<TokenStream> {
    let (name, method) = (format_ident!("{}", paging.method), format_ident!("{}", operation.method));
    let module = format_ident!("{}", resource.module);
    let (items, item) = (scope.import("crate", "Items"), scope.ty(&paging.item));
    let query = scope.named(operation.query.as_ref()?);
    let doc = docs::paragraphs([
        docs::lines(&format!("Reads all items that [`{method}`](Self::{method}) returns, across all pages.")),
        docs::lines(
            "Each page is requested when its first item is needed. Reading starts with the first page, and the `page` of the \
             query is ignored.",
        ),
        docs::lines("# Example"),
        examples::of_pages(context, resource, operation, paging),
    ]);
    let deprecated = docs::deprecated(operation.deprecated);
    // Emits `Clone::clone(&query)` instead of `query.clone()`, because a query type can have a setter called `clone`.
    Some(quote! {
        #doc
        #deprecated
        pub fn #name(self, query: #query) -> #items<#item> {
            #items::new({
                let client = self.client.clone();
                move |page| client.#module().#method(&Clone::clone(&query).page(page))
            })
        }
    })
}
