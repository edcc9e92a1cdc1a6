//! `--jq`: filters in the language of jq.

use jaq_core::load::{Arena, File, Loader};
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
    let failed = |error: String| Failure::output(format!("the jq filter failed: {error}"));
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

type Compiled = Filter<data::JustLut<Val>>;

fn compile(filter: &str) -> Result<Compiled> {
    let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    // The environment can contain the key.
    let functions = functions.filter(|(name, ..)| *name != "env");
    let invalid = |reason: &str| {
        let failure = Failure::usage(format!("invalid --jq: {reason}"));
        failure.help("for example: --jq '.person.email'").help("for the syntax, see https://jqlang.org/manual")
    };
    let arena = Arena::default();
    let modules = Loader::new(definitions).load(&arena, File { code: filter, path: () });
    let modules = modules.map_err(|_| invalid("syntax error"))?;
    let compiled = Compiler::default().with_funs(functions).compile(modules);
    compiled.map_err(|errors| {
        let names = errors.iter().flat_map(|(_, errors)| errors.iter().map(|(name, _)| format!("`{name}`")));
        invalid(&format!("unknown function or variable {}", names.collect::<Vec<_>>().join(", ")))
    })
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
    fn invalid_filters_are_found_early() {
        assert!(check(".items[").is_err());
        assert!(check("nothing").is_err());
        assert!(check("env").is_err());
    }
}
