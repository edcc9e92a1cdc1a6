//! Random values: unusual but valid names, examples and schemas, and invalid values.

use serde_json::{Map, Value, json};

use crate::Choices;

const NAMES: [&str; 40] = [
    "id",
    "name",
    "type",
    "self",
    "Self",
    "crate",
    "ok",
    "result",
    "data",
    "site_slug",
    "page",
    "per_page",
    "total",
    "items",
    "entries",
    "value",
    "file",
    "query",
    "body",
    "new",
    "others",
    "Option",
    "String",
    "Result",
    "Person",
    "person",
    "people",
    "status",
    "address",
    "a/b",
    "a~b",
    "a.b[c]",
    "",
    " ",
    "名前",
    "éé",
    "1st",
    "-",
    "x-y",
    "$ref",
];

const FORMATS: [&str; 9] = ["date", "date-time", "uri", "uuid", "email", "id", "int64", "binary", "no such format"];

const TEXTS: [&str; 14] = [
    "",
    "text",
    "2026-01-02",
    "2026-01-02T03:04:05Z",
    "1/2/2026",
    "person@example.com",
    "https://www.example.com",
    "1",
    "1.5",
    "true",
    "\u{202e}\0\u{feff}",
    "*/ \" \\ {} #",
    "```\n# unsafe\n",
    "日本\u{1f600}",
];

/// Returns a name for a field, type, operation or tag.
pub fn name(choices: &mut Choices<'_>) -> String {
    match choices.below(NAMES.len() + 4) {
        0 => format!("name{}", choices.byte()),
        1 => "long".repeat(60),
        2 => char::from_u32(u32::from(choices.byte()) << 8 | u32::from(choices.byte()))
            .map(String::from)
            .unwrap_or_default(),
        3 => format!("{}{}", choices.pick(&NAMES), choices.pick(&NAMES)),
        known => NAMES.get(known - 4).map(ToString::to_string).unwrap_or_default(),
    }
}

/// Returns a random JSON value.
pub fn data(choices: &mut Choices<'_>, depth: usize) -> Value {
    match choices.below(if depth > 3 { 9 } else { 12 }) {
        0 => json!(choices.byte()),
        1 | 2 => json!(choices.pick(&TEXTS)),
        3 => Value::Null,
        4 => json!(choices.one_in(2)),
        5 => json!(f64::from(choices.byte()) / 4.0),
        6 => choices.pick(&[json!(i64::MIN), json!(u64::MAX), json!(1e308), json!(-0.0), json!(1e-320)]).clone(),
        7 => json!({}),
        8 => json!([]),
        9 => (0..choices.below(4)).map(|_| data(choices, depth + 1)).collect(),
        _ => (0..=choices.below(4)).map(|_| (name(choices), data(choices, depth + 1))).collect::<Map<_, _>>().into(),
    }
}

/// Returns a valid schema, which can refer to one of the `known` pointers.
pub fn schema(choices: &mut Choices<'_>, known: &[String], depth: usize) -> Value {
    let mut schema = match choices.below(if depth > 3 { 6 } else { 14 }) {
        0 => json!({"type": "string"}),
        1 => json!({"type": choices.pick(&["integer", "number", "boolean", "object"])}),
        2 => json!({"type": "string", "format": choices.pick(&FORMATS)}),
        3 if !known.is_empty() => return json!({"$ref": format!("#{}", choices.pick(known))}),
        4 => json!({"type": "string", "enum": (0..=choices.below(4)).map(|_| name(choices)).collect::<Vec<_>>()}),
        5 => json!({"type": "string", "x-extensible-enum": [name(choices), choices.pick(&TEXTS)]}),
        6 | 7 => json!({"type": "array", "items": schema(choices, known, depth + 1)}),
        8 => json!({"type": "object", "additionalProperties": schema(choices, known, depth + 1)}),
        9 => parts(choices, known, depth),
        _ => record(choices, known, depth),
    };
    for (key, value) in [
        ("nullable", json!(true)),
        ("deprecated", json!(true)),
        ("description", json!(choices.pick(&TEXTS))),
        ("example", data(choices, 3)),
    ] {
        if choices.one_in(6) {
            schema[key] = value;
        }
    }
    if choices.one_in(8) {
        schema["x-rust-name"] = json!(name(choices));
    }
    schema
}

fn record(choices: &mut Choices<'_>, known: &[String], depth: usize) -> Value {
    let properties: Map<String, Value> =
        (0..choices.below(4)).map(|_| (name(choices), schema(choices, known, depth + 1))).collect();
    let mut record = json!({"type": "object"});
    if choices.one_in(2) {
        record["required"] = properties.keys().take(choices.below(3)).cloned().collect();
    }
    if choices.one_in(5) {
        record["additionalProperties"] =
            if choices.one_in(2) { json!(choices.one_in(2)) } else { schema(choices, known, depth + 1) };
    }
    record["properties"] = properties.into();
    record
}

fn parts(choices: &mut Choices<'_>, known: &[String], depth: usize) -> Value {
    let parts: Vec<Value> = (0..=choices.below(3)).map(|_| schema(choices, known, depth + 1)).collect();
    match choices.below(4) {
        0 => json!({"oneOf": parts}),
        1 => json!({"anyOf": parts}),
        2 => {
            let branch = |(index, fields): (usize, &Value)| {
                let tag = json!({"type": "string", "enum": [format!("kind{index}")]});
                json!({"type": "object", "required": ["type"], "properties": {"type": tag, "data": fields}})
            };
            let branches: Vec<Value> = parts.iter().enumerate().map(branch).collect();
            json!({"oneOf": branches, "discriminator": {"propertyName": "type"}})
        }
        _ => json!({"allOf": parts}),
    }
}

/// Returns a value that would be invalid for most nodes.
pub fn misfit(choices: &mut Choices<'_>, known: &[String]) -> Value {
    match choices.below(8) {
        0 => data(choices, 0),
        1 => schema(choices, known, 0),
        2 => json!({"$ref": format!("#{}", choices.pick(known))}),
        3 => {
            json!({"$ref": choices.pick(&["#/", "#", "", "a.yaml#/b", "#components/schemas/A", "../schemas.yaml#/site_slug", "#/%zz"])})
        }
        4 => deep(choices, "items"),
        5 => deep(choices, "allOf"),
        6 => json!({"name": name(choices), "in": choices.pick(&["query", "path", "header"]), "schema": {}}),
        _ => json!([name(choices)]),
    }
}

/// Returns a schema that can be nested deeper than any real schema.
fn deep(choices: &mut Choices<'_>, key: &str) -> Value {
    let mut schema = json!({"type": "string"});
    for _ in 0..choices.below(90) {
        schema = match key {
            "allOf" => json!({"allOf": [schema]}),
            _ => json!({"type": "array", "items": schema}),
        };
    }
    schema
}
