//! Lists the items of a document with their attributes.

use std::collections::{BTreeMap, BTreeSet};

use super::ItemKind;
use super::item::{Item, named};
use super::parameters::{NEW_ARGUMENT, described, header_argument};
use super::rules::template;
use super::schemas::{Found, parameters, pointer};
use crate::emit::{arguments, folder_of, is_optional};
use crate::model::api::{
    Api, Body, Encoding, Envelope, Event, Field, FileCount, Operation, OutputKind, PathArgument, Resource, Role,
    SiteSlug, Type, TypeItem, TypeKind, Union, Use, Variant,
};
use crate::openapi::node::Node;

/// The data from which the items are listed.
pub(super) struct Facts<'a> {
    pub(super) root: Node<'a>,
    pub(super) api: &'a Api,
    pub(super) types: &'a BTreeMap<String, TypeItem>,
    /// The pointers to the webhooks, by webhook ID.
    pub(super) events: &'a BTreeMap<String, String>,
    pub(super) found: Found,
}

impl Facts<'_> {
    /// Lists the operations and webhooks.
    pub(super) fn calls(&self) -> Vec<Item> {
        let operations = self.api.operations().map(|(resource, operation)| self.operation(&resource.module, operation));
        operations.chain(self.api.events.iter().map(|event| self.event(event))).collect()
    }

    /// Lists the resources and the types that operations use. The bindings contain no other types.
    pub(super) fn named(&self) -> Vec<Item> {
        let usage = |item: &TypeItem| self.api.uses.get(&item.name).filter(|usage| !usage.resources.is_empty());
        let types = self.types.values().filter_map(|item| Some(self.type_item(item, usage(item)?)));
        self.api.resources.iter().map(resource).chain(types).collect()
    }

    fn operation(&self, module: &str, operation: &Operation) -> Item {
        let Operation { http, path, body, output, .. } = operation;
        let (query, data) = (operation.query.as_deref(), body.type_name());
        let name = format!("{module}().{}", operation.method);
        let place = pointer(operation);
        let requested = [query, data].map(|ty| ty.map(|ty| self.keys(ty)));
        let results = self.keys(&output.name);
        // An empty response alone does not make operations similar.
        let is_distinctive = results.len() > 1 || requested.iter().any(Option::is_some);
        let paging = operation.paging.as_ref().map(|paging| {
            let method = format!("{module}().{}", paging.method);
            let item = Item::new(ItemKind::Operation, &method, place.clone(), ["paging"]);
            Item { note: Some(format!("all pages of `{name}`")), ..item.with("method", &*method) }
        });
        let positional = operation.path_arguments.iter().enumerate();
        let positional = positional.map(|(index, argument)| self.path_argument(&name, operation, index, argument));
        let header_arguments = operation.headers.iter().filter_map(|header| header_argument(&name, &place, header));
        let arguments = method_arguments(&name, operation);
        let keys = query.map(|query| self.keys(query));
        let sent = self.found.sent(&place);
        let request = format!("{http} {path}");
        let item = Item::new(ItemKind::Operation, &name, place.clone(), [&*operation.id, &*template(&request)])
            .with("method", &*name);
        let item = described(attributes(item, operation), operation, keys);
        Item {
            equal: format!("{http} {} {requested:?}", operation.path_arguments.len()),
            features: if is_distinctive { results } else { BTreeSet::new() },
            note: Some(request),
            children: positional.chain(header_arguments).chain(arguments).chain(paging).chain(sent).collect(),
            ..documented(item, operation.deprecated, [&operation.summary, &operation.description])
        }
        .link("module", module)
        .link("result", &*output.name)
        .link("query", query)
        .link("body", data)
    }

    /// Returns the item of a path argument. Path arguments are identified by their position.
    fn path_argument(&self, name: &str, operation: &Operation, index: usize, argument: &PathArgument) -> Item {
        let placeholder = operation.path.split(['{', '}']).nth(2 * index + 1).unwrap_or_default();
        let parameter = parameters(&self.root, &pointer(operation)).remove(placeholder);
        let place = parameter.as_ref().map_or_else(|| pointer(operation), |spot| spot.written.clone());
        let ty = match &argument.ty {
            Type::Integer => "i64".to_owned(),
            Type::Named(name) => format!("impl Into<{name}>"),
            _ => "impl AsRef<str>".to_owned(),
        };
        let name = format!("{name}({})", argument.name);
        let item = Item::new(ItemKind::Argument, &name, place, [&*format!("path {index}")]);
        let item = Item { is_required: true, value: Some(ty.clone()), ..item };
        let item = item
            .with("type", &*ty)
            .with("positional", &*argument.name)
            .with("placeholder at this position", &*argument.name);
        parameter.iter().fold(item, |item, spot| spot.limit(item))
    }

    fn event(&self, event: &Event) -> Item {
        let pointer = self.events.get(&event.id).cloned().unwrap_or_default();
        let reply = event.answer.as_ref();
        let name = format!("Event::{}", event.variant);
        let holder = if reply.is_some() { "NeedsAnswer" } else { "Box" };
        let children = self.found.sent(&pointer);
        let item = Item::new(ItemKind::Webhook, &name, pointer, [&*event.kind, &*event.id])
            .with("name", &*event.variant)
            .with("kind", &*event.kind)
            .with("type", &*format!("{holder}<{}>", event.payload))
            .with("reply", reply.map(|reply| &*reply.name))
            .with("envelope", reply.map(|reply| result(reply.kind)))
            .link("payload", &*event.payload)
            .link("reply", reply.map(|reply| &*reply.name));
        let item = documented(item, event.deprecated, [&event.summary, &event.description]);
        Item { note: Some(format!("\"{}\"", event.kind)), children, ..item }
    }

    fn type_item(&self, item: &TypeItem, usage: &Use) -> Item {
        let shape = shape(&item.kind);
        // String enums implement the same traits in requests and in responses.
        let has = |direction: bool| (direction && !matches!(item.kind, TypeKind::Enum(_))).then_some("");
        // Only the types of results that can be missing from a response implement `Default`.
        let is_optional = |operation: &Operation| {
            operation.output.envelope() == Some(Envelope::OrDefault) && operation.output.name == item.name
        };
        let is_default = usage.role == Role::Result && self.api.operations().any(|(_, it)| is_optional(it));
        let described = Item::new(ItemKind::Type, &item.name, self.found.place(&item.name, None), [&*item.name])
            .with("name", &*item.name)
            .with(
                "imports from `types` still work",
                folder_of(usage).map(|it| format!("{it}::{}", item.name)).as_deref(),
            )
            .with("shape", shape)
            .with("no longer an input: loses `new`, the setters and `Serialize`", has(usage.request))
            .with("no longer in a response: loses `Deserialize`", has(usage.response))
            .with(
                "no longer implements `Default`",
                if is_default { Some("result") } else { usage.request.then_some("input") },
            );
        let described = documented(described, item.deprecated, [&item.doc]);
        let described = Item { equal: shape.to_owned(), features: self.keys(&item.name), ..described };
        match &item.kind {
            TypeKind::Struct(record) => {
                let constant = record.constant.as_ref().map(|(key, value)| format!("{key}: {value}"));
                let described = described
                    .with(
                        "order of the arguments of `new`",
                        usage
                            .request
                            .then(|| arguments(record).map(|field| &*field.name).collect::<Vec<_>>().join(", "))
                            .as_deref(),
                    )
                    .with("encoding", if record.transparent { "value of its only field" } else { "object" })
                    .with("constant property", constant.as_deref());
                let children =
                    record.fields.iter().map(|it| self.field(&item.name, it, usage, record.transparent)).collect();
                let described = Item { children, ..described };
                record.fields.iter().fold(described, |described, it| described.link(&it.wire, named(&it.ty)))
            }
            TypeKind::Enum(variants) => {
                Item { children: variants.iter().map(|it| self.value(&item.name, it)).collect(), ..described }
            }
            TypeKind::ByStatus(variants) => {
                let children = variants.iter().map(|it| {
                    let variant = Variant { name: it.name.clone(), wire: it.name.clone(), doc: None };
                    let ty = it.value.as_ref().map(|(ty, _)| ty.as_str());
                    self.value(&item.name, &variant).with("type", ty)
                });
                Item { children: children.collect(), ..described }
            }
            TypeKind::Tagged(union) => {
                let children = union.variants.iter().map(|(it, ty)| self.value(&item.name, it).with("type", &**ty));
                let described = Item { children: children.collect(), ..described };
                described.with("tag", &*union.tag).with("content property", &*union.content)
            }
            TypeKind::Union(union) => self.union_item(&item.name, union, described),
        }
    }

    fn union_item(&self, name: &str, union: &Union, described: Item) -> Item {
        let children = union.variants.iter().map(|(it, ty)| self.value(name, it).with("type", &*ty.to_string()));
        let described = Item { children: children.collect(), ..described };
        let described = described.with("tag", union.tag.as_deref());
        union.variants.iter().fold(described, |described, (it, ty)| described.link(&it.wire, named(ty)))
    }

    fn field(&self, owner: &str, field: &Field, usage: &Use, is_transparent: bool) -> Item {
        let kind = if usage.request && !usage.response { ItemKind::Argument } else { ItemKind::Field };
        let ty = if is_optional(field, usage) { format!("Option<{}>", field.ty) } else { field.ty.to_string() };
        let place = self.found.place(owner, Some(&*field.wire).filter(|_| !is_transparent));
        let decodes = |holds: bool| usage.response.then_some(if holds { "true" } else { "false" });
        let item = Item::new(kind, &format!("{owner}::{}", field.name), place, [&*field.name, &*field.wire])
            .with("name", &*field.name)
            .with("type", &*ty)
            .with("name on the wire", &*field.wire)
            .with("decodes an empty object as `None`", decodes(field.empty_is_null));
        let is_required = usage.request && field.required && !field.read_only;
        Item {
            equal: ty.clone(),
            features: letters(&field.name),
            is_required,
            value: Some(ty),
            note: is_required.then(|| "required by `new`".to_owned()),
            ..documented(item, field.deprecated, [&field.doc])
        }
    }

    fn value(&self, owner: &str, variant: &Variant) -> Item {
        let (name, place) = (format!("{owner}::{}", variant.name), self.found.place(owner, None));
        let item = Item::new(ItemKind::Value, &name, place, [&*variant.wire, &*variant.name]);
        let item = item.with("name", &*variant.name).with("name on the wire", &*variant.wire);
        Item { features: letters(&variant.name), note: Some(format!("\"{}\"", variant.wire)), ..item }
    }

    /// Returns the wire names of a type's fields or variants.
    fn keys(&self, name: &str) -> BTreeSet<String> {
        match self.types.get(name).map(|item| &item.kind) {
            Some(TypeKind::Struct(record)) => record.fields.iter().map(|field| field.wire.clone()).collect(),
            Some(TypeKind::Enum(variants)) => variants.iter().map(|variant| variant.wire.clone()).collect(),
            Some(TypeKind::Union(union)) => union.variants.iter().map(|(variant, _)| variant.wire.clone()).collect(),
            Some(TypeKind::ByStatus(variants)) => variants.iter().map(|variant| variant.name.clone()).collect(),
            Some(TypeKind::Tagged(union)) => union.variants.iter().map(|(variant, _)| variant.wire.clone()).collect(),
            None => BTreeSet::new(),
        }
    }
}

