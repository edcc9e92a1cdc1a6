//! What an operation sends and what it answers, without the envelope and without the name of the site.

use serde_json::Map;

use crate::Result;
use crate::model::api::{Body, Envelope, Output};
use crate::model::name_types::{Hoist, annotated, joined, referred_type};
use crate::model::names;
use crate::openapi::node::Node;
use crate::openapi::schema::{self, Kind};

/// The body that an operation sends, and whether it names the site.
pub(crate) fn request<'a>(hoist: &mut Hoist<'a>, operation: &Node<'a>, id: &str) -> Result<(Body, bool)> {
    let Some(body) = operation.get("requestBody") else { return Ok((Body::None, false)) };
    let body = body.follow()?;
    let media_types = body.entries_of("content")?;
    let find = |wanted: fn(&str) -> bool| media_types.iter().find(|(name, _)| wanted(name)).map(|(_, place)| place);
    if let Some(json) = find(is_json) {
        let schema = json.need("schema").map_err(|error| error.help("say what the request holds"))?;
        return json_body(hoist, &schema, &names::type_name(&names::snake(id)));
    }
    if let Some(multipart) = find(|name| name.starts_with("multipart/form-data")) {
        return upload(multipart).map(|()| (Body::Multipart, false));
    }
    match media_types.first() {
        None => Ok((Body::None, false)),
        Some((name, place)) => {
            let error =
                place.error(format!("the request is `{name}`; only JSON and multipart/form-data are supported"));
            Err(error.help("describe the request as `application/json`"))
        }
    }
}

/// What an operation answers when it succeeds.
pub(crate) fn answer<'a>(hoist: &mut Hoist<'a>, operation: &Node<'a>, id: &str) -> Result<Output> {
    let responses = operation.need("responses")?;
    let entries = responses.entries()?;
    let success: Vec<_> = entries.iter().filter(|(status, _)| status.starts_with('2')).collect();
    if success.is_empty() {
        return Err(responses.error("no response says what success looks like").help("describe a 2xx response"));
    }
    let asked = operation.text_of("x-rust-result")?.map(names::type_name);
    let name = asked.unwrap_or_else(|| format!("{}Result", names::type_name(&names::snake(id))));
    let mut answer: Option<Output> = None;
    for (_, response) in success {
        let response = response.follow()?;
        let media_types = response.entries_of("content")?;
        let Some((other, first)) = media_types.first() else { continue };
        let Some((_, json)) = media_types.iter().find(|(name, _)| is_json(name)) else {
            let error = first.error(format!("the response is `{other}`; only JSON is supported"));
            return Err(error.help("describe the response as `application/json`"));
        };
        let output = match json.get("schema") {
            Some(schema) => json_answer(hoist, operation, &schema, &name)?,
            None => return Err(json.error("the response has no schema").help("give it one")),
        };
        match &answer {
            Some(first) if *first != output => {
                let error = json.error("two responses of success hold different things");
                return Err(error.help("let both have the same schema"));
            }
            Some(_) => {}
            None => answer = Some(output),
        }
    }
    Ok(answer.unwrap_or_else(|| nothing(hoist, operation, &name)))
}

fn is_json(media_type: &str) -> bool {
    let name = media_type.split(';').next().unwrap_or_default().trim();
    name == "application/json" || name.ends_with("+json")
}

fn json_body<'a>(hoist: &mut Hoist<'a>, schema: &Node<'a>, id: &str) -> Result<(Body, bool)> {
    let place = hoist.resolved(schema)?;
    let name = format!("{id}Body");
    let found = hoist.kind(&place)?;
    let record = match &*found {
        Kind::Record(record) => record,
        Kind::TaggedUnion(choice) => {
            let schema = hoist.schema(&place, &name)?;
            return Ok((Body::Whole(referred_type(&schema).unwrap_or(name)), choice.site));
        }
        _ => {
            // What a choice of another form sends is untyped, but it names the site all the same.
            let branches = place.items_of("oneOf")?.into_iter().chain(place.items_of("anyOf")?);
            let site = branches.into_iter().any(|branch| names_site(hoist, &branch).unwrap_or_default());
            return Ok((Body::Whole(wrapped(hoist, &place, &name)?), site));
        }
    };
    let site = record.property("site_slug").is_some();
    let mut rest = record.properties.iter().filter(|(key, _)| *key != "site_slug");
    let (first, second) = (rest.next(), rest.next());
    if first.is_none() && record.others.is_none() {
        return Ok((Body::None, site));
    }
    if let (Some(("data", data)), None, true) = (first, second, site) {
        let optional = !record.required.contains(&"data");
        if let Some(name) = data_type(hoist, data, &format!("{id}Data"))? {
            return Ok((Body::Data { name, optional }, site));
        }
    }
    let schema = hoist.record(&place, record, &name, &["site_slug"])?;
    Ok((Body::Whole(referred_type(&schema).unwrap_or(name)), site))
}

/// The type of `data` if it is a record.
fn data_type<'a>(hoist: &mut Hoist<'a>, data: &Node<'a>, name: &str) -> Result<Option<String>> {
    let place = hoist.resolved(data)?;
    match *hoist.kind(&place)? {
        Kind::Record(_) => Ok(referred_type(&hoist.schema(data, name)?)),
        _ => Ok(None),
    }
}

fn names_site<'a>(hoist: &mut Hoist<'a>, branch: &Node<'a>) -> Result<bool> {
    let place = branch.follow()?;
    Ok(matches!(&*hoist.kind(&place)?, Kind::Record(record) if record.property("site_slug").is_some()))
}

