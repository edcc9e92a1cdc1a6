//! The operation that a person means: by its id, or by method and path; and those that are called alike.

use serde_json::Value;

use crate::openapi::walk::operations;

/// How many names are offered for one that is unknown.
const OFFERED: usize = 5;

/// An operation of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) pointer: String,
    pub(super) id: String,
    pub(super) http: String,
    pub(super) path: String,
}

fn all(document: &Value) -> Vec<Found> {
    let operations = operations(document).into_iter().map(|(pointer, path, method, operation)| {
        let http = method.to_uppercase();
        let id = operation.get("operationId").and_then(Value::as_str);
        Found { id: id.map_or_else(|| format!("{http} {path}"), str::to_owned), pointer, path: path.to_owned(), http }
    });
    operations.collect()
}

/// The operation of that name.
pub(super) fn operation(document: &Value, wanted: &str) -> Option<Found> {
    let wanted = wanted.trim();
    let (http, path) = wanted.split_once(char::is_whitespace).unwrap_or_default();
    let named = |found: &Found| found.id == wanted;
    let placed = |found: &Found| found.http.eq_ignore_ascii_case(http) && found.path == path.trim();
    let all = all(document);
    all.iter().find(|found| named(found)).or_else(|| all.iter().find(|found| placed(found))).cloned()
}

/// The names of operations that look like a name, the most similar first.
pub(super) fn near(documents: [&Value; 2], wanted: &str) -> Vec<String> {
    let wanted = wanted.trim().to_lowercase();
    let mut found: Vec<(usize, String)> = Vec::new();
    for operation in documents.into_iter().flat_map(all) {
        let address = format!("{} {}", operation.http, operation.path);
        let likes = [likeness(&wanted, &operation.id), likeness(&wanted, &address)];
        if let Some(distance) = likes.into_iter().flatten().min() {
            found.push((distance, if wanted.contains('/') { address } else { operation.id }));
        }
    }
    found.sort();
    found.dedup();
    found.into_iter().map(|(_, name)| name).take(OFFERED).collect()
}

/// How far a name is from the wanted one; nothing if it is not like it at all.
fn likeness(wanted: &str, name: &str) -> Option<usize> {
    let name = name.to_lowercase();
    // Of an address only the beginning may have been typed.
    let begins: String = name.chars().take(wanted.chars().count()).collect();
    let begins = if wanted.contains('/') { distance(wanted, &begins) } else { usize::MAX };
    let distance = distance(wanted, &name).min(begins);
    let part = wanted.len() > 2 && name.contains(wanted);
    (part || distance <= 2.max(wanted.chars().count() / 3)).then_some(distance)
}

/// How many letters have to be added, removed or replaced to make one text the other.
#[must_use]
pub fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        for (cell, same) in row.iter_mut().skip(1).zip(other.chars().map(|other| other == letter)) {
            let above = *cell;
            *cell = if same { diagonal } else { 1 + diagonal.min(left).min(above) };
            (diagonal, left) = (above, *cell);
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn distances() {
        for (one, other, expected) in
            [("", "", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("ab", "ba", 2), ("é", "e", 1)]
        {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
    }

    #[test]
    fn operations_are_found_by_id_and_by_address() {
        let document = json!({"paths": {"/a/{b}": {"get": {"operationId": "findThing"}, "put": {}}}});
        assert_eq!(operation(&document, "findThing").unwrap().pointer, "/paths/~1a~1{b}/get");
        assert_eq!(operation(&document, "put /a/{b}").unwrap().id, "PUT /a/{b}");
        assert_eq!(operation(&document, "findthing"), None);
        assert_eq!(near([&document, &json!({})], "findthing"), ["findThing"]);
        assert_eq!(near([&document, &json!({})], "get /a/b"), ["GET /a/{b}"]);
        assert_eq!(near([&document, &json!({})], "nothing like it"), [""; 0]);
    }
}