fn shape(kind: &TypeKind) -> &'static str {
    match kind {
        TypeKind::Struct(_) => "a struct",
        TypeKind::Enum(_) => "an enum of strings",
        TypeKind::Tagged(_) => "an enum of records",
        TypeKind::Union(_) => "an enum of types",
        TypeKind::ByStatus(_) => "an enum of results",
    }
}

/// Adds the attributes of an operation, except for those of its parameters.
fn attributes(item: Item, operation: &Operation) -> Item {
    let Operation { http, path, body, output, .. } = operation;
    item.with("type", &*format!("Call<{}>", output.name))
        .with("HTTP method", &**http)
        .with("path", &**path)
        .with("server", operation.server.as_deref())
        .with("envelope", result(output.kind))
        .with("body format", format(operation).as_deref())
        .with("Accept", output.accept.as_deref().unwrap_or("application/json"))
        .with("retry class", if operation.retry_safe { "safe" } else { "refused-only" })
        .with(
            "location of `site_slug`",
            match operation.site_slug {
                SiteSlug::Query => "query",
                SiteSlug::Body => "body",
                SiteSlug::None => "none",
            },
        )
        .with(
            "empty `data`",
            match body {
                Body::Data { optional, .. } => Some(if *optional { "omitted" } else { "sent" }),
                _ => None,
            },
        )
}

