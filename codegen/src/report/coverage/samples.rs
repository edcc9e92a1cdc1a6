//! Lists all examples in a document, and marks those used for inference.

use std::collections::BTreeSet;

use crate::openapi::walk::walk;
use crate::report::coverage::Usage;
use crate::report::stages::Stages;
use crate::source::document::child;

/// Returns the pointer and the usage of each example, in document order.
pub(super) fn samples(stages: &Stages) -> Vec<(String, Usage)> {
    let read = stages.learned.answers.iter().flat_map(|untyped| &untyped.examples);
    let read: BTreeSet<&str> = read.map(|(pointer, _)| pointer.as_str()).collect();
    let mut found = Vec::new();
    walk(&mut stages.repaired.document.value.clone(), &mut |pointer, object| {
        let mut places = Vec::new();
        if object.contains_key("example") {
            places.push(child(pointer, "example"));
        }
        let named = child(pointer, "examples");
        match object.get("examples") {
            Some(serde_json::Value::Object(samples)) => {
                // An example that is a reference is listed where the example is defined.
                let own = samples.iter().filter(|(_, sample)| sample.get("$ref").is_none());
                places.extend(own.map(|(name, _)| child(&child(&named, name), "value")));
            }
            Some(_) => places.push(named),
            None => {}
        }
        for place in places {
            let usage = usage(&place, object.contains_key("schema"), &read);
            found.push((place, usage));
        }
    });
    found
}

fn usage(place: &str, has_schema: bool, read: &BTreeSet<&str>) -> Usage {
    if read.contains(place) {
        return Usage::Used("the response type is inferred from the example".to_owned());
    }
    let steps: Vec<&str> = place.split('/').collect();
    let of_media = steps.contains(&"content") && !steps.contains(&"schema");
    let reason = match (has_schema, of_media, steps.contains(&"responses")) {
        (true, true, _) => "the body has a schema",
        (true, false, _) => "the parameter has a schema",
        (false, true, true) => "the response is not JSON",
        (false, true, false) => return Usage::Unused,
        // All other examples are in schemas.
        _ => "the example is part of a schema",
    };
    Usage::LeftOut(format!("{reason}; the complete description keeps the example"))
}
