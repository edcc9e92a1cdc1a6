//! Doc examples for methods: programs that compile and contain plausible values.

use serde_json::Value;

use super::scope::Scope;
use super::{Context, inputs, methods, print};
use crate::model::api::{
    Body, Field, FileArgument, FileCount, Header, HeaderSource, Operation, Paging, PathArgument, Resource, Struct,
    Type, TypeKind, Union, Variant,
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
    let of_query = Value::Object(operation.example.query.clone());
    let of_body = operation.example.body.as_ref();
    let of_body =
        if matches!(operation.body, Body::Data { .. }) { of_body.and_then(|it| it.get("data")) } else { of_body };
    let query = operation.query.as_deref().map(|query| ("query", query, Some(&of_query)));
    let body = methods::body(operation).map(|(argument, _, body)| (argument, body, of_body));
    for (argument, ty, value) in query.into_iter().chain(body) {
        let value = example.input(ty, value);
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
    let query = operation.query.as_deref().map(|query| example.input(query, None)).unwrap_or_default();
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
            Type::Named(name) => self.named(name, 0, argument.example.as_ref()),
            ty => scalar(ty, &argument.name, argument.example.as_ref()),
        }
    }

    /// Returns a value for a query or a body, as Rust code.
    fn input(&mut self, name: &str, example: Option<&Value>) -> String {
        match self.context.types.get(name).map(|item| &item.kind) {
            Some(TypeKind::Struct(_) | TypeKind::Union(_)) => self.named(name, 0, example),
            _ => {
                self.scope.named(name);
                format!("{name}::from({})", self.named(name, 0, example))
            }
        }
    }

    /// Constructs a record with its required fields and those in the example. If the record has no required fields and there is no
    /// example, sets a single field.
    fn record(&mut self, name: &str, record: &Struct, depth: usize, example: Option<&Value>) -> String {
        self.scope.named(name);
        self.values += 1 + record.required.len();
        let of_field = |field: &Field| example.and_then(|example| example.get(&field.wire)).filter(|it| !it.is_null());
        let arguments: Vec<_> = inputs::arguments(record)
            .map(|field| self.value(&field.ty, &field.wire, depth + 1, of_field(field)))
            .collect();
        let mut code = format!("{name}::new({})", arguments.join(", "));
        let is_set = |field: &&Field| !field.required && !field.deprecated && !field.flatten && !field.read_only;
        let mut fields = record.fields.iter().filter(is_set);
        let mut has_value = depth > 0 || !record.required.is_empty();
        for field in fields.clone().filter(|field| is_shown(&field.ty)) {
            let Some(example) = of_field(field).filter(|_| self.values < MAX_VALUES) else { continue };
            has_value = true;
            self.values += 1;
            let value = self.value(&field.ty, &field.wire, depth + 1, Some(example));
            code = format!("{code}.{}({value})", field.name);
        }
        let is_simple = |ty: &Type| matches!(ty, Type::Text | Type::Integer | Type::Boolean | Type::Decimal);
        match fields.find(|field| is_simple(&field.ty)) {
            Some(field) if !has_value => {
                format!("{code}.{}({})", field.name, self.value(&field.ty, &field.wire, depth + 1, None))
            }
            _ => code,
        }
    }

    fn value(&mut self, ty: &Type, name: &str, depth: usize, example: Option<&Value>) -> String {
        match ty {
            Type::Boxed(inner) | Type::Optional(inner) => self.value(inner, name, depth, example),
            Type::List(item) if is_inferred(item) => {
                let items = self.items(item, name, depth, example.and_then(Value::as_array).into_iter().flatten());
                format!("[{}]", items.join(", "))
            }
            Type::Map(value) if is_inferred(value) => {
                let entries = example.and_then(Value::as_object);
                let keys: Vec<_> = entries.into_iter().flat_map(|it| it.keys().map(String::as_str)).collect();
                let keys = if keys.is_empty() { vec!["key"] } else { keys };
                let values = self.items(value, name, depth, entries.into_iter().flat_map(|it| it.values()));
                let entries: Vec<_> =
                    keys.iter().zip(values).map(|(key, value)| format!("({key:?}, {value})")).collect();
                format!("[{}]", entries.join(", "))
            }
            Type::List(item) => {
                self.scope.ty(item);
                format!("Vec::<{item}>::new()")
            }
            Type::Map(value) => {
                self.scope.ty(ty);
                format!("BTreeMap::<String, {value}>::new()")
            }
            Type::Named(inner) => self.named(inner, depth, example),
            ty => {
                if *ty == Type::Decimal {
                    self.scope.ty(ty);
                }
                scalar(ty, name, example)
            }
        }
    }

    /// Returns the items of a list, or a single item if there is no example.
    fn items<'v>(
        &mut self,
        ty: &Type,
        name: &str,
        depth: usize,
        examples: impl Iterator<Item = &'v Value>,
    ) -> Vec<String> {
        let mut items = Vec::new();
        for example in examples {
            if self.values < MAX_VALUES {
                self.values += 1;
                items.push(self.value(ty, name, depth, Some(example)));
            }
        }
        if items.is_empty() {
            items.push(self.value(ty, name, depth, None));
        }
        items
    }

    /// Constructs the first variant that is a record or a scalar, or else the first variant.
    fn variant(&mut self, name: &str, union: &Union, depth: usize, example: Option<&Value>) -> String {
        self.scope.named(name);
        let is_short = |ty: &Type| matches!(ty, Type::Named(_) | Type::Text | Type::Integer | Type::Boolean);
        match union.variants.iter().find(|(_, ty)| is_short(ty)).or(union.variants.first()) {
            Some((variant, Type::Text)) => {
                format!("{name}::{}({}.to_owned())", variant.name, scalar(&Type::Text, name, example))
            }
            Some((variant, ty @ (Type::Named(_) | Type::Integer | Type::Boolean))) => {
                format!("{name}::{}({})", variant.name, self.value(ty, name, depth + 1, example))
            }
            Some((variant, _)) => format!("{name}::{}(Default::default())", variant.name),
            None => String::new(),
        }
    }

    fn named(&mut self, ty: &str, depth: usize, example: Option<&Value>) -> String {
        match self.context.types.get(ty).map(|item| &item.kind) {
            Some(TypeKind::Enum(variants)) => {
                let of_example = variants.iter().find(|variant| example.is_some_and(|it| *it == variant.wire));
                match of_example.or_else(|| usual(variants)) {
                    Some(variant) => {
                        self.scope.named(ty);
                        format!("{ty}::{}", variant.name)
                    }
                    None => "\"\"".to_owned(),
                }
            }
            Some(TypeKind::Struct(record))
                if depth <= MAX_DEPTH && self.values + record.required.len() < MAX_VALUES =>
            {
                self.record(ty, record, depth, example)
            }
            Some(TypeKind::Union(union)) if depth <= MAX_DEPTH => self.variant(ty, union, depth, example),
            Some(TypeKind::Tagged(tagged)) if depth <= MAX_DEPTH => {
                let tag = example.and_then(|example| example.get(&tagged.tag));
                let of_example =
                    tagged.variants.iter().find(|(variant, _)| tag.is_some_and(|tag| *tag == variant.wire));
                let content = of_example.and(example).and_then(|example| example.get(&tagged.content));
                match of_example.or(tagged.variants.first()) {
                    Some((_, ty)) => self.named(ty, depth + 1, content),
                    None => String::new(),
                }
            }
            // Reached if the record requires itself or if the example would become too long. Examples are compiled but not run,
            // so they can contain `expect` on `None`, which compiles for any type.
            _ => format!("None::<{TYPES}::{ty}>.expect(\"a value\")"),
        }
    }
}

