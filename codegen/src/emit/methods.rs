//! Emits the handle type of a resource, with its methods and the constants that describe the requests.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::scope::Scope;
use super::{Context, docs, examples, reasons};
use crate::model::api::{
    Body, BodyFormat, Encoding, Envelope, FieldStyle, FileArgument, FileCount, HeaderSource, Operation, Output,
    OutputKind, Paging, QueryStyle, Resource, SiteSlug, Type,
};

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
    let server = operation.server.as_ref().map(|origin| quote! { .server(#origin) });
    let fixed_query = Some(&operation.fixed_query).filter(|query| !query.is_empty());
    let fixed_query = fixed_query.map(|query| quote! { .fixed_query(#query) });
    let data = matches!(operation.body, Body::Data { .. }).then(|| quote! { .with_data() });
    let ty = quote! { crate::operation::Operation };
    let (format, response) = (format(operation), response(&operation.output));
    quote! {
        pub(crate) static #name: #ty =
            #ty::new(#id, crate::Method::#http, #path) #server #site #fixed_query #data #idempotent #format #response;
    }
}

/// Returns the builder calls that declare the format of the body.
fn format(operation: &Operation) -> TokenStream {
    let BodyFormat { encoding, content_type, styles } = &operation.format;
    let has_fields = operation.body != Body::None || operation.site_slug == SiteSlug::Body;
    let encoding = match encoding {
        Encoding::Json => None,
        Encoding::Form => Some(quote! { .form() }),
        // Without fields, the files determine the encoding.
        Encoding::Multipart => has_fields.then(|| quote! { .multipart() }),
    };
    let content_type = content_type.as_ref().map(|content_type| quote! { .content_type(#content_type) });
    let pairs = styles.iter().map(|(name, style)| {
        let style = match style {
            FieldStyle::Json => quote! { Json },
            FieldStyle::Repeated => quote! { Repeated },
            FieldStyle::Joined(separator) => quote! { Joined(#separator) },
        };
        quote! { (#name, crate::operation::FieldStyle::#style) }
    });
    let styles = (!styles.is_empty()).then(|| quote! { .styles(&[#(#pairs),*]) });
    quote! { #encoding #content_type #styles }
}

/// Returns the builder calls that declare which responses are accepted.
fn response(output: &Output) -> TokenStream {
    let accept = output.accept.as_ref().map(|accept| quote! { .accept(#accept) });
    let kind = match output.kind {
        OutputKind::Json(Envelope::Always) => None,
        OutputKind::Json(Envelope::OrDefault) => Some(quote! { .optional_result() }),
        OutputKind::Json(Envelope::Bare) | OutputKind::ByStatus => Some(quote! { .without_envelope() }),
        OutputKind::Download => Some(quote! { .download() }),
        OutputKind::Redirect => Some(quote! { .redirect() }),
    };
    quote! { #accept #kind }
}

fn method(context: &Context<'_>, resource: &Resource, operation: &Operation, scope: &Scope<'_>) -> TokenStream {
    let (name, constant) = (format_ident!("{}", operation.method), format_ident!("{}", operation.constant));
    let doc = documentation(operation, examples::of_call(context, resource, operation));
    let deprecated = docs::deprecated(operation.deprecated);
    let Arguments { parameters, steps } = arguments(operation, scope);
    let Output { name: result, kind, .. } = &operation.output;
    let call = scope.import("crate", "Call");
    let result = if operation.output.is_generated() { scope.named(result) } else { scope.import("crate", result) };
    let constructor = constructor(*kind);
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
    for argument in &operation.path_arguments {
        let name = format_ident!("{}", argument.name);
        arguments.push(match &argument.ty {
            Type::Integer => (quote! { #name: i64 }, quote! { .segment_number(#name) }),
            Type::Named(ty) => {
                let ty = scope.named(ty);
                (quote! { #name: impl Into<#ty> }, quote! { .segment(Into::<#ty>::into(#name)) })
            }
            _ => (quote! { #name: impl AsRef<str> }, quote! { .segment(#name) }),
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
    if operation.body == Body::File {
        let ty = scope.import("crate", "Upload");
        arguments.push((quote! { body: impl Into<#ty> }, quote! { .whole_file(body) }));
    }
    for file in &operation.files {
        arguments.push(file_argument(file, scope));
    }
    arguments
}

/// Returns the parameter for a file, and the builder step that adds the file to the call.
fn file_argument(file: &FileArgument, scope: &Scope<'_>) -> (TokenStream, TokenStream) {
    let FileArgument { name, wire, count, .. } = file;
    let (name, ty) = (format_ident!("{name}"), scope.import("crate", "Upload"));
    match count {
        FileCount::One => (quote! { #name: #ty }, quote! { .file(#wire, #name) }),
        FileCount::Optional => (quote! { #name: Option<#ty> }, quote! { .files(#wire, #name) }),
        FileCount::Many => (quote! { #name: impl IntoIterator<Item = #ty> }, quote! { .files(#wire, #name) }),
    }
}

/// Returns the name of the body argument, the builder step that adds the argument to the call, and the argument's type.
pub(super) fn body(operation: &Operation) -> Option<(&'static str, &'static str, &str)> {
    match &operation.body {
        Body::None | Body::File => None,
        Body::Data { name, optional: false } => Some(("data", "data", name)),
        Body::Data { name, optional: true } => Some(("data", "optional_data", name)),
        Body::Whole(name) => Some(("body", "body", name)),
    }
}

/// Returns the name of the function that creates a call and determines how the response is decoded.
pub(super) fn constructor(kind: OutputKind) -> Ident {
    match kind {
        OutputKind::Json(envelope) => format_ident!("{}", envelope.decoder()),
        OutputKind::ByStatus => format_ident!("by_status"),
        OutputKind::Download => format_ident!("download"),
        OutputKind::Redirect => format_ident!("redirect"),
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
    let files = operation.files.iter().filter_map(|file| Some((&file.name, file.doc.as_deref()?)));
    let items = described.chain(headers).chain(files);
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
        docs::lines(&media_types(operation)),
        vec![format!("`{} {}{}`", operation.http, operation.server.as_deref().unwrap_or_default(), operation.template)],
        docs::lines("# Errors"),
        docs::lines(errors),
        docs::lines(&reasons::sentence(operation).unwrap_or_default()),
        docs::lines("# Example"),
        example,
    ])
}

/// Describes the media type of a request body that is a file, and of a response that is not JSON.
fn media_types(operation: &Operation) -> String {
    let mut sentences = Vec::new();
    if operation.body == Body::File {
        sentences.push(match &operation.format.content_type {
            Some(content_type) => format!("The body is sent as `{content_type}`."),
            None => "The body is sent with the content type of the upload.".to_owned(),
        });
    }
    match (operation.output.kind, &operation.output.accept) {
        (OutputKind::Download, Some(accept)) if accept != "*/*" => {
            sentences.push(format!("The body of the response is `{}`.", accept.replace(", ", "` or `")));
        }
        (OutputKind::Redirect, _) => {
            sentences.push("The response is a redirect, which the client does not follow.".to_owned());
        }
        _ => {}
    }
    sentences.join(" ")
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
