//! The surface without `async`, over real sockets.
#![cfg(feature = "blocking")]
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../rows/server.rs"]
mod server;

use std::time::{Duration, Instant};
use std::{fs, io, thread};

use serde::{Deserialize, Serialize};
use talkable_api::__private::{Method, Operation, Retry, SiteSlug};
use talkable_api::blocking::Client;
use talkable_api::bulk::Bulk;
use talkable_api::{Call, Error, Items, Page, Upload};

use crate::server::{Seen, Server};

static FIND: Operation =
    Operation::new("find", Method::GET, "/api/v2/people/{slug}").site_slug(SiteSlug::Query).retry(Retry::Safe);
static LIST: Operation = Operation::new("list", Method::GET, "/api/v2/things").retry(Retry::Safe);
static UPLOAD: Operation = Operation::new("upload", Method::POST, "/api/v2/assets").site_slug(SiteSlug::Query);

#[derive(Debug, Deserialize, PartialEq)]
struct Found {
    name: String,
}

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
    Call::enveloped(client, &UPLOAD).multipart(upload)
}

fn judge(seen: &Seen) -> (u16, String) {
    let good = |result: &str| (200, format!(r#"{{"ok":true,"result":{result}}}"#));
    match seen.line.as_str() {
        line if line.contains("/nobody") => (400, r#"{"ok":false,"error_message":"Nobody."}"#.to_owned()),
        line if line.contains("/slow") => {
            thread::sleep(Duration::from_millis(300));
            good(r#"{"name":"Jane"}"#)
        }
        line if line.contains("page=1") => good(r#"{"things":[1,2]}"#),
        line if line.contains("page=2") => good(r#"{"things":[3,4]}"#),
        line if line.contains("page=") => (401, String::new()),
        _ => good(r#"{"name":"Jane"}"#),
    }
}

#[test]
fn calls_are_waited_for() {
    let server = Server::start(judge);
    let client = server.client();
    assert_eq!(find(&client, "jane").wait().unwrap().name, "Jane");
    let response = find(&client, "jane").timeout(Duration::from_secs(5)).wait_response().unwrap();
    assert_eq!((response.status, response.attempts, response.value.name.as_str()), (200, 1, "Jane"));
    assert!(matches!(find(&client, "nobody").wait(), Err(Error::Api(error)) if error.message() == "Nobody."));
    assert!(matches!(find(&client, "..").wait(), Err(Error::Invalid(_))));
    let timed_out = find(&client, "slow").timeout(Duration::from_millis(20)).deadline(Duration::from_millis(40)).wait();
    assert!(matches!(timed_out, Err(Error::Transport(error)) if error.maybe_executed()));
}

#[test]
fn threads_wait_side_by_side_for_one_client() {
    let server = Server::start(judge);
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
    let server = Server::start(judge);
    let client = server.client();
    let mut items = list_all(&client).wait().unwrap();
    assert!(server.seen().is_empty());
    assert_eq!(items.next().unwrap().unwrap(), 1);
    assert_eq!(server.seen().len(), 1);
    assert_eq!(items.collect::<Result<Vec<_>, _>>().unwrap(), [2, 3, 4]);
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn bulks_are_iterators() {
    let server = Server::start(judge);
    let client = server.client();
    let slugs = ["jane", "nobody", "jane", "nobody", "jane"];
    let rows = Bulk::new(slugs).one_by_one(|slug| find(&client, slug));
    let results: Vec<_> = rows.wait().unwrap().map(|row| (row.row, row.index, row.result.is_ok())).collect();
    assert_eq!(results.len(), slugs.len());
    for (index, (slug, number, is_ok)) in results.into_iter().enumerate() {
        assert_eq!((slug, number, is_ok), (slugs[index], index as u64, slug == "jane"));
    }

    let mut chunks = Bulk::new(slugs).in_chunks(2, |slugs| find(&client, slugs[0])).wait().unwrap();
    assert_eq!(chunks.next().map(|chunk| (chunk.first, chunk.rows)), Some((0, vec!["jane", "nobody"])));
    chunks.stream_mut().stop();
    assert_eq!(chunks.by_ref().count(), 2);
    assert_eq!(chunks.stream().progress().next, 5);
}

#[test]
fn files_are_read_without_a_runtime() {
    let server = Server::start(judge);
    let client = server.client();
    let path = std::env::temp_dir().join(format!("talkable-api-waiting-{}.svg", std::process::id()));
    let content = format!("<svg>{}</svg>", "x".repeat(200_000));
    fs::write(&path, &content).unwrap();
    let (file, length) = (fs::File::open(&path).unwrap(), fs::metadata(&path).unwrap().len());

    upload(&client, Upload::read_file(&path).unwrap()).wait().unwrap();
    upload(&client, Upload::from_reader("logo.svg", file, Some(length))).wait().unwrap();
    upload(&client, Upload::from_reader("logo.svg", fs::File::open(&path).unwrap(), None)).wait().unwrap();
    fs::remove_file(&path).unwrap();
    assert!(server.seen().len() == 3 && server.seen().iter().all(|seen| seen.body.contains(&content)));
    assert!(Upload::read_file(&path).is_err());
}

#[test]
fn a_reader_that_fails_is_an_error_of_the_call() {
    struct Broken;

    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }

    let server = Server::start(judge);
    let error = upload(&server.client(), Upload::from_reader("logo.svg", Broken, None)).wait().unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error}");
}

#[test]
fn inside_a_task_it_is_an_error_and_nothing_is_sent() {
    let server = Server::start(judge);
    let client = server.client();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let refusals = [
            find(&client, "jane").wait().unwrap_err(),
            find(&client, "jane").wait_response().unwrap_err(),
            list_all(&client).wait().unwrap_err(),
            Bulk::new(["jane"]).one_by_one(|slug| find(&client, slug)).wait().unwrap_err(),
            Bulk::new(["jane"]).in_chunks(2, |slugs| find(&client, slugs[0])).wait().unwrap_err(),
        ];
        for error in refusals {
            assert!(matches!(error, Error::Invalid(_)), "{error}");
            assert!(error.to_string().contains("spawn_blocking"), "{error}");
        }
        assert!(server.seen().is_empty());

        // What the message says is what works.
        assert_eq!(find(&client, "jane").await.unwrap().name, "Jane");
        let call = find(&client, "jane");
        assert_eq!(tokio::task::spawn_blocking(|| call.wait()).await.unwrap().unwrap().name, "Jane");
    });
    drop(runtime);
    // Connections that ended with the runtime are opened anew.
    assert_eq!(find(&client, "jane").wait().unwrap().name, "Jane");
    assert_eq!(server.seen().len(), 3);
}

#[test]
fn a_client_can_be_dropped_anywhere() {
    let server = Server::start(judge);
    let client = server.client();
    find(&client, "jane").wait().unwrap();
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async { drop(client) });
}
