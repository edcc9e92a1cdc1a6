//! Compares the examples of a document with the results of a round trip through the generated code.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use super::compile;
use crate::command::{Context, Failure, Result};
use crate::round_trip;
use crate::terminal::kind;
use crate::workspace::{File, write_if_changed};

/// The examples in the `store` folder, or the reason why they can't be found.
pub(super) fn file(store: &File) -> File {
    store.join("examples.json")
}

/// Compares the examples in the `store` folder, and adds the outcome to the result. `package` is the folder of the package with the
/// generated code. Saves the differences in the `store` folder.
pub(super) fn run(store: &File, package: &Path, result: &mut Value, context: &Context<'_>) -> Result {
    let file = file(store);
    let invalid = |error| Failure::new(format!("the examples are invalid: {error}")).in_file(&file.name);
    let examples: Value = serde_json::from_slice(&file.read()?).map_err(invalid)?;
    let Value::Array(examples) = examples else {
        result["examples"] =
            not_compared(&[], &format!("the examples can't be found: {}", kind(&examples.to_string())));
        return Ok(());
    };
    round_trip::write(package, &compile::PACKAGE.replace('-', "_"), &examples, context)?;
    let mut command = compile::cargo(&round_trip::RUN, context);
    match round_trip::run(&mut command, &examples, &store.path.join("input.json"))? {
        Ok(differences) => {
            result["examples"] = summary(&examples, &differences);
            write_if_changed(&store.path.join("differences.json"), Value::from(differences).to_string())
        }
        Err(errors) => {
            result["examples"] = not_compared(&examples, "the examples could not be compared; see errors.txt");
            write_if_changed(&store.path.join("errors.txt"), errors)
        }
    }
}

/// Counts the operations with examples and the operations whose examples are all unchanged, and counts the reasons for the
/// differences.
fn summary(examples: &[Value], differences: &[Value]) -> Value {
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for outcome in differences.iter().map(|it| &it["outcome"]) {
        let reason = match outcome["error"].as_str() {
            Some(error) => format!("example does not decode: {}", kind(error)),
            None if outcome["unknown"] == json!([]) => "example changes".to_owned(),
            None => "example loses fields".to_owned(),
        };
        *reasons.entry(reason).or_default() += 1;
    }
    let all = operations(examples);
    json!({"operations": all, "unchanged": all - operations(differences), "reasons": reasons})
}

/// The summary if the comparison fails. No operation counts as unchanged.
fn not_compared(examples: &[Value], reason: &str) -> Value {
    json!({"operations": operations(examples), "unchanged": 0, "reasons": {reason: 1}})
}

fn operations(list: &[Value]) -> usize {
    list.iter().map(|it| it["operation"].to_string()).collect::<BTreeSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_the_operations_whose_examples_are_unchanged() {
        let example =
            |operation: &str| json!({"operation": operation, "pointer": "/a", "result": "A", "decoder": "whole_body"});
        let examples = [example("a"), example("a"), example("b"), example("c")];
        let same = json!({"unknown": [], "changed": []});
        let outcomes = [
            same.clone(),
            json!({"error": "expected `1`", "pointer": "/x"}),
            same,
            json!({"unknown": ["/y"], "changed": []}),
        ];
        let differences = round_trip::differences(&examples, outcomes);
        assert_eq!(
            summary(&examples, &differences),
            json!({
                "operations": 3,
                "unchanged": 1,
                "reasons": {"example does not decode: expected `…`": 1, "example loses fields": 1},
            })
        );
    }

    #[test]
    fn counts_a_failed_comparison_as_a_reason() {
        let examples = [json!({"operation": "a"}), json!({"operation": "a"}), json!({"operation": "b"})];
        let expected = json!({"operations": 2, "unchanged": 0, "reasons": {"failed": 1}});
        assert_eq!(not_compared(&examples, "failed"), expected);
    }
}