/// Lists the arguments of a method that are not part of the path.
fn method_arguments(name: &str, operation: &Operation) -> Vec<Item> {
    let argument = |key: &str, part: &str, ty: &str| {
        let item = Item::new(ItemKind::Argument, &format!("{name}({part})"), pointer(operation), [key]);
        let note = Some(NEW_ARGUMENT.to_owned());
        Item { is_required: true, value: Some(ty.to_owned()), note, ..item.with("type", ty) }
    };
    let query = operation.query.iter().map(|query| argument("query", "query", &format!("&{query}")));
    let body = match &operation.body {
        Body::None => None,
        Body::Data { name, .. } | Body::Whole(name) => Some(argument("body", "data", &format!("&{name}"))),
        Body::File => Some(argument("body", "body", "impl Into<Upload>")),
    };
    let files = operation.files.iter().map(|file| {
        let ty = match file.count {
            FileCount::One => "Upload",
            FileCount::Optional => "Option<Upload>",
            FileCount::Many => "impl IntoIterator<Item = Upload>",
        };
        argument(&file.wire, &file.name, ty)
    });
    query.chain(body).chain(files).collect()
}

fn resource(resource: &Resource) -> Item {
    let place = resource.operations.first().map(pointer);
    let item = Item::new(ItemKind::Resource, &resource.module, place, [&*resource.module])
        .with("module, cargo feature and client method", &*resource.module)
        .with("handle", &*resource.handle);
    let note = format!("with the handle `{}` and a cargo feature", resource.handle);
    Item { note: Some(note), ..documented(item, false, [&resource.doc]) }
}

