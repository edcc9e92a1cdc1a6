//! Calls without `async`.

use std::time::{Duration, Instant};
use std::{fs, io, thread};

use fake_server::{Reply, Request, Server, json};
use serde::{Deserialize, Serialize};
use talkable_api::__private::{Method, Operation};
use talkable_api::Client;
use talkable_api::bulk::Bulk;
use talkable_api::{Call, Error, Items, Page, Upload};

use crate::{Connect as _, Found, good};

static FIND: Operation = Operation::new("find", Method::GET, "/api/v2/people/{slug}").site_in_query().idempotent();
static LIST: Operation = Operation::new("list", Method::GET, "/api/v2/things").idempotent();
static UPLOAD: Operation = Operation::new("upload", Method::POST, "/api/v2/assets").site_in_query();

#[derive(Serialize)]
struct ListThings {
    page: i64,
}

#[derive(Deserialize)]
struct ListThingsResult {
    things: Vec<i64>,
}

impl Page for ListThingsResult {
    type Item = i64;

    fn into_parts(self) -> (Vec<i64>, Option<i64>) {
        (self.things, Some(4))
    }
}

fn find(client: &Client, slug: &str) -> Call<Found> {
    Call::enveloped(client, &FIND).segment(slug)
}

fn list_all(client: &Client) -> Items<i64> {
    let client = client.clone();
    Items::new(move |page| -> Call<ListThingsResult> { Call::enveloped(&client, &LIST).query(&ListThings { page }) })
}

fn upload(client: &Client, upload: Upload) -> Call<Found> {
    Call::enveloped(client, &UPLOAD).file("file", upload)
}

async fn reply(request: Request) -> Reply {
    match request.target() {
        target if target.contains("/missing") => json(400, r#"{"ok":false,"error_message":"Not found."}"#),
        target if target.contains("/slow") => {
            tokio::time::sleep(Duration::from_millis(300)).await;
            good()
        }
        target if target.contains("page=1") => json(200, r#"{"ok":true,"result":{"things":[1,2]}}"#),
        target if target.contains("page=2") => json(200, r#"{"ok":true,"result":{"things":[3,4]}}"#),
        target if target.contains("page=") => json(401, ""),
        _ => good(),
    }
}

#[test]
fn wait_returns_the_value_or_the_error() {
    let server = Server::start(reply);
    let client = server.client();
    assert_eq!(find(&client, "jane").wait().unwrap().name, "Jane");
    let response = find(&client, "jane").timeout(Duration::from_secs(5)).wait_response().unwrap();
    assert_eq!((response.status, response.info.attempts(), response.value.name.as_str()), (200, 1, "Jane"));
    assert!(matches!(find(&client, "missing").wait(), Err(Error::Api(error)) if error.message() == "Not found."));
    assert!(matches!(find(&client, "..").wait(), Err(Error::Invalid(_))));
    let timed_out = find(&client, "slow").timeout(Duration::from_millis(20)).deadline(Duration::from_millis(40)).wait();
    assert!(matches!(timed_out, Err(Error::Transport(error)) if error.info().maybe_processed()));
}

#[test]
fn threads_share_one_client() {
    let server = Server::start(reply);
    let (client, start) = (server.client(), Instant::now());
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| assert_eq!(find(&client, "slow").wait().unwrap().name, "Jane"));
        }
    });
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

#[test]
fn listings_are_iterators() {
    let server = Server::start(reply);
    let client = server.client();
    let mut items = list_all(&client).wait().unwrap();
    assert!(server.requests().is_empty());
    assert_eq!(items.next().unwrap().unwrap(), 1);
    assert_eq!(server.requests().len(), 1);
    assert_eq!(items.collect::<Result<Vec<_>, _>>().unwrap(), [2, 3, 4]);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn bulk_outcomes_are_iterators() {
    let server = Server::start(reply);
    let client = server.client();
    let slugs = ["jane", "missing", "jane", "missing", "jane"];
    let rows = Bulk::new(slugs).one_by_one(|slug| find(&client, slug));
    let results: Vec<_> = rows.wait().unwrap().map(|row| (row.input, row.index, row.result.is_ok())).collect();
    assert_eq!(results.len(), slugs.len());
    for (index, (slug, number, is_ok)) in results.into_iter().enumerate() {
        assert_eq!((slug, number, is_ok), (slugs[index], index as u64, slug == "jane"));
    }

    let mut chunks = Bulk::new(slugs).in_chunks(2, |slugs| find(&client, slugs[0])).wait().unwrap();
    assert_eq!(chunks.next().map(|chunk| (chunk.index, chunk.input)), Some((0, vec!["jane", "missing"])));
    chunks.stream_mut().stop();
    assert_eq!(chunks.by_ref().count(), 2);
    assert_eq!(chunks.stream().progress().next, 5);
}

#[test]
fn uploads_read_files_without_a_runtime() {
    let server = Server::start(reply);
    let client = server.client();
    let path = std::env::temp_dir().join(format!("talkable-api-blocking-{}.svg", std::process::id()));
    let content = format!("<svg>{}</svg>", "x".repeat(200_000));
    fs::write(&path, &content).unwrap();
    let (file, length) = (fs::File::open(&path).unwrap(), fs::metadata(&path).unwrap().len());

    upload(&client, Upload::read_file(&path).unwrap()).wait().unwrap();
    upload(&client, Upload::from_reader("logo.svg", file, Some(length))).wait().unwrap();
    upload(&client, Upload::from_reader("logo.svg", fs::File::open(&path).unwrap(), None)).wait().unwrap();
    fs::remove_file(&path).unwrap();
    assert!(server.requests().len() == 3 && server.requests().iter().all(|seen| seen.body.contains(&content)));
    assert!(Upload::read_file(&path).is_err());
}

#[test]
fn a_failing_reader_fails_the_call() {
    struct Broken;

    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }

    let server = Server::start(reply);
    let error = upload(&server.client(), Upload::from_reader("logo.svg", Broken, None)).wait().unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error}");
}

#[test]
fn wait_in_a_task_is_an_error_and_sends_nothing() {
    let server = Server::start(reply);
    let client = server.client();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let errors = [
            find(&client, "jane").wait().unwrap_err(),
            find(&client, "jane").wait_response().unwrap_err(),
            list_all(&client).wait().unwrap_err(),
            Bulk::new(["jane"]).one_by_one(|slug| find(&client, slug)).wait().unwrap_err(),
            Bulk::new(["jane"]).in_chunks(2, |slugs| find(&client, slugs[0])).wait().unwrap_err(),
        ];
        for error in errors {
            assert!(matches!(error, Error::Invalid(_)), "{error}");
            assert!(error.to_string().contains("spawn_blocking"), "{error}");
        }
        assert!(server.requests().is_empty());

        // Both alternatives suggested by the error message work.
        assert_eq!(find(&client, "jane").await.unwrap().name, "Jane");
        let call = find(&client, "jane");
        assert_eq!(tokio::task::spawn_blocking(|| call.wait()).await.unwrap().unwrap().name, "Jane");
    });
    drop(runtime);
    // The connections were closed when the runtime shut down, so the client opens new ones.
    assert_eq!(find(&client, "jane").wait().unwrap().name, "Jane");
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_client_can_be_dropped_anywhere() {
    let server = Server::start(reply);
    let client = server.client();
    find(&client, "jane").wait().unwrap();
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async { drop(client) });
}
