//! Doc examples for methods: programs that compile and contain plausible values.

use super::scope::Scope;
use super::{Context, inputs, methods, print};
use crate::model::api::{
    Body, FileArgument, FileCount, Header, HeaderSource, Operation, Paging, PathArgument, Resource, Struct, Type,
    TypeKind, Union, Variant,
};

/// The maximum nesting depth of required records in an example.
const MAX_DEPTH: usize = 8;

/// The maximum number of values in an example. Without this limit, records that require each other would make examples huge.
const MAX_VALUES: usize = 300;

/// The maximum length of a line of code, so that it fits on a page of the documentation.
const WIDTH: usize = 90;

const TYPES: &str = "talkable_api::types";

/// Returns an example that calls the method of an operation.
pub(super) fn of_call(context: &Context<'_>, resource: &Resource, operation: &Operation) -> Vec<String> {
    call(context, resource, operation).program(operation.deprecated)
}

/// Returns the code of the same example, without a function around it and with a client.
pub(super) fn sample(context: &Context<'_>, resource: &Resource, operation: &Operation) -> String {
    let mut example = call(context, resource, operation);
    let mut lines = example.scope.lines();
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.push("let client = talkable_api::Client::from_env()?;".to_owned());
    lines.append(&mut example.lines);
    print::wrapped(lines, WIDTH).join("\n") + "\n"
}

fn call<'a, 'c>(context: &'c Context<'a>, resource: &Resource, operation: &Operation) -> Example<'a, 'c> {
    let mut example = Example::new(context);
    let mut arguments: Vec<_> = operation.path_arguments.iter().map(|argument| example.path_value(argument)).collect();
    arguments.extend(operation.headers.iter().filter_map(header_value));
    let query = operation.query.as_deref().map(|query| ("query", query));
    let body = methods::body(operation).map(|(argument, _, body)| (argument, body));
    for (argument, ty) in query.into_iter().chain(body) {
        let value = example.input(ty);
        example.lines.push(format!("let {argument} = {value};"));
        arguments.push(format!("&{argument}"));
    }
    if operation.body == Body::File {
        arguments.push("\"content\"".to_owned());
    }
    for FileArgument { name, count, .. } in &operation.files {
        let upload = "talkable_api::Upload::from_bytes(\"photo.png\", vec![0x89, 0x50])";
        example.lines.push(format!("let {name} = {upload};"));
        arguments.push(match count {
            FileCount::One => name.clone(),
            FileCount::Optional => format!("Some({name})"),
            FileCount::Many => format!("[{name}]"),
        });
    }
    let call = format!("client.{}().{}({})", resource.module, operation.method, arguments.join(", "));
    example.lines.push(format!("let result = {call}.await?;"));
    example
}

/// Returns an example that reads all pages of a listing.
pub(super) fn of_pages(
    context: &Context<'_>,
    resource: &Resource,
    operation: &Operation,
    paging: &Paging,
) -> Vec<String> {
    let mut example = Example::new(context);
    let query = operation.query.as_deref().map(|query| example.input(query)).unwrap_or_default();
    let lines = [
        &format!("let mut items = client.{}().{}({query});", resource.module, paging.method),
        "while let Some(item) = items.try_next().await? {",
        "    println!(\"{item:?}\");",
        "}",
    ];
    example.lines.extend(lines.map(str::to_owned));
    example.program(operation.deprecated)
}

struct Example<'a, 'c> {
    context: &'c Context<'a>,
    scope: Scope<'static>,
    /// The number of values in the example so far.
    values: usize,
    lines: Vec<String>,
}

impl<'a, 'c> Example<'a, 'c> {
    fn new(context: &'c Context<'a>) -> Self {
        Self { context, scope: Scope::new(TYPES, []), values: 0, lines: Vec::new() }
    }

