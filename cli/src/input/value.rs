//! Converts the values of options to JSON.

use rust_decimal::Decimal;
use serde_json::{Map, Number, Value};

use super::check::{Problem, Problems};
use crate::operation::{Field, Kind, KnownValue, Object};

/// Converts the text of an option to a JSON value. `name` is the name of the option in messages.
pub(crate) fn parse(kind: Kind, text: &str, name: &str, problems: &mut Problems) -> Option<Value> {
    match scalar(kind, text, name, problems) {
        Ok(value) => value,
        Err(problem) => {
            problems.push(problem);
            None
        }
    }
}

fn scalar(kind: Kind, text: &str, name: &str, problems: &mut Problems) -> Result<Option<Value>, Problem> {
    let invalid = |expected: &str| Problem::new(name, format!("`{text}` is not {expected}"));
    Ok(Some(match kind {
        Kind::Text | Kind::Joined(_) => text.into(),
        Kind::Enum(known) => {
            problems.check_known(known, text, name);
            text.into()
        }
        Kind::Integer => {
            let number: i64 = text.parse().map_err(|_| invalid("an integer, such as 25"))?;
            number.into()
        }
        Kind::Decimal => {
            let number: Decimal = text.parse().map_err(|_| invalid("a number, such as 99.50"))?;
            let exact = serde_json::from_str::<Number>(&number.normalize().to_string()).ok();
            let is_exact = |it: &Number| it.to_string().parse::<Decimal>().is_ok_and(|sent| sent == number);
            exact.filter(is_exact).map(Value::Number).ok_or_else(|| invalid("a number of at most 15 digits"))?
        }
        Kind::Boolean => match text {
            "true" | "yes" => true.into(),
            "false" | "no" => false.into(),
            _ => return Err(invalid("`true` or `false`")),
        },
        Kind::Date => {
            if !is_date(text) {
                return Err(invalid("a date, such as 2026-01-31"));
            }
            text.into()
        }
        Kind::DateTime => {
            let expected = "a time with an offset, such as 2026-01-31T12:00:00Z";
            text.parse::<jiff::Timestamp>().map_err(|_| invalid(expected))?;
            text.into()
        }
        Kind::Json | Kind::List(_) | Kind::Map(_) => {
            serde_json::from_str(text).map_err(|error| Problem::new(name, format!("not JSON: {error}")))?
        }
        Kind::Object(object) => return object_value(object, text, name, problems),
    }))
}

/// Whether the text is a date such as `2026-01-31`.
pub(crate) fn is_date(text: &str) -> bool {
    // A time also parses as a date.
    let has_format = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    has_format && text.parse::<jiff::civil::Date>().is_ok()
}

/// Converts an object that is written as `name=value,name=value`, or as JSON.
fn object_value(
    object: &'static Object,
    text: &str,
    name: &str,
    problems: &mut Problems,
) -> Result<Option<Value>, Problem> {
    if text.trim_start().starts_with('{') {
        let value = serde_json::from_str(text);
        return value.map(Some).map_err(|error| Problem::new(name, format!("not JSON: {error}")));
    }
    let mut fields = Map::new();
    for pair in split(text) {
        let Some((key, value)) = pair.split_once('=') else {
            let help = format!("write `{name} {}`, and a comma in a value as `\\,`", pattern(object));
            return Err(Problem::new(name, format!("`{pair}` has no `=`")).help(help));
        };
        let (head, rest) = key.split_once('.').map_or((key, None), |(head, rest)| (head, Some(rest)));
        let Some(field) = find(object.fields, head) else {
            problems.push(Problem::unknown(name, head, object.fields));
            continue;
        };
        let path = format!("{name} {key}");
        let Some(value) = parse(inner(field.kind, rest), value, &path, problems) else { continue };
        insert(&mut fields, field, rest, value);
    }
    Ok(Some(Value::Object(fields)))
}

