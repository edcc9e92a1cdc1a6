//! The body of a request, built from `--data` and the options for its fields.

use clap::ArgMatches;
use serde_json::{Map, Value, json};

use super::check::{Problem, Problems};
use super::{read, value};
use crate::failure::{Failure, Result};
use crate::operation::{Body, Field, Kind, Object};
use crate::session::Session;

/// The id of the option for the whole body.
pub(crate) const DATA: &str = "data";

/// Returns the body without the site, or `None` if the request has no body.
pub(crate) fn body(
    body: &'static Body,
    matches: &ArgMatches,
    problems: &mut Problems,
    session: &mut Session<'_>,
) -> Result<Option<Value>> {
    let given = match body {
        Body::None | Body::File => return Ok(None),
        _ => data(matches, session)?,
    };
    Ok(match body {
        Body::None | Body::File => None,
        Body::Json { in_data } => given.map(|given| in_data_object(given, *in_data)),
        Body::Fields { object, in_data, is_optional } => {
            let is_given = given.is_some();
            let mut fields = object_of(given)?;
            set_fields(object.fields, "", matches, &mut fields, problems);
            if !is_given && fields.is_empty() && *is_optional {
                return Ok(None);
            }
            // Otherwise, the problems of options would be reported twice.
            if problems.is_empty() {
                problems.check_object(object, &fields, "");
            }
            Some(in_data_object(Value::Object(fields), *in_data))
        }
        Body::Tagged(tagged) => {
            let mut fields = object_of(given)?;
            let tag = matches.try_get_one::<String>(tagged.tag).ok().flatten();
            let tag = tag.cloned().or_else(|| Some(fields.get(tagged.tag)?.as_str()?.to_owned()));
            let Some((variant, object)) = tagged.variants.iter().find(|(known, _)| tag.as_deref() == Some(known.value))
            else {
                let known = tagged.variants.iter().map(|(known, _)| format!("`{}`", known.value)).collect::<Vec<_>>();
                let problem = match tag {
                    Some(tag) => Problem::new(&format!("--{}", tagged.tag), format!("unknown value `{tag}`")),
                    None => Problem::missing(tagged.tag),
                };
                problems.push(problem.help(format!("use --{} with {}", tagged.tag, known.join(", "))));
                return Ok(None);
            };
            let mut content = object_of(fields.remove(tagged.content))?;
            set_fields(object.fields, "", matches, &mut content, problems);
            let foreign = tagged.variants.iter().flat_map(|(_, other)| other.fields);
            for field in foreign.filter(|field| object.fields.iter().all(|own| own.name != field.name)) {
                if matches.contains_id(&id(field)) {
                    let reason = format!("the {} `{}` has no field `{}`", tagged.tag, variant.value, field.name);
                    problems.push(Problem::new(&format!("--{}", field.flag), reason));
                }
            }
            if problems.is_empty() {
                problems.check_object(object, &content, "");
            }
            Some(json!({tagged.tag: variant.value, tagged.content: content}))
        }
    })
}

/// The id of the option of a field of the body.
pub(crate) fn id(field: &Field) -> String {
    format!("body.{}", field.flag)
}

fn data(matches: &ArgMatches, session: &mut Session<'_>) -> Result<Option<Value>> {
    let Some(argument) = matches.get_one::<String>(DATA) else { return Ok(None) };
    let text = read::text(argument, "--data", session)?;
    let value = serde_json::from_str(&text).map_err(|error| {
        let help = "pass JSON, `@FILE` for a file with JSON, or `-` for standard input";
        Failure::usage(format!("invalid --data: not JSON: {error}")).help(help)
    })?;
    Ok(Some(value))
}

fn object_of(value: Option<Value>) -> Result<Map<String, Value>> {
    match value {
        None => Ok(Map::new()),
        Some(Value::Object(fields)) => Ok(fields),
        Some(_) => Err(Failure::usage("invalid --data: not a JSON object")),
    }
}

fn in_data_object(value: Value, in_data: bool) -> Value {
    if in_data { json!({"data": value}) } else { value }
}

/// Sets the fields for which there are options. An option replaces the value in `--data`.
fn set_fields(
    fields: &'static [Field],
    prefix: &str,
    matches: &ArgMatches,
    object: &mut Map<String, Value>,
    problems: &mut Problems,
) {
    for field in fields {
        let flag = format!("{prefix}{}", field.flag);
        if let Kind::Object(inner) = field.kind {
            let mut value = match object.get(field.name) {
                Some(Value::Object(value)) => value.clone(),
                _ => Map::new(),
            };
            let before = value.clone();
            set_fields(inner.fields, &format!("{flag}."), matches, &mut value, problems);
            if value != before {
                object.insert(field.name.to_owned(), Value::Object(value));
            }
            continue;
        }
        let id = format!("body.{flag}");
        let Ok(Some(texts)) = matches.try_get_many::<String>(&id) else { continue };
        let texts: Vec<_> = texts.map(String::as_str).collect();
        if let Some(value) = option_value(field.kind, &texts, &format!("--{flag}"), problems) {
            object.insert(field.name.to_owned(), value);
        }
    }
}

/// Converts the texts of an option to a value. Only the options of lists and maps have more than one text.
pub(crate) fn option_value(kind: Kind, texts: &[&str], name: &str, problems: &mut Problems) -> Option<Value> {
    match kind {
        Kind::List(item) => Some(texts.iter().filter_map(|text| value::parse(*item, text, name, problems)).collect()),
        Kind::Joined(separator) => Some(Value::String(texts.join(separator))),
        Kind::Map(item) => {
            let mut entries = Map::new();
            for text in texts {
                match text.split_once('=') {
                    Some((key, text)) => {
                        let value = value::parse(*item, text, &format!("{name} {key}"), problems)?;
                        entries.insert(key.to_owned(), value);
                    }
                    None => problems.push(
                        Problem::new(name, format!("`{text}` has no `=`")).help(format!("write `{name} NAME=VALUE`")),
                    ),
                }
            }
            Some(Value::Object(entries))
        }
        kind => texts.last().and_then(|text| value::parse(kind, text, name, problems)),
    }
}

/// Returns all options of an object, with the dotted names of the fields of inner objects.
pub(crate) fn options(object: &'static Object) -> Vec<(String, &'static Field)> {
    const MAX_DEPTH: usize = 4;
    fn add(prefix: &str, fields: &'static [Field], depth: usize, options: &mut Vec<(String, &'static Field)>) {
        for field in fields {
            let flag = format!("{prefix}{}", field.flag);
            match field.kind {
                Kind::Object(inner) if depth < MAX_DEPTH => add(&format!("{flag}."), inner.fields, depth + 1, options),
                Kind::Object(_) => {}
                _ => options.push((flag, field)),
            }
        }
    }
    let mut options = Vec::new();
    add("", object.fields, 0, &mut options);
    options
}
