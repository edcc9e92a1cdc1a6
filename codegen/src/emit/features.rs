//! The Cargo features that enable the resources.

use crate::model::api::Api;

/// Returns the generated lines of the `[features]` table: one feature per resource, and `resources`, which enables all of them.
#[must_use]
pub fn features(api: &Api) -> String {
    let names: Vec<_> = api.resources.iter().map(|resource| resource.module.as_str()).collect();
    let quoted: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let mut all = format!("[{}]", quoted.join(", "));
    if all.len() > 87 {
        all = format!("[\n    {},\n]", quoted.join(",\n    "));
    }
    format!("resources = {all}\n{}", names.iter().map(|name| format!("{name} = []\n")).collect::<String>())
}
