//! Path arguments: any text arrives as exactly that text in exactly that segment, or is refused before anything is sent.
//!
//! Which operations have such arguments is read from the complete description, so that none is forgotten. That the
//! generated methods hand their arguments over in the order of the places is read from their source.

mod source;

use fake_server::{Server, json};
use proptest::prelude::*;
use proptest::sample::select;
use serde::de::IgnoredAny;
use serde_yaml::Value;
use talkable_api::__private::{Method, Operation};
use talkable_api::{Call, Client, Error};
use tokio::runtime::{Builder, Runtime};

/// What turns into something else in one URL parser or another.
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

/// An operation with arguments in its path, as the description has it.
struct Place {
    id: &'static str,
    template: &'static str,
    operation: &'static Operation,
}

/// All of them. They are kept for as long as the test runs, as those of the crate are.
fn places() -> Vec<Place> {
    let text = std::fs::read_to_string(talkable_tests::workspace().join("spec/talkable.yaml")).unwrap();
    let document: Value = serde_yaml::from_str(&text).unwrap();
    let mut places = Vec::new();
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
            places.push(Place { id, template, operation: Box::leak(Box::new(operation)) });
        }
    }
    assert!(places.len() > 10, "the description has more operations than that");
    places
}

impl Place {
    fn names(&self) -> Vec<&'static str> {
        self.template.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).collect()
    }

    fn call(&self, client: &Client, texts: &[String]) -> Call<IgnoredAny> {
        let call = Call::enveloped(client, self.operation);
        self.names().iter().zip(texts).fold(call, |call, (_, text)| call.segment(text))
    }

    /// The first argument that can't be expressed.
    fn refused(&self, texts: &[String]) -> Option<&'static str> {
        let mut pairs = self.names().into_iter().zip(texts);
        pairs.find(|(_, text)| ["", ".", ".."].contains(&text.as_str())).map(|(name, _)| name)
    }

    /// What the segments of the path have to be once they are decoded.
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

/// Undoes percent-encoding, and nothing else. It is written here, so that it shares no mistake with the crate.
fn decoded(segment: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        assert!(byte.is_ascii_graphic() && !b"\\?#".contains(&byte), "{segment} may be read in another way");
        let mut digit = || u8::try_from(char::from(rest.next().unwrap()).to_digit(16).unwrap()).unwrap();
        bytes.push(if byte == b'%' { digit() << 4 | digit() } else { byte });
    }
    String::from_utf8(bytes).unwrap()
}

fn segments(path: &str) -> Vec<String> {
    path.split('/').map(decoded).collect()
}

/// Sends a call, and gives its path and query as they came, or the name of the argument that was refused.
fn send(runtime: &Runtime, server: &Server, call: Call<IgnoredAny>) -> Result<String, String> {
    let result = runtime.block_on(call.into_future());
    let seen: Vec<String> = server.take_requests().iter().map(|request| request.target().to_owned()).collect();
    match result {
        Ok(_) => {
            assert_eq!(seen.len(), 1, "{seen:?}");
            Ok(seen.into_iter().next().unwrap())
        }
        Err(Error::Invalid(error)) => {
            assert!(seen.is_empty(), "{seen:?}");
            Err(error.argument().to_owned())
        }
        Err(other) => panic!("the server answers all that it can read: {other:?}"),
    }
}

fn client(server: &Server) -> Client {
    Client::builder().api_key("sesame-0123456789").site_slug("my-store").base_url(server.url()).build().unwrap()
}

/// A server that accepts everything.
fn server() -> Server {
    Server::script([json(200, r#"{"ok":true,"result":0}"#)])
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn check(place: &Place, runtime: &Runtime, server: &Server, client: &Client, texts: &[String]) {
    let call = place.call(client, texts);
    let path = call.request().path();
    let came = send(runtime, server, call);
    if let Some(name) = place.refused(texts) {
        assert_eq!(came, Err(name.to_owned()), "{}: {texts:?}", place.id);
        return;
    }
    let came = came.unwrap();
    let (came, query) = came.split_once('?').unwrap();
    assert_eq!(segments(came), place.expected(texts), "{}: {texts:?}", place.id);
    assert_eq!((came, query), (path.as_str(), "site_slug=my-store"), "{}: {texts:?}", place.id);
}

#[test]
fn hostile_texts_arrive_as_they_are_or_not_at_all() {
    let (server, runtime) = (server(), runtime());
    let client = client(&server);
    for place in places() {
        for hostile in HOSTILE {
            for other in [hostile, "plain"] {
                let texts = [hostile.to_owned(), other.to_owned()];
                check(&place, &runtime, &server, &client, &texts[..place.names().len()]);
            }
        }
    }
}

#[test]
fn any_text_arrives_as_itself_in_its_own_segment() {
    let (places, server, runtime) = (places(), server(), runtime());
    let client = client(&server);
    let config = ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(texts in [text(), text(), text()])| {
        for place in &places {
            check(place, &runtime, &server, &client, &texts[..place.names().len()]);
        }
    });
}

#[test]
fn any_site_arrives_as_itself_in_the_query() {
    let (server, runtime) = (server(), runtime());
    let (client, place) = (client(&server), places().remove(0));
    let plain = ["1".to_owned(), "2".to_owned()];
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(site in text())| {
        let came = send(&runtime, &server, place.call(&client.for_site(&site), &plain[..place.names().len()]));
        if site.is_empty() {
            prop_assert_eq!(came, Err("site_slug".to_owned()));
        } else {
            let came = came.unwrap();
            let query = came.split_once("?site_slug=").unwrap().1;
            prop_assert!(!query.contains(['&', '=', '+', '/']), "{query}");
            prop_assert_eq!(decoded(query), site);
        }
    });
}

#[test]
fn generated_methods_hand_their_arguments_over_in_order() {
    let methods = source::methods();
    for place in places() {
        let method = methods.iter().find(|method| method.operation == place.id);
        let method = method.unwrap_or_else(|| panic!("no method sends {}", place.id));
        assert_eq!(method.template, place.template);
        assert_eq!(method.arguments, place.names(), "{}", place.id);
    }
}
