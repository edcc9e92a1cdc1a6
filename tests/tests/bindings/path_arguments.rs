//! Tests path arguments: a string arrives unchanged in its own segment, or is rejected before a request is sent.
//!
//! The operations are read from the complete description, so that every operation is tested. The order of the arguments is read
//! from the source of the generated methods.

mod source;

use fake_server::{Server, json};
use proptest::prelude::*;
use proptest::sample::select;
use serde::de::IgnoredAny;
use serde_yaml::Value;
use talkable_api::__private::{Method, Operation};
use talkable_api::{Call, Client, Error};
use tokio::runtime::{Builder, Runtime};

/// Strings that URL parsers might change.
const HOSTILE: [&str; 24] = [
    "",
    ".",
    "..",
    "...",
    "%2e",
    "%2E%2e",
    ".%2e",
    "..\\x",
    "a/b",
    "a%2Fb",
    "/",
    "//",
    "\\",
    "a?b#c",
    "a;b=c",
    "a\r\nb",
    "\t",
    "\0",
    " ",
    "jane+1@example.com",
    "é",
    "😀",
    "{id}",
    "\u{202e}",
];

/// An operation with arguments in its path.
struct PathOperation {
    id: &'static str,
    template: &'static str,
    operation: &'static Operation,
}

/// Returns all operations with path arguments. They are leaked, because a call requires a `'static` operation.
fn operations() -> Vec<PathOperation> {
    let text = std::fs::read_to_string(talkable_tests::workspace().join("spec/talkable.yaml")).unwrap();
    let document: Value = serde_yaml::from_str(&text).unwrap();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_mapping().unwrap() {
        let path = path.as_str().unwrap();
        for (method, operation) in methods.as_mapping().unwrap() {
            let Some(id) = operation["operationId"].as_str() else { continue };
            if !path.contains('{') {
                continue;
            }
            let id: &'static str = String::leak(id.to_owned());
            let template: &'static str = String::leak(path.to_owned());
            let method = Method::from_bytes(method.as_str().unwrap().to_uppercase().as_bytes()).unwrap();
            let operation = Operation::new(id, method, template).site_in_query();
            operations.push(PathOperation { id, template, operation: Box::leak(Box::new(operation)) });
        }
    }
    assert!(operations.len() > 10, "too few operations: {}", operations.len());
    operations
}

impl PathOperation {
    fn names(&self) -> Vec<&'static str> {
        self.template.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).collect()
    }

    fn call(&self, client: &Client, texts: &[String]) -> Call<IgnoredAny> {
        let call = Call::enveloped(client, self.operation);
        self.names().iter().zip(texts).fold(call, |call, (_, text)| call.segment(text))
    }

    /// Returns the name of the first argument that can't be a path segment.
    fn rejected(&self, texts: &[String]) -> Option<&'static str> {
        let mut pairs = self.names().into_iter().zip(texts);
        pairs.find(|(_, text)| ["", ".", ".."].contains(&text.as_str())).map(|(name, _)| name)
    }

    /// Returns the expected path segments, decoded.
    fn expected(&self, texts: &[String]) -> Vec<String> {
        let mut texts = texts.iter();
        let fill = |segment: &str| {
            if segment.starts_with('{') { texts.next().unwrap().clone() } else { segment.to_owned() }
        };
        self.template.split('/').map(fill).collect()
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        select(&HOSTILE).prop_map(str::to_owned),
        "[./%\\\\?#;:@+& ]{1,6}",
        "(%2[eEfF]|\\.|/|\\\\){1,4}",
    ]
}

/// Decodes a percent-encoded segment, independently of the crate.
fn decoded(segment: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        assert!(byte.is_ascii_graphic() && !b"\\?#".contains(&byte), "{segment} is ambiguous");
        let mut digit = || u8::try_from(char::from(rest.next().unwrap()).to_digit(16).unwrap()).unwrap();
        bytes.push(if byte == b'%' { digit() << 4 | digit() } else { byte });
    }
    String::from_utf8(bytes).unwrap()
}

