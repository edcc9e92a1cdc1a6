//! The arguments in a query: texts that become what the description says they are.

use serde_json::{Map, Value, json};

use crate::description::schema::standalone;

pub(crate) struct Parameter {
    /// As it is declared, with the brackets of a list: `campaign_ids[]`.
    pub(crate) name: String,
    is_required: bool,
    schema: Value,
}

/// The schema of all arguments together.
pub(crate) fn schema(parameters: &[Parameter]) -> Value {
    // Which site is meant is asked before anything else.
    let required = parameters.iter().filter(|parameter| parameter.is_required && parameter.name != "site_slug");
    let required: Vec<&str> = required.map(|parameter| parameter.name.as_str()).collect();
    let properties: Map<String, Value> =
        parameters.iter().map(|parameter| (parameter.name.clone(), parameter.schema.clone())).collect();
    json!({ "properties": properties, "required": required })
}

impl Parameter {
    pub(crate) fn read(document: &Value, declared: &Value) -> Self {
        Self {
            name: declared["name"].as_str().unwrap_or_default().to_owned(),
            is_required: declared["required"] == true,
            schema: super::lenient::widen(standalone(document, &declared["schema"])),
        }
    }

    /// Takes its values out of the pairs of a query. A list may also come under its name without brackets, or as one text
    /// with commas.
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

/// The text as a number if one is asked for. A text that is none stays as it is, and is judged so.
fn typed(schema: &Value, text: &str) -> Value {
    let number = match schema["type"].as_str() {
        Some("integer") => text.parse::<i64>().ok().map(Value::from),
        Some("number") => text.parse::<f64>().ok().map(Value::from),
        _ => None,
    };
    number.unwrap_or_else(|| text.into())
}
