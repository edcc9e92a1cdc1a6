//! Decodes examples of results, encodes the results, and compares them with the originals.
//!
//! `cargo xtask corpus --examples` and the `constructs` step of `cargo xtask check` compile this program with the bindings of a
//! document, a `table` of its result types, and the modules of the `conform` program that compare JSON.

mod compare;
mod json;
mod number;
mod table;

use serde::Serialize;
use serde_json::{Value, json};

use crate::json::Json;
use crate::table::decode::PointerAndReason;

/// Reads a list of triples from standard input: a result type, the name of a decoding function and a response. Prints the list of
/// their outcomes as JSON.
fn main() {
    let examples: Vec<(String, String, Value)> = serde_json::from_reader(std::io::stdin()).expect("a list of examples");
    let outcome = |(result, decoder, response): &(String, String, Value)| table::round_trip(result, decoder, response);
    println!("{}", Value::from_iter(examples.iter().map(outcome)));
}

/// Encodes a decoded result, and compares it with the original.
fn outcome<T: Serialize>(original: &Value, decoded: Result<Option<T>, PointerAndReason>) -> Value {
    let encoded = match decoded {
        Ok(Some(result)) => serde_json::to_vec(&result).expect("results are JSON"),
        Ok(None) => return json!({"error": "the response is an error"}),
        Err((pointer, reason)) => return json!({"error": reason, "pointer": pointer}),
    };
    let encoded = match Json::read(&encoded) {
        Ok(encoded) => encoded,
        Err(error) => return json!({"error": error.to_string()}),
    };
    let original = match (original, &encoded) {
        // A missing result is decoded as an object without values.
        (Value::Null, Json::Object(_)) => Json::Object(Vec::new()),
        (original, _) => original.clone().into(),
    };
    let difference = compare::compare(&original, &encoded, compare::Absent::IsNull);
    json!({"unknown": difference.unknown, "changed": difference.changed})
}
