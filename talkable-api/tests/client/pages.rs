//! Listings with several pages.

use std::pin::Pin;

use fake_server::{Reply, Server, json};
use futures_core::Stream;
use serde::{Deserialize, Serialize};
use talkable_api::__private::{Method, Operation};
use talkable_api::{Call, Client, Error, Items, Page};

use crate::Connect as _;

static LIST: Operation = Operation::new("list", Method::GET, "/api/v2/things").site_in_query().idempotent();

#[derive(Clone, Serialize)]
struct ListThings {
    page: i64,
    per_page: i64,
}

#[derive(Deserialize)]
struct ListThingsResult {
    things: Vec<i64>,
    total: Option<i64>,
}

impl Page for ListThingsResult {
    type Item = i64;

    fn into_parts(self) -> (Vec<i64>, Option<i64>) {
        (self.things, self.total)
    }
}

fn list_all(client: &Client) -> Items<i64> {
    let client = client.clone();
    Items::new(move |page| -> Call<ListThingsResult> {
        Call::enveloped(&client, &LIST).query(&ListThings { page, per_page: 2 })
    })
}

fn page(things: &[i64], total: Option<i64>) -> Reply {
    let total = total.map_or_else(String::new, |total| format!(",\"total\":{total}"));
    json(200, &format!(r#"{{"ok":true,"result":{{"things":{things:?}{total}}}}}"#))
}

async fn collect(items: &mut Items<i64>) -> Result<Vec<i64>, Error> {
    let mut all = Vec::new();
    while let Some(item) = items.try_next().await? {
        all.push(item);
    }
    Ok(all)
}

#[tokio::test]
async fn requests_pages_until_the_total_is_reached() {
    let server = Server::script([page(&[1, 2], Some(5)), page(&[3, 4], Some(5)), page(&[5], Some(5))]);
    let mut items = list_all(&server.client());
    assert_eq!(collect(&mut items).await.unwrap(), [1, 2, 3, 4, 5]);
    assert!(items.next().await.is_none());
    let lines: Vec<_> = server.requests().into_iter().map(|seen| seen.line).collect();
    let line = |page| format!("GET /api/v2/things?site_slug=my-store&page={page}&per_page=2");
    assert_eq!(lines, [line(1), line(2), line(3)]);
}

#[tokio::test]
async fn an_empty_page_ends_the_listing() {
    for total in [None, Some(100), Some(-1)] {
        let server = Server::script([page(&[1, 2], total), page(&[], total), page(&[3], total)]);
        assert_eq!(collect(&mut list_all(&server.client())).await.unwrap(), [1, 2]);
        assert_eq!(server.requests().len(), 2);
    }
    let server = Server::script([page(&[], Some(0))]);
    assert_eq!(collect(&mut list_all(&server.client())).await.unwrap(), [0; 0]);
}

#[tokio::test]
async fn requests_the_next_page_on_demand() {
    let server = Server::script([page(&[1, 2], None), page(&[], None)]);
    let mut items = list_all(&server.client());
    assert!(server.requests().is_empty());
    assert_eq!((items.try_next().await.unwrap(), items.try_next().await.unwrap()), (Some(1), Some(2)));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_error_ends_the_stream() {
    let server = Server::script([page(&[1], None), json(401, "{}"), page(&[2], None)]);
    let mut items = list_all(&server.client());
    assert_eq!(items.try_next().await.unwrap(), Some(1));
    assert!(matches!(items.try_next().await, Err(Error::Api(_))));
    assert!(items.next().await.is_none());
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn dropping_the_future_of_next_loses_no_item() {
    let server = Server::script([page(&[1, 2], Some(2))]);
    let mut items = list_all(&server.client());
    tokio::select! {
        biased;
        item = items.next() => panic!("an item was ready immediately: {item:?}"),
        () = std::future::ready(()) => {}
    }
    assert_eq!(collect(&mut items).await.unwrap(), [1, 2]);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn items_are_a_stream() {
    let server = Server::script([page(&[1], Some(1))]);
    let mut items: Pin<Box<dyn Stream<Item = Result<i64, Error>> + Send>> = Box::pin(list_all(&server.client()));
    let first = std::future::poll_fn(|context| items.as_mut().poll_next(context)).await;
    assert_eq!(first.map(Result::ok), Some(Some(1)));
    let end = std::future::poll_fn(|context| items.as_mut().poll_next(context)).await;
    assert!(end.is_none());
}
