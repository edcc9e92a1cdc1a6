//! Query parameters, converted to their declared types.

use serde_json::{Map, Value, json};

use super::schema::json_schema;

pub(crate) struct Parameter {
    /// The name. The names of lists end in brackets, as in `campaign_ids[]`.
    pub(crate) name: String,
    is_required: bool,
    schema: Value,
}

/// Combines the schemas of the parameters into one.
pub(crate) fn schema(parameters: &[Parameter]) -> Value {
    // The `site_slug` is checked elsewhere, because a missing site has its own error message.
    let required = parameters.iter().filter(|parameter| parameter.is_required && parameter.name != "site_slug");
    let required: Vec<&str> = required.map(|parameter| parameter.name.as_str()).collect();
    let properties: Map<String, Value> =
        parameters.iter().map(|parameter| (parameter.name.clone(), parameter.schema.clone())).collect();
    json!({ "properties": properties, "required": required })
}

impl Parameter {
    pub(super) fn parse(document: &Value, declared: &Value) -> Self {
        Self {
            name: declared["name"].as_str().unwrap_or_default().to_owned(),
            is_required: declared["required"] == true,
            schema: super::lenient::widen(json_schema(document, &declared["schema"])),
        }
    }

    /// Finds the parameter's value in a query. The brackets in the name of a list are optional, and the list's items
    /// can be separated by commas.
    pub(crate) fn value(&self, pairs: &[(String, String)]) -> Option<Value> {
        let bare = self.name.strip_suffix("[]").unwrap_or(&self.name);
        let mut texts =
            pairs.iter().filter(|(name, _)| *name == self.name || name == bare).map(|(_, text)| text.as_str());
        let Some(items) = self.schema.get("items") else {
            return texts.next_back().map(|text| typed(&self.schema, text));
        };
        let all: Vec<&str> = texts.flat_map(|text| text.split(',')).collect();
        (!all.is_empty()).then(|| all.into_iter().map(|text| typed(items, text)).collect())
    }
}

/// Parses a number if the schema requires one. Invalid numbers remain strings, and are rejected later.
fn typed(schema: &Value, text: &str) -> Value {
    let number = match schema["type"].as_str() {
        Some("integer") => text.parse::<i64>().ok().map(Value::from),
        Some("number") => text.parse::<f64>().ok().map(Value::from),
        _ => None,
    };
    number.unwrap_or_else(|| text.into())
}