    fn program(mut self, is_deprecated: bool) -> Vec<String> {
        let mut program = vec!["```no_run".to_owned()];
        if is_deprecated {
            program.push("# #![allow(deprecated)]".to_owned());
        }
        program
            .push("# async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {".to_owned());
        let mut lines = self.scope.lines();
        lines.append(&mut self.lines);
        program.extend(print::wrapped(lines, WIDTH));
        program.extend(["# Ok(())", "# }", "```"].map(str::to_owned));
        program
    }

    fn path_value(&mut self, argument: &PathArgument) -> String {
        match &argument.ty {
            Type::Integer => "1".to_owned(),
            Type::Named(name) => self.named(name, 0),
            _ => format!("\"{}\"", text(&argument.name)),
        }
    }

    /// Returns a value for a query or a body, as Rust code.
    fn input(&mut self, name: &str) -> String {
        match self.context.types.get(name).map(|item| &item.kind) {
            Some(TypeKind::Struct(_) | TypeKind::Union(_)) => self.named(name, 0),
            _ => {
                self.scope.named(name);
                format!("{name}::from({})", self.named(name, 0))
            }
        }
    }

    /// Constructs a record with its required fields, or with a single field if all fields are optional.
    fn record(&mut self, name: &str, record: &Struct, depth: usize) -> String {
        self.scope.named(name);
        self.values += 1 + record.required.len();
        let arguments: Vec<_> =
            inputs::arguments(record).map(|field| self.value(&field.ty, &field.wire, depth + 1)).collect();
        let new = format!("{name}::new({})", arguments.join(", "));
        let is_simple = |ty: &Type| matches!(ty, Type::Text | Type::Integer | Type::Boolean | Type::Decimal);
        if depth > 0 || !record.required.is_empty() {
            return new;
        }
        match record
            .fields
            .iter()
            .find(|field| is_simple(&field.ty) && !field.deprecated && !field.flatten && !field.read_only)
        {
            Some(field) => format!("{new}.{}({})", field.name, self.value(&field.ty, &field.wire, depth + 1)),
            None => new,
        }
    }

    fn value(&mut self, ty: &Type, name: &str, depth: usize) -> String {
        match ty {
            Type::Text => format!("\"{}\"", text(name)),
            Type::Integer => integer(name).to_string(),
            Type::Boolean => "true".to_owned(),
            Type::Decimal => {
                self.scope.ty(ty);
                "Decimal::new(9950, 2)".to_owned()
            }
            Type::Date => {
                let day = if name.contains("start") { "01" } else { "31" };
                format!("\"2026-01-{day}\".parse().expect(\"a date\")")
            }
            Type::DateTime => {
                "chrono::DateTime::parse_from_rfc3339(\"2026-01-31T12:00:00Z\").expect(\"a time\")".to_owned()
            }
            Type::Period => "\"1/1/26 - 1/31/26\"".to_owned(),
            Type::Json => "true".to_owned(),
            Type::Boxed(inner) | Type::Optional(inner) => self.value(inner, name, depth),
            Type::List(item) if is_inferred(item) => format!("[{}]", self.value(item, name, depth)),
            Type::Map(value) if is_inferred(value) => format!("[(\"key\", {})]", self.value(value, name, depth)),
            Type::List(item) => {
                self.scope.ty(item);
                format!("Vec::<{item}>::new()")
            }
            Type::Map(value) => {
                self.scope.ty(ty);
                format!("BTreeMap::<String, {value}>::new()")
            }
            Type::Named(inner) => self.named(inner, depth),
        }
    }

    /// Constructs the first variant that is a record or a scalar, or else the first variant.
    fn variant(&mut self, name: &str, union: &Union, depth: usize) -> String {
        self.scope.named(name);
        let is_short = |ty: &Type| matches!(ty, Type::Named(_) | Type::Text | Type::Integer | Type::Boolean);
        match union.variants.iter().find(|(_, ty)| is_short(ty)).or(union.variants.first()) {
            Some((variant, Type::Text)) => {
                format!("{name}::{}({}.to_owned())", variant.name, self.value(&Type::Text, name, depth))
            }
            Some((variant, ty @ (Type::Named(_) | Type::Integer | Type::Boolean))) => {
                format!("{name}::{}({})", variant.name, self.value(ty, name, depth + 1))
            }
            Some((variant, _)) => format!("{name}::{}(Default::default())", variant.name),
            None => String::new(),
        }
    }

