//! The cargo features that follow from the API: one for each resource, and one for all of them.

use crate::model::api::Api;

/// The lines that codegen owns in the `[features]` table of the crate.
#[must_use]
pub fn features(api: &Api) -> String {
    let names: Vec<_> = api.resources.iter().map(|resource| format!("\"{}\"", resource.module)).collect();
    let one_line = format!("resources = [{}]\n", names.join(", "));
    let mut text = if one_line.len() <= 100 {
        one_line
    } else {
        format!("resources = [\n{}]\n", names.iter().map(|name| format!("    {name},\n")).collect::<String>())
    };
    for resource in &api.resources {
        text.push_str(&resource.module);
        text.push_str(" = []\n");
    }
    text
}
