//! Tests `cargo xtask fetch` with a fake server.

use std::net::TcpListener;

use fake_server::{Reply, Request, Server};

use super::scratch::{CommandOutput, Scratch};

/// Starts a server that sends the given reply for each path, and a 404 for every other path.
fn serve(replies: Vec<(&'static str, Reply)>) -> Server {
    Server::start(move |request: Request| {
        let found = replies.iter().find(|(path, _)| *path == request.target());
        std::future::ready(found.map_or_else(|| whole("404 Not Found", "nothing"), |(_, reply)| reply.clone()))
    })
}

/// Creates a reply with a complete body.
fn whole(head: &str, body: &str) -> Reply {
    Reply::send(format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()))
}

/// Creates a reply whose body is shorter than its `content-length`.
fn truncated(body: &str) -> Reply {
    Reply::close(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len() + 1000))
}

const YAML: &str = "200 OK\r\ncontent-type: application/yaml";
const HTML: &str = "200 OK\r\ncontent-type: text/html; charset=utf-8";

/// Returns the replies that contain the two documents of the workspace, and a page that links to the API document.
fn valid_replies(scratch: &Scratch) -> Vec<(&'static str, Reply)> {
    let page = "<!doctype html><link href='/manifest.json'><redoc spec-url='v2/openapi.yaml'></redoc>".to_owned();
    vec![
        ("/docs/", whole(HTML, &page)),
        ("/docs/v2/openapi.yaml", whole(YAML, &scratch.read("spec/published/v2.yaml"))),
        ("/docs/webhooks.yaml", whole(YAML, &scratch.read("spec/published/webhooks.yaml"))),
    ]
}

/// Fetches the API document from a path on the server.
fn fetch(scratch: &Scratch, server: &Server, path: &str) -> CommandOutput {
    // The server never responds to `/silent`, so the test uses a short timeout.
    let seconds = if path == "/silent" { "1" } else { "20" };
    let (api, webhooks) = (format!("{}{path}", server.url()), format!("{}/docs/webhooks.yaml", server.url()));
    scratch.xtask(&["fetch", "--url", &api, "--webhooks", &webhooks, "--seconds", seconds, "--megabytes", "1"])
}

#[test]
fn downloads_both_documents_into_target() {
    let scratch = Scratch::new();
    let server = serve(valid_replies(&scratch));
    // The `fetch` command reads the URLs from `spec/README.md`.
    let readme = scratch.read("spec/README.md");
    let readme = readme.replace(
        "https://www.talkable.com/api-docs/webhooks/openapi.yaml",
        &format!("{}/docs/webhooks.yaml", server.url()),
    );
    scratch.write(
        "spec/README.md",
        readme.replace("https://www.talkable.com/api-docs/", &format!("{}/docs/", server.url())),
    );
    let before = scratch.snapshot();
    let text = scratch.xtask(&["fetch"]).succeeded();
    assert!(text.contains(&format!(" bytes from {}/docs/v2/openapi.yaml\n", server.url())), "{text}");
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
fn follows_up_to_five_redirects() {
    let scratch = Scratch::new();
    let mut replies = valid_replies(&scratch);
    replies.push(("/old", whole("302 Found\r\nlocation: /docs/", "")));
    replies.push(("/loop", whole("302 Found\r\nlocation: /loop", "")));
    let server = serve(replies);
    let text = fetch(&scratch, &server, "/old").succeeded();
    assert!(text.contains("/docs/v2/openapi.yaml\n"), "{text}");
    let message = fetch(&scratch, &server, "/loop").failed();
    assert!(
        message.starts_with("error: there are more than 5 redirects\n") && message.contains("/loop\n"),
        "{message}"
    );
}

#[test]
fn rejects_responses_without_a_valid_document() {
    let scratch = Scratch::new();
    let document = scratch.read("spec/published/v2.yaml");
    let half = document.split_at(document.find("operationId: findPerson").expect("the operation exists")).0.to_owned();
    let newer = half.replacen("openapi: 3.0", "openapi: 3.1", 1);
    let mut replies = valid_replies(&scratch);
    replies.extend([
        ("/page", whole(HTML, "<html>Soon!</html>")),
        ("/pages", whole(HTML, "<a href='a.yaml'></a><a href='b.yaml'></a>")),
        ("/leads-to-a-page", whole(HTML, "<a href='/page.yaml'></a>")),
        ("/page.yaml", whole(YAML, "<html>Sign in</html>")),
        ("/cut-off", truncated(&half)),
        ("/half", whole(YAML, &half)),
        ("/half-of-3.1", whole(YAML, &newer)),
        ("/half.json", whole(YAML, "{\"openapi\": \"3.0.3\", \"paths\": {\"/a\"")),
        ("/other", whole(YAML, "name: shop\nversion: 1\n")),
        ("/large", whole(YAML, &format!("openapi: 3.0.3\n# {}\n", "x".repeat(1_000_001)))),
        ("/silent", Reply::hang("")),
        ("/broken", whole("503 Service Unavailable", "")),
    ]);
    let server = serve(replies);
    let before = scratch.snapshot();
    for (path, said, place) in [
        ("/nowhere", "the server responded with status 404 Not Found", "/nowhere"),
        ("/broken", "the server responded with status 503", "/broken"),
        ("/page", "this is an HTML page without a link to an OpenAPI document", "/page"),
        ("/pages", "this is an HTML page with links to several documents: a.yaml, b.yaml", "/pages"),
        ("/leads-to-a-page", "this is an HTML page, not an OpenAPI document", "/page.yaml"),
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
        ("/half.json", "the file is not valid YAML", "/half.json:1:36"),
        ("/other", "this is not an OpenAPI document: it has no `openapi` field", "/other"),
        ("/docs/webhooks.yaml", "this is the webhooks document", "/docs/webhooks.yaml"),
        ("/large", "the document is larger than 1 MB", "/large"),
        ("/silent", "the download takes longer than 1 s", "/silent"),
    ] {
        let message = fetch(&scratch, &server, path).failed();
        assert!(message.starts_with(&format!("error: {said}")), "`{said}` is not in\n{message}");
        assert!(message.contains(&format!("--> {}{place}", server.url())), "{message}");
        assert!(message.contains(" help: "), "{message}");
        assert_eq!(scratch.snapshot(), before, "{path}");
    }
}

#[test]
fn rejects_invalid_and_unreachable_urls() {
    let scratch = Scratch::new();
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let closed = format!("http://{}/v2.yaml", closed.expect("loopback has a free port"));
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
    assert!(message.starts_with("error: the section `## The published documents` has no URL"), "{message}");
    assert!(message.contains("--> spec/README.md\n"), "{message}");
    for arguments in [&["fetch", "https://a/"][..], &["fetch", "--seconds", "soon"], &["fetch", "--url"]] {
        assert_eq!(scratch.xtask(arguments).status, 2, "{arguments:?}");
    }
}