/// Returns the pairs of adjacent letters of a name.
fn letters(name: &str) -> BTreeSet<String> {
    name.chars().zip(name.chars().skip(1)).map(|(one, other)| format!("{one}{other}")).collect()
}

fn documented<const N: usize>(item: Item, is_deprecated: bool, texts: [&Option<String>; N]) -> Item {
    let text = texts.into_iter().flatten().cloned().collect::<Vec<_>>().join("\n\n");
    item.with("deprecated", is_deprecated.then_some("")).with("documentation changed", &*text)
}

fn result(kind: OutputKind) -> &'static str {
    match kind {
        OutputKind::Json(Envelope::Always) => "result",
        OutputKind::Json(Envelope::OrDefault) => "optional result",
        OutputKind::Json(Envelope::Bare) => "none",
        OutputKind::ByStatus => "by status",
        OutputKind::Download => "download",
        OutputKind::Redirect => "redirect",
    }
}

/// Describes the format of a request body, if the request has one.
fn format(operation: &Operation) -> Option<String> {
    let has_body = operation.body != Body::None || !operation.files.is_empty();
    let format = &operation.format;
    let media_type = match format.encoding {
        Encoding::Json => format.content_type.as_deref().unwrap_or("application/json"),
        Encoding::Form => "application/x-www-form-urlencoded",
        Encoding::Multipart => "multipart/form-data",
    };
    let styles = format.styles.iter().map(|(name, style)| format!(", `{name}` as {style:?}"));
    has_body.then(|| format!("{media_type}{}", styles.collect::<String>()))
}
