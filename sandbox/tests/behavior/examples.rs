//! Tests of requests built from the examples in the description, and from those that the API page fills in.

use std::time::Duration;

use reqwest::multipart::{Form, Part};
use serde_json::Value;
use talkable_sandbox::{Sandbox, description};

use crate::support::{HTTP, sandbox, send};

/// The operations that fail when their example is sent again, with the status and the message.
const FAIL_AGAIN: &[(&str, u16, &str)] = &[
    ("markOriginAsRefunded", 400, "Origin has already been refunded"),
    ("uploadAsset", 422, "Validation failed: File name has already been taken"),
];

#[tokio::test]
async fn all_examples_in_the_description_succeed_and_add_no_people_or_origins_when_repeated() {
    let sandbox = sandbox().await;
    let first = send_all(&sandbox, description(), "note.txt").await;
    assert!(!first.is_empty(), "no operation was called");
    for (id, status, response) in &first {
        assert!((200..300).contains(status), "{id}: {status} {response}");
    }
    // The sandbox processes batches later.
    sandbox.clock().advance(Duration::from_secs(10));
    let people = sandbox.site("my-store", |site| site.people().map(|it| it.email.clone()).collect::<Vec<_>>());
    let origins = sandbox.site("my-store", |site| site.origins().count());
    for (id, status, response) in send_all(&sandbox, description(), "note.txt").await {
        match FAIL_AGAIN.iter().find(|(known, ..)| *known == id) {
            Some((_, expected, message)) => {
                assert_eq!((status, response["error_message"].as_str()), (*expected, Some(*message)), "{id}");
            }
            None => assert!((200..300).contains(&status), "{id}: {status} {response}"),
        }
    }
    sandbox.clock().advance(Duration::from_secs(10));
    assert_eq!(sandbox.site("my-store", |site| site.origins().count()), origins, "a repeated example adds an origin");
    let known = |email: &String| people.contains(email) || email.ends_with("@anonymized.email");
    let added = sandbox.site("my-store", |site| site.people().map(|it| it.email.clone()).find(|it| !known(it)));
    assert_eq!(added, None, "a repeated example adds a person");
}

#[tokio::test]
async fn all_examples_on_the_page_succeed_twice() {
    let sandbox = sandbox().await;
    for name in ["first.txt", "second.txt"] {
        let page = HTTP.get(format!("{}/api-docs/openapi.json", sandbox.url())).send().await;
        let page = page.expect("the sandbox responds").text().await.expect("the body is text");
        let document: Value = serde_json::from_str(&page).expect("the document is JSON");
        let responses = send_all(&sandbox, &document, name).await;
        assert!(!responses.is_empty(), "no operation was called");
        for (id, status, response) in responses {
            assert!((200..300).contains(&status), "{name}: {id}: {status} {response}");
        }
        let jane =
            sandbox.site("my-store", |site| site.person("jane@example.com").and_then(|jane| jane.first_name.clone()));
        assert_eq!(jane.as_deref(), Some("Jane"), "the examples rename the demo person");
    }
}

#[test]
#[ignore = "the vendor can add operations; `cargo xtask check todo` runs this test"]
fn nothing_is_left_without_an_example() {
    let document = description();
    let mut missing = Vec::new();
    for (_, path, operation) in operations(document) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let shared = document["paths"][&path]["parameters"].as_array().into_iter().flatten();
        let own = operation["parameters"].as_array().into_iter().flatten();
        for parameter in own.chain(shared).map(|parameter| resolve(document, parameter)) {
            if parameter["required"] == true && parameter["example"].is_null() && parameter["examples"].is_null() {
                missing.push(format!("{id}: {}", parameter["name"]));
            }
        }
        let body = operation.pointer("/requestBody/content/application~1json");
        if body.is_some_and(|body| body["example"].is_null()) {
            missing.push(format!("{id}: the body"));
        }
    }
    assert!(missing.is_empty(), "there is no example of {missing:#?}; add them to spec/overlay/v2.yaml");
}

/// Sends the examples of all operations. Returns the id of each operation with the status and the body of the response.
pub(crate) async fn send_all(sandbox: &Sandbox, document: &Value, file_name: &str) -> Vec<(String, u16, Value)> {
    let mut responses = Vec::new();
    for (method, path, operation) in operations(document) {
        let (address, body) = example_request(document, &path, &operation);
        // There is no example of a file, because the user of the page chooses one.
        let (status, response) = if operation["operationId"] == "uploadAsset" {
            upload(sandbox, &address, file_name).await
        } else {
            send(sandbox, method.parse().expect("the method is valid"), &address, body.as_ref()).await
        };
        // The sandbox responds with 501 to an operation that it doesn't implement yet.
        if status != 501 {
            let id = operation["operationId"].as_str().unwrap_or_default();
            responses.push((id.to_owned(), status, response));
        }
    }
    responses
}

/// Builds a request from the examples that the page fills in: the path with the query, and the body.
fn example_request(document: &Value, path: &str, operation: &Value) -> (String, Option<Value>) {
    let shared = document["paths"][path]["parameters"].as_array().into_iter().flatten();
    let own = operation["parameters"].as_array().into_iter().flatten();
    let (mut address, mut query) = (path.to_owned(), form_urlencoded::Serializer::new(String::new()));
    // An operation's own parameters replace those of its path.
    for parameter in own.chain(shared) {
        let parameter = resolve(document, parameter);
        let name = parameter["name"].as_str().expect("the parameter has a name");
        let named = parameter["examples"].as_object().and_then(|examples| examples.values().next()?.get("value"));
        let schema = resolve(document, &parameter["schema"]);
        let example = parameter.get("example").or(named).or_else(|| schema.get("example"));
        let values = match example {
            Some(Value::Array(items)) => items.as_slice(),
            other => other.map(std::slice::from_ref).unwrap_or_default(),
        };
        for value in values.iter().map(|value| value.as_str().map_or(value.to_string(), str::to_owned)) {
            match parameter["in"].as_str() {
                Some("path") => address = address.replace(&format!("{{{name}}}"), &value),
                _ => _ = query.append_pair(name, &value),
            }
        }
    }
    let body = operation.pointer("/requestBody/content/application~1json").map(|content| content["example"].clone());
    (format!("{address}?{}", query.finish()), body)
}

fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|reference| document.pointer(reference.strip_prefix('#')?));
    target.unwrap_or(value)
}

/// Lists the operations in the order of the page: by tag, and then in the order of the document.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().expect("the document has paths");
    let mut operations = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().expect("the path is an object") {
            if operation["operationId"].is_string() {
                operations.push((method.to_uppercase(), path.clone(), operation.clone()));
            }
        }
    }
    let tags = document["tags"].as_array().expect("the document has tags");
    let position = |operation: &Value| tags.iter().position(|tag| tag["name"] == operation["tags"][0]);
    operations.sort_by_key(|(_, _, operation)| position(operation));
    operations
}

async fn upload(sandbox: &Sandbox, address: &str, name: &str) -> (u16, Value) {
    let part = Part::bytes(b"file".to_vec()).file_name(name.to_owned());
    let request = HTTP.post(format!("{}{address}", sandbox.url())).bearer_auth(sandbox.api_key());
    let response = request.multipart(Form::new().part("file", part)).send().await.expect("the sandbox responds");
    let status = response.status().as_u16();
    let bytes = response.bytes().await.expect("the response is complete");
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}