/// Returns a value that is neither a list, a map nor a generated type: that of the example if it has the type.
fn scalar(ty: &Type, name: &str, example: Option<&Value>) -> String {
    let of_text = example.and_then(Value::as_str);
    match ty {
        Type::Integer => example.and_then(Value::as_i64).unwrap_or_else(|| integer(name).into()).to_string(),
        Type::Boolean => example.and_then(Value::as_bool).unwrap_or(true).to_string(),
        Type::Decimal => {
            let number = example.filter(|example| example.is_number()).map(Value::to_string);
            let code = number.as_deref().or(of_text).and_then(decimal);
            code.unwrap_or_else(|| "Decimal::new(9950, 2)".to_owned())
        }
        Type::Date => {
            let day = if name.contains("start") { "2026-01-01" } else { "2026-01-31" };
            format!("{:?}.parse().expect(\"a date\")", of_text.unwrap_or(day))
        }
        Type::DateTime => {
            let time = of_text.unwrap_or("2026-01-31T12:00:00Z");
            format!("chrono::DateTime::parse_from_rfc3339({time:?}).expect(\"a time\")")
        }
        Type::Period => format!("{:?}", of_text.unwrap_or("1/1/26 - 1/31/26")),
        Type::Json => "true".to_owned(),
        _ => format!("{:?}", of_text.map_or_else(|| text(name), str::to_owned)),
    }
}

/// Returns the code of a decimal number, or `None` if it has too many digits or an exponent.
fn decimal(number: &str) -> Option<String> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits: i32 = format!("{whole}{fraction}").parse().ok()?;
    Some(match fraction.len() {
        0 => format!("Decimal::from({digits})"),
        scale => format!("Decimal::new({digits}, {scale})"),
    })
}

/// Returns whether an example can set a field of this type.
fn is_shown(ty: &Type) -> bool {
    match ty {
        Type::List(item) | Type::Map(item) => is_inferred(item) && is_shown(item),
        Type::Boxed(inner) => is_shown(inner),
        Type::Json | Type::Optional(_) => false,
        _ => true,
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

/// Returns a plausible string for a field: that of the table, or else the name itself.
pub(crate) fn text(name: &str) -> String {
    known_text(name).map_or_else(|| crate::model::names::snake(name), str::to_owned)
}

/// Returns the value in the first table row whose word occurs in the field's name.
pub(crate) fn known_text(name: &str) -> Option<&'static str> {
    const TEXTS: [(&str, &str); 22] = [
        ("friend_email", "john@example.com"),
        ("email", "jane@example.com"),
        ("recipients", "john@example.com"),
        ("person_slug", "jane@example.com"),
        ("origin_slug", "1042"),
        ("first_name", "Jane"),
        ("last_name", "Doe"),
        ("username", "jane"),
        ("phone", "+12025550101"),
        ("order_number", "1042"),
        ("event_number", "1042"),
        ("event_category", "newsletter_signup"),
        ("customer_id", "1001"),
        ("uuid", "6f0cbb60-33ad-4b4a-8c5f-6a4d1f0a0001"),
        ("short_url_code", "EkqMRr"),
        ("claim_url", "https://www.talkable.com/x/EkqMRr"),
        ("url", "https://example.com"),
        ("currency", "USD"),
        ("code", "TK-4AMB7F8Q"),
        ("metric", "advocate_impressions"),
        ("ip_address", "192.0.2.1"),
        ("content_type", "image"),
    ];
    TEXTS.iter().find(|(word, _)| name.contains(word)).map(|(_, text)| *text)
}
