//! The handle of a resource and its methods, and the constants that say what they send.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::scope::Scope;
use super::{Context, Folder, Given, docs, examples, heights};
use crate::model::api::{Body, Envelope, Operation, Paging, Resource, SiteSlug};
use crate::model::names::spoken;

/// Writes the methods of a resource.
pub(super) fn write(context: &Context<'_>, resource: &Resource, folder: &mut Folder) {
    let files = heights::packed(&resource.operations, |operation| heights::of_operation(operation));
    for (index, operations) in files.iter().enumerate() {
        let scope = Scope::default();
        let (handle, declaration) = match index {
            0 => (format_ident!("{}", resource.handle), handle_of(resource, &scope)),
            _ => (scope.import("super::methods", &resource.handle), TokenStream::new()),
        };
        let constants = operations.iter().map(|operation| constant(operation));
        let methods = operations.iter().map(|operation| methods(context, resource, operation, &scope));
        let items = quote! {
            #declaration
            #(#constants)*
            impl #handle<'_> { #(#methods)* }
        };
        let name = if index == 0 { "methods".to_owned() } else { format!("methods_{}", index + 1) };
        let given = if index == 0 { Given::All } else { Given::Nothing };
        folder.add(given, &name, &format!("The calls of [`{}`].", resource.handle), &scope, &items);
    }
}

fn handle_of(resource: &Resource, scope: &Scope<'_>) -> TokenStream {
    let (name, module) = (format_ident!("{}", resource.handle), format_ident!("{}", resource.module));
    let client = scope.import("crate", "Client");
    let said = spoken(&resource.module);
    let doc = resource.doc.clone().unwrap_or_else(|| format!("The calls about {said}."));
    let doc = docs::outer(&docs::sentence(&doc));
    let method_doc = docs::outer(&format!("The calls about {said}."));
    quote! {
        #doc
        #[derive(Clone, Copy, Debug)]
        pub struct #name<'a> { pub(super) client: &'a #client }
        impl #client {
            #method_doc
            #[must_use]
            pub fn #module(&self) -> #name<'_> { #name { client: self } }
        }
    }
}

fn constant(operation: &Operation) -> TokenStream {
    let name = format_ident!("{}", operation.constant);
    let http = format_ident!("{}", operation.http);
    let (id, path) = (&operation.id, &operation.path);
    let site = match operation.site_slug {
        SiteSlug::Query => Some(quote! { .site_in_query() }),
        SiteSlug::Body => Some(quote! { .site_in_body() }),
        SiteSlug::None => None,
    };
    let idempotent = operation.retry_safe.then(|| quote! { .idempotent() });
    let ty = quote! { crate::operation::Operation };
    quote! { static #name: #ty = #ty::new(#id, crate::Method::#http, #path) #site #idempotent; }
}

fn methods(context: &Context<'_>, resource: &Resource, operation: &Operation, scope: &Scope<'_>) -> TokenStream {
    let name = format_ident!("{}", operation.method);
    let doc = documentation(operation, &examples::of_call(context, resource, operation));
    let deprecated = operation.deprecated.then(|| quote! { #[deprecated] });
    let (parameters, steps) = arguments(operation, scope);
    let (call, result) = (scope.import("crate", "Call"), scope.named(&operation.output.name));
    let constructor = match operation.output.envelope {
        Envelope::Always => quote! { enveloped },
        Envelope::OrDefault => quote! { enveloped_or_default },
        Envelope::Bare => quote! { whole_body },
    };
    let constant = format_ident!("{}", operation.constant);
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

/// The parameters of a method, and the steps that put them into the call.
fn arguments(operation: &Operation, scope: &Scope<'_>) -> (Vec<TokenStream>, Vec<TokenStream>) {
    let (mut parameters, mut steps) = (Vec::new(), Vec::new());
    for argument in &operation.path_arguments {
        let name = format_ident!("{}", argument.name);
        if argument.number {
            parameters.push(quote! { #name: i64 });
            steps.push(quote! { .segment_number(#name) });
        } else {
            parameters.push(quote! { #name: impl AsRef<str> });
            steps.push(quote! { .segment(#name) });
        }
    }
    if let Some(query) = &operation.query {
        let ty = scope.named(query);
        parameters.push(quote! { query: &#ty });
        steps.push(quote! { .query(query) });
    }
    let (name, step) = match &operation.body {
        Body::None => return (parameters, steps),
        Body::Multipart => {
            let ty = scope.import("crate", "Upload");
            parameters.push(quote! { file: #ty });
            steps.push(quote! { .multipart(file) });
            return (parameters, steps);
        }
        Body::Data { name, optional: false } => (name, format_ident!("data")),
        Body::Data { name, optional: true } => (name, format_ident!("optional_data")),
        Body::Whole(name) => (name, format_ident!("body")),
    };
    let (ty, argument) = (scope.named(name), format_ident!("{}", examples::body_argument(&operation.body)));
    parameters.push(quote! { #argument: &#ty });
    steps.push(quote! { .#step(#argument) });
    (parameters, steps)
}

fn documentation(operation: &Operation, example: &[String]) -> TokenStream {
    let summary = operation.summary.clone().unwrap_or_else(|| spoken(&operation.id));
    let mut lines = docs::lines(&docs::sentence(&summary));
    lines.push(String::new());
    if let Some(description) = operation.description.as_deref().filter(|text| !text.trim().is_empty()) {
        lines.extend(docs::lines(description));
        lines.push(String::new());
    }
    let described =
        operation.path_arguments.iter().filter_map(|argument| Some((&argument.name, argument.doc.as_deref()?)));
    let items: Vec<_> =
        described.flat_map(|(name, doc)| docs::item(&format!("`{name}`: {}", docs::sentence(doc)))).collect();
    if !items.is_empty() {
        lines.extend(items);
        lines.push(String::new());
    }
    lines.push(format!("`{} {}`", operation.http, operation.path));
    lines.extend(["", "# Errors", ""].map(str::to_owned));
    let errors = if operation.retry_safe { SAFE } else { REFUSED_ONLY };
    lines.extend(docs::lines(errors));
    lines.push(String::new());
    lines.extend(example.iter().cloned());
    docs::verbatim(&lines)
}

/// What is said of the errors of a call that may be done twice.
const SAFE: &str = "[`Error`](crate::Error), as every call. An attempt that breaks off is retried, since doing it twice does \
                    no harm.";

/// The same of all others.
const REFUSED_ONLY: &str = "[`Error`](crate::Error), as every call. It isn't retried once it may have been carried out; \
                            [`maybe_executed`](crate::Error::maybe_executed) tells.";

/// The method that reads all pages of a listing.
fn all_pages(
    context: &Context<'_>,
    resource: &Resource,
    operation: &Operation,
    paging: &Paging,
    scope: &Scope<'_>,
) -> Option<TokenStream> {
    let name = format_ident!("{}", paging.method);
    let (method, module) = (format_ident!("{}", operation.method), format_ident!("{}", resource.module));
    let (items, item) = (scope.import("crate", "Items"), scope.ty(&paging.item));
    let query = scope.named(operation.query.as_ref()?);
    let mut lines = docs::lines(
        "The same over all pages, one by one: the next page is asked for when the items of the last are used up. \
         Reading begins with the first page, whatever `page` of the query says.",
    );
    lines.push(String::new());
    lines.extend(examples::of_pages(context, resource, operation, paging));
    let doc = docs::verbatim(&lines);
    let deprecated = operation.deprecated.then(|| quote! { #[deprecated] });
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
