//! `--jq`: filters in the language of jq.

use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Filter, Vars, data, unwrap_valr};
use jaq_json::{Val, read};
use serde_json::Value;

use crate::failure::{Failure, Result};

/// Checks a filter, so that an invalid one is reported before a request is sent.
pub(crate) fn check(filter: &str) -> Result {
    compile(filter).map(drop)
}

/// Applies a filter. Returns a line for each value: a string as it is, and other values as JSON.
pub(crate) fn run(filter: &str, value: &Value) -> Result<Vec<String>> {
    let failed = |error: String| {
        let failure = Failure::output(format!("the jq filter failed: {}", shortened(&error)));
        let is_itself_list = value.is_array() && !filter.trim_start().starts_with(".[");
        if is_itself_list { failure.help("the result is a list; start with `.[]`, such as `.[].id`") } else { failure }
    };
    let compiled = compile(filter)?;
    let input = read::parse_single(value.to_string().as_bytes()).map_err(|error| failed(format!("{error}")))?;
    let context = Ctx::<data::JustLut<Val>>::new(&compiled.lut, Vars::new([]));
    let values = compiled.id.run((context, input)).map(unwrap_valr);
    let lines = values.map(|value| match value {
        Ok(value) => {
            let json = value.to_string();
            Ok(serde_json::from_str::<String>(&json).unwrap_or(json))
        }
        Err(error) => Err(failed(format!("{error}"))),
    });
    lines.collect()
}

/// Omits the middle of a long error, which contains a value: a whole result would be long, and contain personal data.
fn shortened(error: &str) -> String {
    const START: usize = 40;
    const END: usize = 30;
    let count = error.chars().count();
    if count <= START + END {
        return error.to_owned();
    }
    let start: String = error.chars().take(START).collect();
    start + "…" + &error.chars().skip(count - END).collect::<String>()
}

type Compiled = Filter<data::JustLut<Val>>;

/// The formats of jq that jaq lacks.
const FORMATS: &str = r#"
def line_of(text): if isarray then map(
  if isstring then text elif . == null then "" elif isarray or isobject then error("not a list of simple values") else tojson end
) else error("not a list") end;
def @csv: line_of("\"" + (. / "\"" | join("\"\"")) + "\"") | join(",");
def escape(char; name): . / char | join(name);
def @tsv: line_of(escape("\\"; "\\\\") | escape("\t"; "\\t") | escape("\n"; "\\n") | escape("\r"; "\\r")) | join("\t");
"#;

fn compile(filter: &str) -> Result<Compiled> {
    let formats = load::parse(FORMATS, |parser| parser.defs()).unwrap_or_default();
    let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs()).chain(formats);
    let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    // The environment can contain the key.
    let functions = functions.filter(|(name, ..)| *name != "env");
    let invalid = |reason: &str| {
        let failure = Failure::usage(format!("invalid --jq: {reason}"));
        failure.help("for example: --jq '.person.email'").help("for the syntax, see https://jqlang.org/manual")
    };
    let arena = Arena::default();
    let modules = Loader::new(definitions).load(&arena, File { code: filter, path: () });
    let modules =
        modules.map_err(|errors| invalid(&syntax_error(&errors).unwrap_or_else(|| "syntax error".to_owned())))?;
    let compiled = Compiler::default().with_funs(functions).compile(modules);
    compiled.map_err(|errors| {
        let names = errors.iter().flat_map(|(_, errors)| errors.iter().map(|(name, _)| format!("`{name}`")));
        invalid(&format!("unknown function or variable {}", names.collect::<Vec<_>>().join(", ")))
    })
}

/// Describes the first syntax error with its position.
fn syntax_error(errors: &load::Errors<&str, ()>) -> Option<String> {
    let (file, error) = errors.first()?;
    let (expected, found) = match error {
        load::Error::Io(_) => return None,
        load::Error::Lex(errors) => errors.first().map(|(expected, rest)| (expected.as_str(), *rest))?,
        load::Error::Parse(errors) => errors.first().map(|(expected, found)| (expected.as_str(), *found))?,
    };
    let before = file.code.get(..load::span(file.code, found).start)?;
    if before.len() == file.code.len() {
        return Some(format!("expected {expected} at the end"));
    }
    Some(format!("expected {expected} at character {}", before.chars().count() + 1))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn prints_strings_as_they_are() {
        let value = json!({"items": [{"name": "a", "n": 1}, {"name": "b\n", "n": null}]});
        assert_eq!(run(".items[].name", &value).expect("values"), ["a", "b\n"]);
        assert_eq!(run("[.items[].n]", &value).expect("values"), ["[1,null]"]);
    }

    #[test]
    fn lists_become_lines_of_csv_and_tsv() {
        let value = json!([["a\"b", 1.5, null, true], ["tab\t", "line\n", "back\\", ""]]);
        let csv = ["\"a\"\"b\",1.5,,true", "\"tab\t\",\"line\n\",\"back\\\",\"\""];
        assert_eq!(run(".[] | @csv", &value).expect("values"), csv);
        assert_eq!(run(".[] | @tsv", &value).expect("values"), ["a\"b\t1.5\t\ttrue", r"tab\t	line\n	back\\	"]);
        assert!(run("@csv", &value).is_err() && run(".[0][0] | @csv", &value).is_err());
    }

    #[test]
    fn a_failure_names_the_start_of_the_value() {
        let value = json!([{"site": "a", "text": "é".repeat(100)}]);
        let failure = run(".text", &value).expect_err("a list");
        let (start, end) = ("the jq filter failed: cannot index [{\"site\":\"a\"", "\"}] with \"text\"");
        let title = &failure.errors[0].title;
        assert!(title.starts_with(start) && title.ends_with(end) && title.chars().count() < 100, "{title}");
        assert!(failure.errors[0].help[0].contains("`.[]`"));
        assert!(run(".[].text.x", &value).expect_err("a string").errors[0].help.is_empty());
    }

    #[test]
    fn invalid_filters_are_found_early() {
        for (filter, expected) in [
            (".items[", "expected closing bracket at the end"),
            (".a | ", "expected term at the end"),
            (r#"."ä" | §"#, "expected token at character 8"),
            (".a)", "expected token at character 3"),
        ] {
            let failure = check(filter).expect_err("invalid");
            assert_eq!(failure.errors[0].title, format!("invalid --jq: {expected}"));
        }
        assert!(check(".items[").is_err());
        assert!(check("nothing").is_err());
        assert!(check("env").is_err());
    }
}