/// Finds a field by its name or by the name of its option.
pub(crate) fn find(fields: &'static [Field], name: &str) -> Option<&'static Field> {
    fields.iter().find(|field| field.name == name || field.flag == name)
}

/// The kind of the value at a dotted path inside a field.
pub(crate) fn inner(kind: Kind, rest: Option<&str>) -> Kind {
    match (kind, rest) {
        (Kind::Map(value), Some(_)) => *value,
        (Kind::Object(object), Some(rest)) => {
            let (head, tail) = rest.split_once('.').map_or((rest, None), |(head, tail)| (head, Some(tail)));
            find(object.fields, head).map_or(Kind::Text, |field| inner(field.kind, tail))
        }
        (Kind::List(item), None) => *item,
        (kind, _) => kind,
    }
}

/// Inserts the value into the object, at the dotted path inside a field. A repeated list field gets another item.
pub(crate) fn insert(fields: &mut Map<String, Value>, field: &Field, rest: Option<&str>, value: Value) {
    match rest {
        Some(rest) => {
            let object = fields.entry(field.name).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(object) = object else { return };
            let (head, tail) = rest.split_once('.').map_or((rest, None), |(head, tail)| (head, Some(tail)));
            let inner = match field.kind {
                Kind::Object(inner) => find(inner.fields, head),
                _ => None,
            };
            match inner {
                Some(inner) => insert(object, inner, tail, value),
                None => drop(object.insert(rest.to_owned(), value)),
            }
        }
        None if matches!(field.kind, Kind::List(_)) => {
            let list = fields.entry(field.name).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(list) = list {
                list.push(value);
            }
        }
        None => drop(fields.insert(field.name.to_owned(), value)),
    }
}

/// Splits at commas that are not escaped with a backslash.
fn split(text: &str) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&',') => part.extend(letters.next()),
            ',' => parts.push(std::mem::take(&mut part)),
            _ => part.push(letter),
        }
    }
    parts.push(part);
    parts.retain(|part| !part.is_empty());
    parts
}

/// An example of an object as an option, for help.
pub(crate) fn pattern(object: &Object) -> String {
    let names = object.fields.iter().take(3).map(|field| format!("{}=…", field.name));
    names.collect::<Vec<_>>().join(",")
}

/// The known values on one line, for messages.
pub(crate) fn known_values(known: &[KnownValue]) -> String {
    const SHOWN: usize = 12;
    let names: Vec<_> = known.iter().take(SHOWN).map(|known| format!("`{}`", known.value)).collect();
    let rest = known.len().saturating_sub(SHOWN);
    if rest > 0 { format!("{} and {rest} others", names.join(", ")) } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    static ITEM: Object = Object {
        fields: &[
            Field { flag: "price", name: "price", is_required: true, kind: Kind::Decimal, help: "" },
            Field { flag: "title", name: "title", is_required: false, kind: Kind::Text, help: "" },
            Field { flag: "tag", name: "tags", is_required: false, kind: Kind::List(&Kind::Text), help: "" },
            Field { flag: "size", name: "size", is_required: false, kind: Kind::Object(&SIZE), help: "" },
        ],
    };
    static SIZE: Object =
        Object { fields: &[Field { flag: "width", name: "width", is_required: false, kind: Kind::Integer, help: "" }] };

    fn parsed(kind: Kind, text: &str) -> Result<Value, Vec<String>> {
        let mut problems = Problems::default();
        let value = parse(kind, text, "--item", &mut problems);
        if problems.is_empty() { Ok(value.expect("a value")) } else { Err(problems.titles()) }
    }

    #[test]
    fn reads_objects_from_pairs_and_from_json() {
        let text = r"price=49.50,title=Tea\, green,tags=a,tag=b,size.width=3";
        let expected = json!({"price": 49.5, "title": "Tea, green", "tags": ["a", "b"], "size": {"width": 3}});
        assert_eq!(parsed(Kind::Object(&ITEM), text), Ok(expected));
        assert_eq!(parsed(Kind::Object(&ITEM), r#"{"price": 1}"#), Ok(json!({"price": 1})));
    }

    #[test]
    fn reports_every_invalid_pair_by_name() {
        let titles = parsed(Kind::Object(&ITEM), "price=x,prise=1").expect_err("invalid");
        assert_eq!(
            titles,
            ["invalid --item price: `x` is not a number, such as 99.50", "invalid --item: unknown field `prise`"]
        );
        let titles = parsed(Kind::Object(&ITEM), "price").expect_err("invalid");
        assert_eq!(titles, ["invalid --item: `price` has no `=`"]);
    }

    #[test]
    fn rejects_values_of_another_type() {
        for (kind, text) in [
            (Kind::Integer, "1.5"),
            (Kind::Decimal, "12345678901234567.12"),
            (Kind::Boolean, "maybe"),
            (Kind::Date, "2026-02-30"),
            (Kind::Date, "2026-01-31T12:00:00Z"),
            (Kind::DateTime, "2026-01-31"),
            (Kind::Json, "{"),
        ] {
            assert!(parsed(kind, text).is_err(), "{kind:?} {text}");
        }
    }
}
