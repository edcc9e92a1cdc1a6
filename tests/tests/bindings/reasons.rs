//! Tests that error reasons are recognized.

use std::collections::BTreeSet;

use fake_server::{Server, json};
use serde_json::Value;
use talkable_api::{Client, Error, Reason};
use talkable_tests::workspace;

/// The error messages in Talkable's documentation, each with the expected reason.
const MESSAGES: &str = include_str!("../../fixtures/errors/messages.tsv");

#[tokio::test]
async fn every_documented_message_has_a_reason() {
    for line in MESSAGES.lines().skip(1) {
        let [_, status, expected, message] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        // Some messages end with a line break.
        let body = serde_json::json!({ "ok": false, "error_message": format!("{message}\n") });
        let server = Server::script([json(status.parse().unwrap(), &body.to_string())]);
        let client = Client::builder().api_key("a-key").site_slug("my-store").base_url(server.url()).build().unwrap();
        let error = client.campaigns().list().await.unwrap_err();
        let Error::Api(error) = error else { panic!("{error:?}") };
        assert_eq!(error.reason().name(), expected, "{message}");
        assert_ne!(error.reason(), Reason::Other);
    }
}

#[test]
fn the_documentation_of_an_operation_lists_its_reasons() {
    let text = std::fs::read_to_string(workspace().join("spec/talkable.yaml")).unwrap();
    let document: Value = serde_yaml::from_str(&text).unwrap();
    let mut documented = BTreeSet::new();
    for operation in document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values())
    {
        let reasons = operation["x-error-reasons"].as_array().into_iter().flatten();
        documented.extend(reasons.map(|reason| (operation["operationId"].as_str().unwrap(), reason.as_str().unwrap())));
    }
    for line in MESSAGES.lines().skip(1) {
        let [operation, _, reason, _] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        assert!(documented.contains(&(operation, reason)), "{line}");
    }
}
