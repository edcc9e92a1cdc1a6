//! Compares requests with those in `wire.json`, which `cargo xtask check rack` also parses with Rack.

use fake_server::Request;
use serde_json::Value;

/// The text in `wire.json` in place of the random boundary of a multipart body.
const BOUNDARY: &str = "BOUNDARY";

/// Compares the query, the content type and the body of a request with the row of this name.
pub(crate) fn assert_sent(request: &Request, name: &str) {
    let rows: Vec<Value> = serde_json::from_str(include_str!("../wire.json")).unwrap();
    let row = rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("there is no row {name}"));
    let text = |key: &str| row[key].as_str().unwrap_or_default();
    let query = request.target().split_once('?').map_or("", |(_, query)| query);
    let content_type = request.header("content-type").join(", ");
    let (content_type, body) = match content_type.split_once("boundary=") {
        None => (content_type.clone(), request.body.clone()),
        Some((_, boundary)) => (content_type.replace(boundary, BOUNDARY), request.body.replace(boundary, BOUNDARY)),
    };
    assert_eq!((query, content_type.as_str()), (text("query"), text("content_type")), "{name}");
    assert_eq!(body, text("body"), "{name}");
}
