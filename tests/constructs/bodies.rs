//! Request bodies that are not JSON, and responses that are not JSON or depend on the status.

mod support;

use fake_server::{Reply, Server, json, with_headers};
use rust_decimal::dec;
use support::assert_sent;
use talkable_api_constructs::bodies::types::*;
use talkable_api_constructs::bodies::{Client, bakery::Bakery};
use talkable_api_constructs::{Error, Upload, chrono::NaiveDate};

fn client(server: &Server) -> Client {
    let client = talkable_api_constructs::Client::builder().base_url(server.url()).api_key("key").site_slug("site");
    Client(client.build().unwrap())
}

/// Makes a call, and compares the request with a row of `wire.json`.
macro_rules! check {
    ($row:literal, |$bakery:ident| $call:expr) => {{
        let server = Server::script([with_headers(204, "", "")]);
        let client = client(&server);
        let $bakery: Bakery<'_> = client.bakery();
        $call.await.unwrap();
        assert_sent(&server.requests()[0], $row);
    }};
}

#[tokio::test]
async fn forms_are_nested_as_in_rails() {
    let loaf = AddLoafBody::new("Rye & spelt", dec!(4.50)).sliced(true);
    let loaf = loaf.baked_on(NaiveDate::from_ymd_opt(2026, 11, 29).unwrap());
    check!("form_of_scalars", |bakery| bakery.add_loaf(&loaf));

    let address = OrderBodyCustomerAddress::new().city("Bratislava");
    let customer = OrderBodyCustomer::new().name("Ján").address(address);
    let order = OrderBody::new().customer(customer).tags(["a", "b=c"]).notes([("from us", "hot")]);
    check!("nested_form", |bakery| bakery.order(&order));

    let rye = OrderBodyItem::new().sku("rye").sizes([1, 2]);
    let spelt = OrderBodyItem::new().sku("spelt").gift(OrderBodyItemGift::new().note("hi"));
    let order = OrderBody::new().items([rye, spelt]);
    check!("form_with_objects_in_a_list", |bakery| bakery.order(&order));

    let order = OrderBody::new().tags(Vec::<String>::new());
    check!("form_with_an_empty_list", |bakery| bakery.order(&order));
    let free = FreeBody::new([("1st", "a"), ("2nd", "b")]);
    check!("form_of_free_keys", |bakery| bakery.free(&free));
}

#[tokio::test]
async fn a_form_can_contain_the_site() {
    let data = EnvelopedData::new().name("Rye").tags(["dark"]);
    check!("form_with_a_site", |bakery| bakery.enveloped(&data));
    check!("form_of_a_site_only", |bakery| bakery.enveloped(&EnvelopedData::new()));
}

