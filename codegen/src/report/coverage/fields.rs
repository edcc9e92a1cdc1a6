//! Collects the fields of a schema or an example, each with its path.

use std::collections::BTreeSet;

use serde_json::Value;

use super::trace::Step;
use crate::Result;
use crate::openapi::node::Node;
use crate::source::document::child;

/// A field in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) steps: Vec<Step>,
    pub(super) pointer: String,
}

/// Returns the fields of a schema and its subschemas. A schema that is referenced several times is read only once.
pub(super) fn of_schema(schema: &Node<'_>) -> Result<Vec<Field>> {
    let mut walk = Walk { read: BTreeSet::new(), steps: Vec::new(), seen: BTreeSet::new(), found: Vec::new() };
    walk.schema(schema)?;
    Ok(walk.found)
}

struct Walk {
    /// The pointers to the schemas read so far.
    read: BTreeSet<String>,
    steps: Vec<Step>,
    seen: BTreeSet<String>,
    found: Vec<Field>,
}

impl Walk {
    fn schema(&mut self, place: &Node<'_>) -> Result<()> {
        let place = place.follow()?;
        if !self.read.insert(place.pointer.clone()) {
            return Ok(());
        }
        for (key, property) in place.entries_of("properties")? {
            self.steps.push(Step::Key(key.to_owned()));
            self.add(&property.pointer);
            self.schema(&property)?;
            self.steps.pop();
        }
        if let Some(items) = place.get("items") {
            self.within(Step::Items, &items)?;
        }
        if let Some(values) = place.get("additionalProperties").filter(|values| values.value.is_object()) {
            self.within(Step::Values, &values)?;
        }
        for key in ["allOf", "oneOf", "anyOf"] {
            for part in place.items_of(key)? {
                self.schema(&part)?;
            }
        }
        Ok(())
    }

    fn within(&mut self, step: Step, place: &Node<'_>) -> Result<()> {
        self.steps.push(step);
        self.schema(place)?;
        self.steps.pop();
        Ok(())
    }

    fn add(&mut self, pointer: &str) {
        // Several parts of a schema can declare the same field, which is then added only once.
        if self.seen.insert(super::trace::shown(&self.steps)) {
            self.found.push(Field { steps: self.steps.clone(), pointer: pointer.to_owned() });
        }
    }
}

/// Returns the fields of an example. A field that occurs in several list items is returned only once.
pub(super) fn of_value(value: &Value, pointer: &str) -> Vec<Field> {
    let mut found = Vec::new();
    values(value, pointer, &mut Vec::new(), &mut BTreeSet::new(), &mut found);
    found
}

fn values(value: &Value, pointer: &str, steps: &mut Vec<Step>, seen: &mut BTreeSet<String>, found: &mut Vec<Field>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let pointer = child(pointer, key);
                steps.push(Step::Key(key.clone()));
                if seen.insert(super::trace::shown(steps)) {
                    found.push(Field { steps: steps.clone(), pointer: pointer.clone() });
                }
                values(value, &pointer, steps, seen, found);
                steps.pop();
            }
        }
        Value::Array(items) => {
            steps.push(Step::Items);
            for (index, item) in items.iter().enumerate() {
                values(item, &format!("{pointer}/{index}"), steps, seen, found);
            }
            steps.pop();
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::report::coverage::trace::shown;

    fn names(fields: &[Field]) -> Vec<String> {
        fields.iter().map(|field| shown(&field.steps)).collect()
    }

    #[test]
    fn finds_the_fields_of_a_schema() {
        let root = json!({
            "a": {"properties": {"x": {"items": {"$ref": "#/b"}}, "y": {"additionalProperties": {"$ref": "#/b"}}}},
            "b": {"allOf": [{"properties": {"z": {"$ref": "#/b"}}}, {"properties": {"z": {}}}]},
        });
        let fields = of_schema(&Node::root(&root).get("a").unwrap()).unwrap();
        assert_eq!(names(&fields), ["x", "x[].z", "y"]);
        assert_eq!(fields[1].pointer, "/b/allOf/0/properties/z");
    }

    #[test]
    fn reads_a_shared_schema_once() {
        let level = |number: usize| {
            let next = json!({"$ref": format!("#/{}", number + 1)});
            (number.to_string(), json!({"properties": {"a": next.clone(), "b": next}}))
        };
        let mut root: Value = (0..60).map(level).collect::<serde_json::Map<_, _>>().into();
        root["60"] = json!({"properties": {"last": {}}});
        let fields = of_schema(&Node::root(&root).get("0").unwrap()).unwrap();
        assert_eq!(fields.len(), 2 * 60 + 1);
    }

    #[test]
    fn finds_the_fields_of_an_example() {
        let fields = of_value(&json!({"a": [{"b": 1}, {"b": 2, "c": {}}]}), "/example");
        assert_eq!(names(&fields), ["a", "a[].b", "a[].c"]);
        assert_eq!(fields[2].pointer, "/example/a/1/c");
    }
}
