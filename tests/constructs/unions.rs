//! Unions, and read-only and write-only fields.

use fake_server::{Server, json};
use proptest::prelude::*;
use rust_decimal::{Decimal, dec};
use talkable_api_constructs::unions::{Client, types::*};

fn client(server: &Server) -> Client {
    let client = talkable_api_constructs::Client::builder().base_url(server.url()).api_key("key").site_slug("site");
    Client(client.build().unwrap())
}

#[tokio::test]
async fn objects_are_distinguished_by_their_tag() {
    const WORK: &str = r#"{"kind":"statue","title":"David","weight":5660,"parts":[{"kind":"oil","title":"Eve","price":9.5}]}"#;
    let server = Server::script([json(201, WORK)]);
    let part = Painting::new("oil", "Eve").price(dec!(9.5));
    let work = Work::from(Statue::new("David", 5660).parts([part]));
    assert_eq!(client(&server).works().add_work(&work).await.unwrap(), work);
    assert_eq!(server.requests()[0].body, WORK);
}

#[tokio::test]
async fn unknown_values_are_kept() {
    const WORKS: &str = r#"[{"kind":"mobile","title":"Steel Fish","wires":[1]},{"title":"Untitled"},null]"#;
    let server = Server::script([json(200, WORKS)]);
    let found = client(&server).works().list_works().await.unwrap();
    assert!(found.works.iter().all(|work| matches!(work, Work::Unknown(_))), "{found:?}");
    assert_eq!(serde_json::to_string(&found).unwrap(), WORKS);
}

#[tokio::test]
async fn a_known_variant_that_does_not_decode_is_an_error() {
    let server = Server::script([json(200, r#"[{"kind":"statue","title":"David"}]"#)]);
    let error = client(&server).works().list_works().await.unwrap_err();
    assert!(error.to_string().contains("missing field `weight`"), "{error}");
}

#[tokio::test]
async fn values_are_distinguished_by_type_and_properties() {
    const NOTE: &str = r#"["a","12",0.5,{"url":"u"},{"url":"u","text":"t"},[]]"#;
    let server = Server::script([json(201, NOTE)]);
    let notes = vec![
        Note::from("a"),
        Note::from("12"),
        Note::from(dec!(0.5)),
        Note::from(NoteLink::new("u")),
        Note::from(NoteQuote::new("u", "t")),
        Note::from(Vec::<Note>::new()),
    ];
    let note = Note::from(notes);
    assert_eq!(client(&server).notes().add_note(&note).await.unwrap(), note);
    assert_eq!(server.requests()[0].body, NOTE);
}

#[tokio::test]
async fn requests_omit_read_only_fields_and_responses_omit_write_only_fields() {
    let server = Server::script([json(201, r#"{"id":7,"name":"Ann","visits":["May"]}"#)]);
    let visitor = Visitor::new("Ann", "secret");
    let added = client(&server).visitors().add_visitor(&visitor).await.unwrap();
    assert_eq!(server.requests()[0].body, r#"{"name":"Ann","password":"secret"}"#);
    assert_eq!((added.id, &*added.name, added.password), (Some(7), "Ann", None));
    assert_eq!(added.visits, Some(vec!["May".to_owned()]));
}

#[tokio::test]
async fn constant_tags_are_sent() {
    let server = Server::script([json(204, ""), json(204, "")]);
    let client = client(&server);
    let tickets = client.tickets();
    let day = "2026-05-01".parse().unwrap();
    tickets.add_ticket(&Ticket::from(TicketDay::new(day))).await.unwrap();
    tickets.add_ticket(&Ticket::Season(TicketSeason::new())).await.unwrap();
    let bodies: Vec<_> = server.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies, [r#"{"type":"day","day":"2026-05-01"}"#, r#"{"type":"season"}"#]);
}

#[tokio::test]
async fn the_site_of_the_client_is_sent_once() {
    const PASS: &str = r#"{"type":"member","site_slug":"site","name":"Ann"}"#;
    let server = Server::script([json(201, PASS)]);
    let pass = Pass::from(PassMember::new().name("Ann"));
    let added = client(&server).passes().add_pass(&pass).await.unwrap();
    let sent = &server.requests()[0].body;
    assert_eq!(sent.matches("site_slug").count(), 1, "{sent}");
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(value(sent), value(PASS));
    assert!(matches!(added, Pass::Member(member) if member.name.as_deref() == Some("Ann")));
}

fn works() -> impl Strategy<Value = Work> {
    let leaf = prop_oneof![
        ("painting|oil", ".*", proptest::option::of(0..1_000_000_i64)).prop_map(|(kind, title, price)| {
            let painting = Painting::new(kind, title);
            price.map_or(painting.clone(), |price| painting.price(Decimal::new(price, 2))).into()
        }),
        (".*", any::<i64>()).prop_map(|(title, weight)| Statue::new(title, weight).into()),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        (".*", proptest::collection::vec(inner, 0..3)).prop_map(|(title, parts)| Statue::new(title, 1).parts(parts).into())
    })
}

fn notes() -> impl Strategy<Value = Note> {
    let leaf = prop_oneof![
        ".*".prop_map(Note::from),
        (any::<i32>(), 0..4_u32).prop_map(|(digits, scale)| Note::from(Decimal::new(digits.into(), scale))),
        ".*".prop_map(|url| NoteLink::new(url).into()),
        (".*", ".*").prop_map(|(url, text)| NoteQuote::new(url, text).into()),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| proptest::collection::vec(inner, 0..3).prop_map(Note::from))
}

proptest! {
    #[test]
    fn unions_survive_a_round_trip(work in works(), note in notes()) {
        let json = serde_json::to_string(&(&work, &note)).unwrap();
        let (read_work, read_note): (Work, Note) = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(read_work, work);
        prop_assert_eq!(read_note, note);
    }
}
