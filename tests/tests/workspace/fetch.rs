//! `cargo xtask fetch` against a server of its own on the loopback interface: what is downloaded, and what is refused.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use super::scratch::{Ran, Scratch};

/// What the server does when a path is asked for.
#[derive(Clone)]
enum Answer {
    /// Status and headers, and the body with its length.
    Whole(&'static str, String),
    /// Less than the announced length.
    CutOff(String),
    /// Nothing for longer than anyone waits.
    Silence,
}

/// A server; it ends with the tests.
fn serve(answers: Vec<(&'static str, Answer)>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback interface has ports");
    let address = listener.local_addr().expect("it was just bound");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answers = answers.clone();
            thread::spawn(move || answer(stream, &answers));
        }
    });
    address
}

fn answer(mut stream: TcpStream, answers: &[(&'static str, Answer)]) -> Option<()> {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut part = [0; 1024];
        let length = stream.read(&mut part).ok().filter(|length| *length > 0)?;
        request.extend_from_slice(part.get(..length)?);
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let path = request.split(' ').nth(1)?;
    let found = answers.iter().find(|(known, _)| *known == path).map(|(_, answer)| answer);
    let text = match found.unwrap_or(&Answer::Whole("404 Not Found", "nothing".to_owned())) {
        Answer::Whole(head, body) => {
            format!("HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        }
        Answer::CutOff(body) => {
            format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len() + 1000)
        }
        Answer::Silence => {
            thread::sleep(Duration::from_secs(10));
            return None;
        }
    };
    stream.write_all(text.as_bytes()).ok()
}

const YAML: &str = "200 OK\r\ncontent-type: application/yaml";
const HTML: &str = "200 OK\r\ncontent-type: text/html; charset=utf-8";

/// The documents that we have, as the vendor would publish them, and the page beside them.
fn sound(scratch: &Scratch) -> Vec<(&'static str, Answer)> {
    let page = "<!doctype html><link href='/manifest.json'><redoc spec-url='v2/openapi.yaml'></redoc>".to_owned();
    vec![
        ("/docs/", Answer::Whole(HTML, page)),
        ("/docs/v2/openapi.yaml", Answer::Whole(YAML, scratch.read("spec/published/v2.yaml"))),
        ("/docs/webhooks.yaml", Answer::Whole(YAML, scratch.read("spec/published/webhooks.yaml"))),
    ]
}

/// Fetches the API's document from one path of a server and the webhooks' from where they are sound.
fn fetch(scratch: &Scratch, server: SocketAddr, path: &str) -> Ran {
    // Nobody needs to wait long for what never comes; all else has time.
    let seconds = if path == "/silent" { "1" } else { "20" };
    let (api, webhooks) = (format!("http://{server}{path}"), format!("http://{server}/docs/webhooks.yaml"));
    scratch.xtask(&["fetch", "--url", &api, "--webhooks", &webhooks, "--seconds", seconds, "--megabytes", "1"])
}

#[test]
fn both_documents_come_into_target_and_the_tree_stays() {
    let scratch = Scratch::new();
    let server = serve(sound(&scratch));
    // The addresses are read from where people find them, too.
    let readme = scratch.read("spec/README.md");
    let readme = readme.replace(
        "https://www.talkable.com/api-docs/webhooks/openapi.yaml",
        &format!("http://{server}/docs/webhooks.yaml"),
    );
    scratch.write(
        "spec/README.md",
        readme.replace("https://www.talkable.com/api-docs/", &format!("http://{server}/docs/")),
    );
    let before = scratch.snapshot();
    let text = scratch.xtask(&["fetch"]).succeeded();
    assert!(text.contains(&format!(" bytes from http://{server}/docs/v2/openapi.yaml\n")), "{text}");
    assert_eq!(scratch.read("target/fetched/v2.yaml"), scratch.read("spec/published/v2.yaml"));
    assert_eq!(scratch.read("target/fetched/webhooks.yaml"), scratch.read("spec/published/webhooks.yaml"));
    let mut after = scratch.snapshot();
    after.retain(|path, _| !path.starts_with("target"));
    assert_eq!(after, before);

    let next = "next: cargo xtask update target/fetched/v2.yaml --webhooks target/fetched/webhooks.yaml\n";
    assert!(text.ends_with(next), "{text}");
    let arguments: Vec<&str> = next.trim_end().split(' ').skip(3).collect();
    assert!(scratch.xtask(&arguments).succeeded().contains("changed    nothing"));
}

#[test]
fn redirects_are_followed_until_there_are_too_many() {
    let scratch = Scratch::new();
    let mut answers = sound(&scratch);
    answers.push(("/old", Answer::Whole("302 Found\r\nlocation: /docs/", String::new())));
    answers.push(("/loop", Answer::Whole("302 Found\r\nlocation: /loop", String::new())));
    let server = serve(answers);
    let text = fetch(&scratch, server, "/old").succeeded();
    assert!(text.contains("/docs/v2/openapi.yaml\n"), "{text}");
    let message = fetch(&scratch, server, "/loop").failed();
    assert!(
        message.starts_with("error: there are more than 5 redirects\n") && message.contains("/loop\n"),
        "{message}"
    );
}

#[test]
fn what_is_no_document_is_refused_and_nothing_is_written() {
    let scratch = Scratch::new();
    let document = scratch.read("spec/published/v2.yaml");
    let half = document.split_at(document.find("operationId: findPerson").expect("there is one")).0.to_owned();
    let newer = half.replacen("openapi: 3.0", "openapi: 3.1", 1);
    let mut answers = sound(&scratch);
    answers.extend([
        ("/page", Answer::Whole(HTML, "<html>Soon!</html>".to_owned())),
        ("/pages", Answer::Whole(HTML, "<a href='a.yaml'></a><a href='b.yaml'></a>".to_owned())),
        ("/leads-to-a-page", Answer::Whole(HTML, "<a href='/page.yaml'></a>".to_owned())),
        ("/page.yaml", Answer::Whole(YAML, "<html>Sign in</html>".to_owned())),
        ("/cut-off", Answer::CutOff(half.clone())),
        ("/half", Answer::Whole(YAML, half)),
        ("/half-of-3.1", Answer::Whole(YAML, newer)),
        ("/half.json", Answer::Whole(YAML, "{\"openapi\": \"3.0.3\", \"paths\": {\"/a\"".to_owned())),
        ("/other", Answer::Whole(YAML, "name: shop\nversion: 1\n".to_owned())),
        ("/large", Answer::Whole(YAML, format!("openapi: 3.0.3\n# {}\n", "x".repeat(1_000_001)))),
        ("/silent", Answer::Silence),
        ("/broken", Answer::Whole("503 Service Unavailable", String::new())),
    ]);
    let server = serve(answers);
    let before = scratch.snapshot();
    for (path, said, place) in [
        ("/nowhere", "the server responded with status 404 Not Found", "/nowhere"),
        ("/broken", "the server responded with status 503", "/broken"),
        ("/page", "the address is that of an HTML page without a link to an OpenAPI document", "/page"),
        ("/pages", "the address is that of an HTML page with links to several documents: a.yaml, b.yaml", "/pages"),
        ("/leads-to-a-page", "there is an HTML page instead of an OpenAPI document", "/page.yaml"),
        ("/cut-off", "the response is truncated", "/cut-off"),
        (
            "/half",
            "GET /api/v2/people/{person_slug} has no responses; the document seems to be truncated there",
            "/half:",
        ),
        (
            "/half-of-3.1",
            "GET /api/v2/people/{person_slug} has no responses; the document seems to be truncated there",
            "/half-of-3.1:",
        ),
        ("/half.json", "the file can't be read as YAML", "/half.json:1:36"),
        ("/other", "this is not an OpenAPI document; it has no `openapi`", "/other"),
        ("/docs/webhooks.yaml", "this is the document of the webhooks", "/docs/webhooks.yaml"),
        ("/large", "the document is larger than 1 megabytes", "/large"),
        ("/silent", "the download takes longer than 1 seconds", "/silent"),
    ] {
        let message = fetch(&scratch, server, path).failed();
        assert!(message.starts_with(&format!("error: {said}")), "`{said}` is not what it says:\n{message}");
        assert!(message.contains(&format!("--> http://{server}{place}")), "{message}");
        assert!(message.contains(" help: "), "{message}");
        assert_eq!(scratch.snapshot(), before, "{path}");
    }
}

#[test]
fn addresses_that_lead_nowhere_are_refused() {
    let scratch = Scratch::new();
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let closed = format!("http://{}/v2.yaml", closed.expect("the loopback interface has ports"));
    for (address, said) in [
        (closed.as_str(), "could not connect"),
        ("v2.yaml", "this is not an http or https URL"),
        ("file:///etc/passwd", "this is not an http or https URL"),
        ("http://a b/", "this is not an http or https URL"),
    ] {
        let message = scratch.xtask(&["fetch", "--url", address]).failed();
        assert!(message.contains(said) && message.contains("help: "), "`{said}` is not in\n{message}");
    }
    scratch.write("spec/README.md", "# Nothing\n");
    let message = scratch.xtask(&["fetch"]).failed();
    assert!(message.starts_with("error: there is no address of the document"), "{message}");
    assert!(message.contains("--> spec/README.md\n"), "{message}");
    for arguments in [&["fetch", "https://a/"][..], &["fetch", "--seconds", "soon"], &["fetch", "--url"]] {
        assert_eq!(scratch.xtask(arguments).status, 2, "{arguments:?}");
    }
}
