//! JSON as rows and columns. The fields of inner objects become columns with dotted names.

use serde_json::Value;

/// A table whose cells refer to the values. A missing field is `None`.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Option<&'a Value>>>,
}

/// Returns the list in a result: the result itself, or its only field with a list of objects.
pub(crate) fn list(value: &Value) -> Option<&Vec<Value>> {
    if let Value::Array(items) = value {
        return Some(items);
    }
    let mut lists = value.as_object()?.values().filter_map(|field| field.as_array().filter(|items| is_table(items)));
    let first = lists.next()?;
    let is_only = lists.next().is_none() && value.as_object()?.values().all(|field| !field.is_object());
    is_only.then_some(first)
}

/// Whether a list can be shown as a table.
pub(crate) fn is_table(items: &[Value]) -> bool {
    items.iter().all(Value::is_object)
}

/// Returns the items of the list in a result, or the result itself.
pub(crate) fn items(value: &Value) -> Vec<&Value> {
    match list(value) {
        Some(items) => items.iter().collect(),
        None => vec![value],
    }
}

/// Creates a table of objects. The columns are in the order in which they first occur. Objects deeper than `depth` are cells.
pub(crate) fn table<'a>(items: impl Iterator<Item = &'a Value>, depth: usize) -> Table<'a> {
    let mut table = Table { columns: Vec::new(), rows: Vec::new() };
    for item in items {
        let mut row = Vec::new();
        flatten(item, String::new(), depth, &mut |name, value| {
            let index = table.columns.iter().position(|column| *column == name).unwrap_or_else(|| {
                table.columns.push(name);
                table.columns.len() - 1
            });
            row.resize(row.len().max(index + 1), None);
            if let Some(cell) = row.get_mut(index) {
                *cell = Some(value);
            }
        });
        table.rows.push(row);
    }
    table
}

/// Calls `visit` with each value that is not an object, and with its dotted name.
pub(crate) fn flatten<'a>(value: &'a Value, name: String, depth: usize, visit: &mut dyn FnMut(String, &'a Value)) {
    match value {
        Value::Object(fields) if depth > 0 && !fields.is_empty() => {
            for (key, value) in fields {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(value, name, depth - 1, visit);
            }
        }
        value => visit(if name.is_empty() { "value".to_owned() } else { name }, value),
    }
}

impl Table<'_> {
    /// Whether a cell of the column has a value.
    pub(crate) fn has_values(&self, column: usize) -> bool {
        let is_value = |value: &Value| match value {
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
            Value::Object(fields) => !fields.is_empty(),
            Value::Bool(_) | Value::Number(_) => true,
        };
        self.rows.iter().any(|row| row.get(column).copied().flatten().is_some_and(is_value))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn finds_the_only_list() {
        assert_eq!(items(&json!({"rewards": [{"id": 1}, {"id": 2}], "total": 2})).len(), 2);
        assert_eq!(items(&json!({"person": {"id": 1}, "rewards": [{"id": 1}, {"id": 2}]})).len(), 1);
        assert_eq!(items(&json!({"email": "a", "tags": ["x"]})).len(), 1);
    }

    #[test]
    fn inner_objects_become_columns() {
        let items = [json!({"id": 1, "person": {"email": "a"}}), json!({"person": {"email": "b", "age": 2}})];
        let table = table(items.iter(), usize::MAX);
        assert_eq!(table.columns, ["id", "person.email", "person.age"]);
        assert_eq!(table.rows[1], [None, Some(&json!("b")), Some(&json!(2))]);
    }
}