/// An upload is one field, `file`; that is all that the runtime sends.
fn upload(media_type: &Node<'_>) -> Result<()> {
    let schema = media_type.need("schema")?.follow()?;
    let Kind::Record(fields) = schema::kind(&schema)? else {
        return Err(schema.error("an upload is no object").help("describe its fields"));
    };
    match fields.properties.as_slice() {
        [("file", _)] => Ok(()),
        _ => {
            let error = schema.error("an upload has other fields than `file`");
            Err(error.help("send the others in the query, or extend the runtime's `multipart`"))
        }
    }
}

fn json_answer<'a>(hoist: &mut Hoist<'a>, operation: &Node<'a>, schema: &Node<'a>, name: &str) -> Result<Output> {
    let place = hoist.resolved(schema)?;
    match &*hoist.kind(&place)? {
        Kind::Record(record) if record.property("ok").is_some() => {
            let Some(result) = record.property("result") else { return Ok(nothing(hoist, operation, name)) };
            let always = record.required.contains(&"result");
            let envelope = if always { Envelope::Always } else { Envelope::OrDefault };
            Ok(Output { name: result_type(hoist, result, name)?, envelope })
        }
        _ => Ok(Output { name: result_type(hoist, schema, name)?, envelope: Envelope::Bare }),
    }
}

/// The type of a result; one that is no record becomes the only field of one.
fn result_type<'a>(hoist: &mut Hoist<'a>, result: &Node<'a>, name: &str) -> Result<String> {
    let place = hoist.resolved(result)?;
    if let Some(known) = hoist.made_of(&place) {
        return Ok(known);
    }
    let name = if place.pointer == result.pointer { name.to_owned() } else { names::type_name(&place.key()) };
    let made = match *hoist.kind(&place)? {
        // An object of which nothing is known yet is a record without fields, so that it can get some.
        Kind::Map(None) => hoist.made(&name, Map::new(), &[]),
        Kind::Record(_) => return Ok(referred_type(&hoist.schema(&place, &name)?).unwrap_or(name)),
        _ => wrapped(hoist, &place, &name)?,
    };
    hoist.remember(&place, &made);
    Ok(made)
}

/// The record whose only field is what stands at a place, which is no record.
fn wrapped<'a>(hoist: &mut Hoist<'a>, place: &Node<'a>, name: &str) -> Result<String> {
    let key = match *hoist.kind(place)? {
        Kind::List(_) => "items",
        Kind::Map(_) => "entries",
        _ => "value",
    };
    let schema = hoist.schema(place, &joined(name, key))?;
    let item = schema.get("items").and_then(referred_type);
    let key = item.map_or_else(|| key.to_owned(), |item| names::plural(&names::snake(&item)));
    Ok(hoist.wrapper(name, &key, schema))
}

/// The result of an operation that only says that it is done.
fn nothing<'a>(hoist: &mut Hoist<'a>, operation: &Node<'a>, name: &str) -> Output {
    let name = match operation.get("x-rust-result") {
        Some(asked) => hoist.give_wanted(&asked, name, "x-rust-result"),
        None => return Output { name: hoist.made(name, Map::new(), &[]), envelope: Envelope::OrDefault },
    };
    hoist.fill(&name, Map::new(), &[]);
    Output { name, envelope: Envelope::OrDefault }
}

/// The type of a query without the name of the site, and whether the query names it.
pub(crate) fn query<'a>(
    hoist: &mut Hoist<'a>,
    operation: &Node<'a>,
    parameters: &[Node<'a>],
    id: &str,
) -> Result<(Option<String>, bool)> {
    let wanted = operation.text_of("x-rust-query")?.map(names::type_name);
    let name = wanted.unwrap_or_else(|| format!("{}Query", names::type_name(&names::snake(id))));
    let (mut properties, mut required, mut site) = (Map::new(), Vec::new(), false);
    for parameter in parameters {
        let key = parameter.need("name")?.text()?;
        if key == "site_slug" {
            site = true;
            continue;
        }
        let schema = parameter.need("schema")?;
        scalars(hoist, &schema, key)?;
        let schema = hoist.schema(&schema, &joined(&name, key))?;
        properties.insert(key.to_owned(), annotated(schema, parameter));
        if parameter.flag_of("required")? {
            required.push(key.to_owned());
        }
    }
    if properties.is_empty() {
        return Ok((None, site));
    }
    let name = match operation.get("x-rust-query") {
        Some(asked) => hoist.give_wanted(&asked, &name, "x-rust-query"),
        None => return Ok((Some(hoist.made(&name, properties, &required)), site)),
    };
    hoist.fill(&name, properties, &required);
    Ok((Some(name), site))
}

/// Refuses a parameter that is no text, number or flag, and no list of them.
fn scalars<'a>(hoist: &mut Hoist<'a>, schema: &Node<'a>, key: &str) -> Result<()> {
    let mut place = hoist.resolved(schema)?;
    if let Kind::List(items) = &*hoist.kind(&place)? {
        place = hoist.resolved(items)?;
    }
    match *hoist.kind(&place)? {
        Kind::Text(_) | Kind::Scalar(_) | Kind::Enum(_) | Kind::Any => Ok(()),
        _ => {
            let error = schema.error(format!("the query parameter `{key}` holds more than a text, a number or a flag"));
            Err(error.help("describe it as a text, or as several parameters"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types() {
        for (name, expected) in [
            ("application/json", true),
            ("application/json; charset=utf-8", true),
            ("application/problem+json", true),
            ("text/html", false),
        ] {
            assert_eq!(is_json(name), expected, "{name}");
        }
    }
}