fn segments(path: &str) -> Vec<String> {
    path.split('/').map(decoded).collect()
}

/// Sends a call. Returns the path and query of the request, or the name of the rejected argument.
fn send(runtime: &Runtime, server: &Server, call: Call<IgnoredAny>) -> Result<String, String> {
    let result = runtime.block_on(call.send());
    let targets: Vec<String> = server.take_requests().iter().map(|request| request.target().to_owned()).collect();
    match result {
        Ok(_) => {
            assert_eq!(targets.len(), 1, "{targets:?}");
            Ok(targets.into_iter().next().unwrap())
        }
        Err(Error::Invalid(error)) => {
            assert!(targets.is_empty(), "{targets:?}");
            Err(error.argument().to_owned())
        }
        Err(other) => panic!("{other:?}"),
    }
}

fn client(server: &Server) -> Client {
    Client::builder().api_key("sesame-0123456789").site_slug("my-store").base_url(server.url()).build().unwrap()
}

/// Starts a server that accepts every request.
fn server() -> Server {
    Server::script([json(200, r#"{"ok":true,"result":0}"#)])
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn check(operation: &PathOperation, runtime: &Runtime, server: &Server, client: &Client, texts: &[String]) {
    let call = operation.call(client, texts);
    let path = call.request().path();
    let arrived = send(runtime, server, call);
    if let Some(name) = operation.rejected(texts) {
        assert_eq!(arrived, Err(name.to_owned()), "{}: {texts:?}", operation.id);
        return;
    }
    let arrived = arrived.unwrap();
    let (arrived, query) = arrived.split_once('?').unwrap();
    assert_eq!(segments(arrived), operation.expected(texts), "{}: {texts:?}", operation.id);
    assert_eq!((arrived, query), (path.as_str(), "site_slug=my-store"), "{}: {texts:?}", operation.id);
}

#[test]
fn hostile_path_arguments_arrive_unchanged_or_are_rejected() {
    let (server, runtime) = (server(), runtime());
    let client = client(&server);
    for operation in operations() {
        for hostile in HOSTILE {
            for other in [hostile, "plain"] {
                let texts = [hostile.to_owned(), other.to_owned()];
                check(&operation, &runtime, &server, &client, &texts[..operation.names().len()]);
            }
        }
    }
}

#[test]
fn any_path_argument_arrives_unchanged() {
    let (operations, server, runtime) = (operations(), server(), runtime());
    let client = client(&server);
    let config = ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(texts in [text(), text(), text()])| {
        for operation in &operations {
            check(operation, &runtime, &server, &client, &texts[..operation.names().len()]);
        }
    });
}

#[test]
fn any_site_slug_arrives_unchanged() {
    let (server, runtime) = (server(), runtime());
    let (client, operation) = (client(&server), operations().remove(0));
    let plain = ["1".to_owned(), "2".to_owned()];
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(site in text())| {
        let arrived = send(&runtime, &server, operation.call(&client.for_site(&site), &plain[..operation.names().len()]));
        if site.is_empty() {
            prop_assert_eq!(arrived, Err("site_slug".to_owned()));
        } else {
            let arrived = arrived.unwrap();
            let query = arrived.split_once("?site_slug=").unwrap().1;
            prop_assert!(!query.contains(['&', '=', '+', '/']), "{query}");
            prop_assert_eq!(decoded(query), site);
        }
    });
}

#[test]
fn generated_methods_pass_path_arguments_in_order() {
    let methods = source::methods();
    for operation in operations() {
        let method = methods.iter().find(|method| method.operation == operation.id);
        let method = method.unwrap_or_else(|| panic!("no method sends {}", operation.id));
        assert_eq!(method.template, operation.template);
        assert_eq!(method.arguments, operation.names(), "{}", operation.id);
    }
}