#[tokio::test]
async fn rejects_a_form_that_a_server_would_read_differently() {
    let server = Server::script([with_headers(204, "", "")]);
    let items = [OrderBodyItem::new().sku("rye"), OrderBodyItem::new().sizes([1])];
    let error = client(&server).bakery().order(&OrderBody::new().items(items)).await.unwrap_err();
    assert!(matches!(&error, Error::Invalid(error) if error.reason().contains("a common field")), "{error:?}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn multipart_bodies_contain_text_and_files() {
    let photo = || Upload::from_bytes("loaf.png", "pixels");
    let body = AddPhotoBody::new("Rye \"dark\"").tags(["a", "b"]);
    check!("multipart_of_texts_and_a_file", |bakery| bakery.add_photo(&body, photo(), None));

    let pages = || [("1.txt", "one"), ("2.txt", "two")].map(|(name, text)| Upload::from_bytes(name, text));
    check!("multipart_of_files", |bakery| bakery.add_pages(pages()));

    let image = |name: &str, text: &'static str| Upload::from_bytes(name, text);
    let body = AddCoverBody::new().cover_caption("Rye");
    check!("multipart_with_nested_files", |bakery| bakery.add_cover(
        &body,
        image("rye.gif", "pixels"),
        [image("1.gif", "one"), image("2.gif", "two")]
    ));

    let body = AddImageBody::new().request(AddImageBodyRequest::new().key("k").sizes([1, 2]));
    check!("multipart_with_a_json_part", |bakery| bakery.add_image(&body, Some(image("a.jpg", "pixels"))));
}

#[tokio::test]
async fn sends_json_with_a_vendor_media_type() {
    let server = Server::script([json(200, r#"{"id":7}"#)]);
    let found = client(&server).bakery().vendor(&VendorBody::new().name("Rye")).await.unwrap();
    assert_eq!(found.id, Some(7));
    let request = &server.requests()[0];
    assert_sent(request, "json_of_a_vendor");
    assert_eq!(request.header("accept"), ["application/vnd.bakery+json"]);
}

#[tokio::test]
async fn a_file_can_be_the_whole_body() {
    let server = Server::script([with_headers(204, "", "")]);
    let client = client(&server);
    client.bakery().import_csv("a,b\n1,2\n").await.unwrap();
    client.bakery().replace_picture(Upload::from_bytes("loaf.gif", vec![b'g'])).await.unwrap();
    client.bakery().replace_picture(vec![b'x']).await.unwrap();
    let requests = server.requests();
    let sent: Vec<_> =
        requests.iter().map(|it| (it.line.as_str(), it.header("content-type").join(""), it.body.as_str())).collect();
    assert_eq!(
        sent,
        [
            ("POST /csv", "text/csv".to_owned(), "a,b\n1,2\n"),
            ("PUT /picture", "image/gif".to_owned(), "g"),
            ("PUT /picture", "application/octet-stream".to_owned(), "x"),
        ]
    );
    assert!(requests.iter().all(|it| it.header("content-length") == [it.body.len().to_string()]), "{requests:?}");
}

#[tokio::test]
async fn retries_a_form_with_the_same_body() {
    let server = Server::script([json(429, "{}"), with_headers(204, "", "")]);
    let pages = [Upload::from_bytes("1.txt", "one"), Upload::from_bytes("2.txt", "two")];
    client(&server).bakery().add_pages(pages).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    requests.iter().for_each(|request| assert_sent(request, "multipart_of_files"));
}

#[tokio::test]
async fn downloads_are_read_in_chunks() {
    let chunks = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n";
    let server = Server::script([Reply::send(chunks)]);
    let client = client(&server);
    let mut picture = client.bakery().picture().await.unwrap();
    assert_eq!(picture.content_type(), Some("image/png"));
    let mut read = Vec::new();
    while let Some(chunk) = picture.chunk().await.unwrap() {
        read.extend_from_slice(&chunk);
    }
    assert_eq!(read, b"onetwo");
    assert_eq!(picture.chunk().await.unwrap(), None);
    assert_eq!(client.bakery().picture().await.unwrap().bytes().await.unwrap(), "onetwo");
    assert_eq!(client.bakery().picture().await.unwrap().text().await.unwrap(), "onetwo");
    assert_eq!(server.requests()[0].header("accept"), ["image/png, text/plain"]);
}

#[tokio::test]
async fn a_download_can_fail_before_and_after_its_headers() {
    let broken = Reply::close("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    let no_text = with_headers(200, "", [0xff]);
    let server = Server::script([json(404, r#"{"ok":false,"error_message":"none"}"#), broken, no_text]);
    let client = client(&server);
    let error = client.bakery().picture().await.unwrap_err();
    assert!(matches!(&error, Error::Api(error) if error.message() == "none"), "{error:?}");
    let error = client.bakery().picture().await.unwrap().bytes().await.unwrap_err();
    assert!(matches!(&error, Error::Transport(_)) && error.info().is_some_and(talkable_api_constructs::CallInfo::maybe_processed), "{error:?}");
    let error = client.bakery().picture().await.unwrap().text().await.unwrap_err();
    assert!(matches!(&error, Error::Decode(error) if error.body() == [0xff]), "{error:?}");
}

#[tokio::test]
async fn a_redirect_is_returned_with_its_location() {
    let redirect = with_headers(302, "Location: https://example.com/x\r\n", "");
    let server = Server::script([redirect, with_headers(301, "", ""), with_headers(404, "", "")]);
    let client = client(&server);
    let found = client.bakery().claim().response().await.unwrap();
    assert_eq!((found.status, found.value.location.as_deref()), (302, Some("https://example.com/x")));
    assert_eq!(client.bakery().claim().await.unwrap().location, None);
    assert!(matches!(client.bakery().claim().await, Err(Error::Api(_))));
}

#[tokio::test]
async fn the_status_selects_the_variant_of_a_result() {
    let replies = [json(200, r#"{"id":7}"#), json(202, r#"{"job":"j"}"#), with_headers(204, "", "")];
    let server = Server::script(replies.into_iter().chain([json(201, "[1]"), json(200, r#"{"id":{}}"#)]));
    let client = client(&server);
    let BakeResult::Ok(loaf) = client.bakery().bake().await.unwrap() else { panic!("another variant") };
    assert_eq!(loaf.id, 7);
    let BakeResult::Accepted(later) = client.bakery().bake().await.unwrap() else { panic!("another variant") };
    assert_eq!(later.job.as_deref(), Some("j"));
    assert_eq!(client.bakery().bake().await.unwrap(), BakeResult::NoContent);
    assert_eq!(client.bakery().bake().await.unwrap(), BakeResult::Unknown(serde_json::json!([1])));
    let error = client.bakery().bake().await.unwrap_err();
    assert!(matches!(&error, Error::Decode(error) if error.pointer() == "/id"), "{error:?}");
}

#[tokio::test]
async fn decodes_results_from_unusual_statuses() {
    let server = Server::script([json(200, r#"{"id":7}"#), json(200, r#"{"id":8}"#), with_headers(200, "", "")]);
    let client = client(&server);
    assert_eq!(client.bakery().any().await.unwrap().id, 7);
    assert_eq!(client.bakery().by_default().await.unwrap().id, 8);
    client.bakery().only_errors().await.unwrap();
}

#[tokio::test]
async fn a_call_by_id_keeps_the_query_in_its_path() {
    let server = Server::script([json(200, r#"{"id":7}"#)]);
    let client = client(&server);
    let call = client.call_by_id("any", [""; 0]).unwrap().extra_query("q", "x");
    let stored = call.to_stored().unwrap();
    assert_eq!(stored.query, [("q".to_owned(), "x".to_owned())]);
    assert_eq!(call.await.unwrap()["id"], 7);
    client.restore(&stored).unwrap().await.unwrap();
    for request in server.requests() {
        assert_eq!(request.target(), "/any?kind=rye%20bread&q=x");
    }
}
