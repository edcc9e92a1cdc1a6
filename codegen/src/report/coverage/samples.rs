//! The examples of a document, wherever they stand, and whether types were made of them.

use std::collections::BTreeSet;

use crate::openapi::walk::walk;
use crate::report::coverage::Fate;
use crate::report::explain::Stages;
use crate::source::document::child;

/// An example and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) pointer: String,
    pub(super) fate: Fate,
}

/// All examples of a document, in its order.
pub(super) fn samples(stages: &Stages) -> Vec<Sample> {
    let answers = stages.learned.answers.iter().flat_map(|answer| &answer.examples);
    let read: BTreeSet<&str> = answers.map(|(pointer, _)| pointer.as_str()).collect();
    let mut found = Vec::new();
    walk(&mut stages.repaired.document.value.clone(), &mut |pointer, object| {
        let mut places = Vec::new();
        if object.contains_key("example") {
            places.push(child(pointer, "example"));
        }
        let named = child(pointer, "examples");
        match object.get("examples") {
            Some(serde_json::Value::Object(samples)) => {
                // A reference is no example of its own; where it leads, there is one.
                let own = samples.iter().filter(|(_, sample)| sample.get("$ref").is_none());
                places.extend(own.map(|(name, _)| child(&child(&named, name), "value")));
            }
            Some(_) => places.push(named),
            None => {}
        }
        for place in places {
            let fate = fate(&place, object.contains_key("schema"), &read);
            found.push(Sample { pointer: place, fate });
        }
    });
    found
}

fn fate(place: &str, beside_a_schema: bool, read: &BTreeSet<&str>) -> Fate {
    if read.contains(place) {
        return Fate::Used("the response's type comes of it".to_owned());
    }
    let steps: Vec<&str> = place.split('/').collect();
    let of_media = steps.contains(&"content") && !steps.contains(&"schema");
    let reason = match (beside_a_schema, of_media, steps.contains(&"responses")) {
        (true, true, _) => "the schema beside it says what the body holds",
        (true, false, _) => "the schema of the parameter says its type",
        (false, true, true) => "the response is not JSON",
        (false, true, false) => return Fate::Lost,
        // What is left stands in a schema: of a field, or of a whole object.
        _ => "the schema around it says the type",
    };
    Fate::LeftOut(format!("{reason}; the complete description keeps it"))
}