    fn named(&mut self, ty: &str, depth: usize) -> String {
        match self.context.types.get(ty).map(|item| &item.kind) {
            Some(TypeKind::Enum(variants)) => match usual(variants) {
                Some(variant) => {
                    self.scope.named(ty);
                    format!("{ty}::{}", variant.name)
                }
                None => "\"\"".to_owned(),
            },
            Some(TypeKind::Struct(record))
                if depth <= MAX_DEPTH && self.values + record.required.len() < MAX_VALUES =>
            {
                self.record(ty, record, depth)
            }
            Some(TypeKind::Union(union)) if depth <= MAX_DEPTH => self.variant(ty, union, depth),
            Some(TypeKind::Tagged(tagged)) if depth <= MAX_DEPTH => {
                let first = tagged.variants.first().map(|(_, ty)| ty.clone());
                first.map_or_else(String::new, |first| self.named(&first, depth + 1))
            }
            // Reached if the record requires itself or if the example would become too long. Examples are compiled but not run,
            // so they can contain `expect` on `None`, which compiles for any type.
            _ => format!("None::<{TYPES}::{ty}>.expect(\"a value\")"),
        }
    }
}

/// Returns whether the compiler can infer the item type of a list or map from an item.
fn is_inferred(ty: &Type) -> bool {
    !matches!(ty, Type::List(_) | Type::Map(_) | Type::Boxed(_) | Type::Optional(_) | Type::Date | Type::Period)
}

fn header_value(header: &Header) -> Option<String> {
    let HeaderSource::Argument { name, ty } = &header.source else { return None };
    Some(match ty {
        Type::Integer => "1".to_owned(),
        Type::Boolean => "true".to_owned(),
        _ => format!("\"{}\"", text(name)),
    })
}

pub(crate) fn integer(name: &str) -> u32 {
    match name {
        "points" => 100,
        "per_page" => 25,
        _ => 1,
    }
}

/// Returns a typical variant, or the first variant if none is typical.
pub(super) fn usual(variants: &[Variant]) -> Option<&Variant> {
    const USUAL: [&str; 2] = ["Purchase", "approved"];
    let usual = variants.iter().find(|variant| USUAL.contains(&variant.wire.as_str()));
    usual.or_else(|| variants.first())
}

/// Returns a plausible string for a field: the value in the first table row whose word occurs in the field's name, or else the name
/// itself.
pub(crate) fn text(name: &str) -> String {
    const TEXTS: [(&str, &str); 22] = [
        ("friend_email", "joe@example.com"),
        ("email", "jane@example.com"),
        ("recipients", "joe@example.com"),
        ("person_slug", "jane@example.com"),
        ("origin_slug", "1042"),
        ("first_name", "Jane"),
        ("last_name", "Doe"),
        ("username", "jane"),
        ("phone", "+12025550123"),
        ("order_number", "1042"),
        ("event_number", "1042"),
        ("event_category", "newsletter_signup"),
        ("customer_id", "c-1042"),
        ("uuid", "2d7b4f0e-6a1c-4e58-9c3f-8b5a0d6e7f21"),
        ("short_url_code", "aBc123"),
        ("claim_url", "https://example.com/x/aBc123"),
        ("url", "https://example.com"),
        ("currency", "USD"),
        ("code", "WELCOME10"),
        ("metric", "advocate_impressions"),
        ("ip_address", "192.0.2.1"),
        ("content_type", "image"),
    ];
    let known = TEXTS.iter().find(|(word, _)| name.contains(word)).map(|(_, text)| *text);
    known.map_or_else(|| crate::model::names::snake(name), str::to_owned)
}
