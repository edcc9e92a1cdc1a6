//! Uploads as multipart forms.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use fake_server::Server;
use futures_core::Stream;
use talkable_api::__private::{Method, Operation};
use talkable_api::{ApiErrorKind, Call, Client, Error, Upload, Verdict};

use crate::{Connect as _, Found, found, good, refused};

static UPLOAD: Operation = Operation::new("upload", Method::POST, "/api/v2/assets").site_in_query();
static REPLACE: Operation = Operation::new("replace", Method::PUT, "/api/v2/assets").site_in_body().idempotent();

fn upload(client: &Client, upload: Upload) -> Call<Found> {
    Call::enveloped(client, &UPLOAD).file("file", upload)
}

/// A stream of strings.
struct Strings(VecDeque<&'static str>);

impl Stream for Strings {
    type Item = std::io::Result<&'static str>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop_front().map(Ok))
    }
}

fn stream(length: Option<u64>) -> Upload {
    Upload::from_stream("logo.svg", Strings(["<svg>", "</svg>"].into()), length)
}

fn assert_form(body: &str, fields: &[&str]) {
    let mut rest = body;
    for field in fields {
        let at = rest.find(field).unwrap_or_else(|| panic!("{field} is not in {body}"));
        rest = &rest[at + field.len()..];
    }
}

#[tokio::test]
async fn uploads_bytes_files_and_streams() {
    let server = Server::script([good()]);
    let client = server.client();
    let path = std::env::temp_dir().join(format!("talkable-api-{}.svg", std::process::id()));
    std::fs::write(&path, "<svg></svg>").unwrap();
    let file = Upload::from_file(&path).await.unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(file.name(), path.file_name().unwrap().to_str().unwrap());

    upload(&client, Upload::from_bytes("logo.svg", "<svg></svg>")).await.unwrap();
    upload(&client, file).await.unwrap();
    upload(&client, stream(Some(11))).await.unwrap();
    for seen in server.requests() {
        assert_eq!(seen.line, "POST /api/v2/assets?site_slug=my-store");
        assert!(seen.head.contains("content-type: multipart/form-data; boundary="), "{}", seen.head);
        assert!(seen.head.contains("content-length: "), "{}", seen.head);
        let disposition = "Content-Disposition: form-data; name=\"file\"; filename=\"";
        assert_form(&seen.body, &[disposition, ".svg\"", "Content-Type: image/svg+xml", "<svg></svg>"]);
    }

    upload(&client, stream(None)).await.unwrap();
    let seen = server.requests().pop().unwrap();
    assert!(seen.head.contains("transfer-encoding: chunked"), "{}", seen.head);
    assert_form(&seen.body, &["<svg>", "</svg>"]);
}

#[tokio::test]
async fn a_stream_can_be_the_whole_body() {
    static IMPORT: Operation = Operation::new("import", Method::PUT, "/api/v2/imports").idempotent();

    let server = Server::script([good()]);
    let client = server.client();
    let import = |file: Upload| -> Call<Found> { Call::enveloped(&client, &IMPORT).whole_file(file) };
    import(stream(Some(11))).await.unwrap();
    import(stream(None)).await.unwrap();
    let requests = server.requests();
    assert!(requests.iter().all(|seen| seen.body == "<svg></svg>"), "{requests:?}");
    assert!(requests.iter().all(|seen| seen.header("content-type") == ["image/svg+xml"]), "{requests:?}");
    assert_eq!(requests[0].header("content-length"), ["11"]);
    assert_eq!(requests[1].header("transfer-encoding"), ["chunked"]);

    let error = import(Upload::from_bytes("", "").with_content_type("a\r\nb: c")).await.unwrap_err();
    assert!(matches!(&error, Error::Invalid(error) if error.argument() == "body"), "{error:?}");
}

#[tokio::test]
async fn the_site_slug_is_a_form_field_in_multipart_bodies() {
    let server = Server::script([good()]);
    let call: Call<Found> =
        Call::enveloped(&server.client(), &REPLACE).file("file", Upload::from_bytes("a", "content"));
    assert_eq!(call.request().body(), None);
    call.await.unwrap();
    assert_form(&server.requests()[0].body, &["name=\"site_slug\"", "my-store", "name=\"file\"", "content"]);
}

#[tokio::test]
async fn retries_bytes_but_not_streams() {
    let server = Server::script([refused(), good()]);
    let response = upload(&server.client(), Upload::from_bytes("a.png", "content")).response().await.unwrap();
    assert_eq!((response.info.attempts(), response.value), (2, found()));
    let seen = server.requests();
    assert_form(&seen[1].body, &["content"]);

    let server = Server::script([refused(), good()]);
    let error = upload(&server.client(), stream(Some(11))).await.unwrap_err();
    assert!(matches!(&error, Error::Api(error) if error.kind() == ApiErrorKind::TooManyRequests), "{error:?}");
    assert_eq!(error.verdict(), Verdict::RetryAfter(std::time::Duration::ZERO));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn escapes_file_names_and_rejects_invalid_ones() {
    let server = Server::script([good()]);
    let client = server.client();
    upload(&client, Upload::from_bytes("a\"; name=\"b.png", "content")).await.unwrap();
    assert_form(&server.requests()[0].body, &[r#"name="file"; filename="a\"; name=\"b.png""#, "image/png", "content"]);

    for invalid in [
        Upload::from_bytes("a\r\nX-Evil: 1", ""),
        Upload::from_bytes("a\nb", ""),
        Upload::from_bytes("", ""),
        Upload::from_bytes("a", "").with_content_type("text/plain\r\nX-Evil: 1"),
    ] {
        let error = upload(&client, invalid).await.unwrap_err();
        assert!(matches!(&error, Error::Invalid(error) if error.argument() == "file"), "{error:?}");
    }
    assert_eq!(server.requests().len(), 1);
}
