//! Parameters in all styles of OpenAPI, headers, and paths with a query or a fragment.

mod support;

use fake_server::{Server, json};
use rust_decimal::dec;
use talkable_api_constructs::parameters::Client;
use talkable_api_constructs::parameters::types::{
    CountOvensState, ListLoavesQuery, ListLoavesQueryFilter, ListLoavesQueryFilterKind, ListLoavesQueryFilterWeight,
    ListLoavesQueryFlat, ListLoavesQueryRange, ListLoavesQueryWhere, ListLoavesQueryWhereRow, SearchQuery, SliceQuery,
};

use self::support::assert_sent;

fn client(server: &Server) -> Client {
    let client = talkable_api_constructs::Client::builder().base_url(server.url()).api_key("key").site_slug("site");
    Client(client.build().unwrap())
}

#[tokio::test]
async fn sends_each_style() {
    let query = ListLoavesQuery::new;
    let filter = ListLoavesQueryFilter::new(true)
        .kind(ListLoavesQueryFilterKind::Long)
        .weight(ListLoavesQueryFilterWeight::new().min(3))
        .tags(["a&b", "c"]);
    let objects = ListLoavesQueryFilter::new(true).any(talkable_api_constructs::serde_json::json!([{"a": 1}]));
    let rows = [ListLoavesQueryWhereRow::new().id(1), ListLoavesQueryWhereRow::new()];
    let flat = ListLoavesQueryFlat::new().min(dec!(0.5)).max(dec!(2));
    for (query, row) in [
        (query(), "query_with_only_the_site"),
        (query().ids([0; 0]), "query_with_only_the_site"),
        (query().flour("rye & wheat"), "query_of_a_text"),
        (query().names(["a", "b"]), "query_of_repeated_items"),
        (query().ids([1, 2, 3]), "query_of_comma_separated_items"),
        (query().spaces(["a", "b+c"]), "query_of_space_separated_items"),
        (query().pipes(["a", "b,c"]), "query_of_pipe_separated_items"),
        (query().flat(flat), "query_of_a_comma_separated_object"),
        (query().free([("a b", "1"), ("c", "2")]), "query_of_free_keys"),
        (query().range(ListLoavesQueryRange::new().from("2026-01-31".parse().unwrap())), "query_of_an_exploded_object"),
        (query().filter(filter), "query_of_a_deep_object"),
        (query().filter(objects), "query_of_a_list_of_objects"),
        (query().where_(ListLoavesQueryWhere::new().rows(rows)), "query_of_json"),
        (query().ids([1]).flour("rye").pipes(["a"]), "query_of_several_styles"),
    ] {
        let server = Server::script([json(200, r#"{"done":true}"#)]);
        client(&server).default_api().list_loaves(&query).await.unwrap();
        assert_sent(&server.requests()[0], row);
    }
}

#[tokio::test]
async fn rejects_values_that_a_style_cannot_express() {
    let server = Server::script([json(200, "{}")]);
    let filter = ListLoavesQueryFilter::new(true).any(talkable_api_constructs::serde_json::json!([[1]]));
    for (query, reason) in [
        (ListLoavesQuery::new().spaces(["a b"]), "an item contains the separator of its list"),
        (ListLoavesQuery::new().filter(filter), "a list of lists can't be sent"),
    ] {
        let error = client(&server).default_api().list_loaves(&query).await.unwrap_err();
        assert!(error.to_string().starts_with(&format!("invalid query: {reason}")), "{error}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn sends_headers() {
    let server = Server::script([json(200, r#"{"done":true}"#)]);
    let call = client(&server).default_api().create_loaf(7, "key-1", 4, false).header("x-trace", "t");
    assert_eq!(call.await.unwrap().done, Some(true));
    let request = &server.requests()[0];
    assert_eq!(request.target(), "/shops/7/loaves");
    for (name, value) in [
        ("idempotency-key", "key-1"),
        ("x-batch", "4"),
        ("x-dry-run", "false"),
        ("x-version", "2026-01"),
        ("x-trace", "t"),
    ] {
        assert_eq!(request.header(name), [value], "{name}");
    }
}

#[tokio::test]
async fn sends_an_enum_in_the_path_as_a_variant_or_a_string() {
    let server = Server::script([json(200, "{}"), json(200, "{}")]);
    client(&server).default_api().count_ovens(CountOvensState::Hot).await.unwrap();
    client(&server).default_api().count_ovens("luke/warm").await.unwrap();
    let targets: Vec<_> = server.requests().iter().map(|request| request.target().to_owned()).collect();
    assert_eq!(targets, ["/ovens/hot", "/ovens/luke%2Fwarm"]);
}

#[tokio::test]
async fn rejects_a_header_with_a_line_break() {
    let server = Server::script([json(200, "{}")]);
    let error = client(&server).default_api().create_loaf(7, "a\r\nb: c", 4, false).await.unwrap_err();
    assert!(error.to_string().contains("visible ASCII"), "{error}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn sends_the_query_of_a_path_but_not_its_fragment() {
    let server = Server::script([json(200, "{}"), json(200, "{}")]);
    client(&server).default_api().search(&SearchQuery::new().q("x")).await.unwrap();
    client(&server).default_api().slice("a#b", &SliceQuery::new().thin(true)).await.unwrap();
    let targets: Vec<_> = server.requests().iter().map(|request| request.target().to_owned()).collect();
    assert_eq!(targets, ["/search?site_slug=site&kind=rye%20bread&all&q=x", "/loaves/a%23b?thin=true"]);
}

/// Only a client with the default base URL uses the operation's own server.
#[tokio::test]
async fn sends_the_path_of_the_server_of_an_operation() {
    let server = Server::script([json(204, "")]);
    client(&server).default_api().delete_photo(7).await.unwrap();
    assert_eq!(server.requests()[0].line, "DELETE /upload/photos/7");
}
