//! Keys that are not Rust identifiers.

use fake_server::{Server, json};
use talkable_api_constructs::names::{Client, types::Row};

const ROW: &str = r#"{"type":"x","a-b":1,"1st":"first","ключ":"key","a_b":2,"$ref-like":true}"#;

#[tokio::test]
async fn sends_and_decodes_every_key() {
    let server = Server::script([json(200, ROW)]);
    let client = talkable_api_constructs::Client::builder().base_url(server.url()).api_key("key").site_slug("site");
    let client = Client(client.build().unwrap());
    let row = Row::new("x").a_b_2(1).n1st("first").unnamed("key").a_b(2).ref_like(true);
    // The key `a_b` keeps its name, although `a-b` comes first.
    assert_eq!(client.rows().create_row(&row).await.unwrap(), row);
    assert_eq!(server.requests()[0].body, ROW);
}
