//! Fills sites with every kind of record and compares the memory of the process with the quota. Another test in the same process
//! could use memory at the same time, but cargo-nextest runs each test in its own process.

use std::fs;
use std::sync::LazyLock;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::apply;
use crate::behavior;
use crate::call::{ApiError, Call, Upload};
use crate::description::DESCRIPTION;
use crate::settings::WebhookTarget;
use crate::state::{Campaign, Incentive, RewardedAction, Site};

const QUOTA: usize = 4 * 1024 * 1024;

/// The maximum number of calls to fill a site. A kind of record that needs more is not limited by the quota.
const MAX_CALLS: u64 = 100_000;

fn long(number: u64) -> String {
    format!("{number:0>255}")
}

fn site() -> Site {
    let mut site = Site { slug: "my-store".to_owned(), max_bytes: QUOTA, ..Site::default() };
    let coupon = |name: &str, action| Incentive::coupon(name, action, 10.into());
    let campaign = Campaign {
        joinable_category_names: vec!["purchase".to_owned(), "affiliate_member".to_owned()],
        incentives: vec![coupon("friend", RewardedAction::Click), coupon("advocate", RewardedAction::Referrer)],
        ..Campaign::live("Campaign")
    };
    site.add_campaign(campaign);
    site
}

/// Calls an operation the way the pipeline does after it has validated a request.
fn call(site: &mut Site, id: &str, path: &[(&str, &str)], arguments: Value) -> Result<(), ApiError> {
    let size = arguments.to_string().len();
    let path = path.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let arguments: Map<String, Value> = serde_json::from_value(arguments).expect("the arguments are an object");
    send(site, id, Call { path, arguments, upload: None, size, client_ip: [127, 0, 0, 1].into() })
}

fn send(site: &mut Site, id: &str, call: Call) -> Result<(), ApiError> {
    let operation = DESCRIPTION.operation(id).expect("the operation exists");
    let behavior = behavior::find(id).expect("the operation is implemented");
    apply(site, operation, behavior, &call).map(|_| ())
}

fn purchase(site: &mut Site, data: Value) -> Result<(), ApiError> {
    call(site, "createPurchase", &[], json!({ "data": data }))
}

/// A function that adds or changes one record. The number is different in each call.
type Step = fn(&mut Site, u64) -> Result<(), ApiError>;

const STEPS: &[(&str, Step)] = &[
    ("visitors", |site, number| {
        let uuid = format!("6f0cbb60-33ad-4b4a-8c5f-{number:012}");
        call(site, "createVisitor", &[], json!({ "data": { "uuid": uuid } }))
    }),
    ("people", |site, number| {
        let slug = format!("p{number}@example.com");
        call(site, "updatePerson", &[("person_slug", &slug)], json!({ "data": { "first_name": "A" } }))
    }),
    ("people with long names", |site, number| {
        // Creates a person with short fields, and then changes the fields.
        let slug = format!("p{number}@example.com");
        call(site, "updatePerson", &[("person_slug", &slug)], json!({}))?;
        let data = json!({
            "first_name": long(1), "last_name": long(2), "username": long(number), "customer_id": long(number),
            "phone_number": long(number),
        });
        call(site, "updatePerson", &[("person_slug", &slug)], json!({ "data": data }))
    }),
    ("custom properties", |site, number| {
        let slug = format!("p{}@example.com", number / 100);
        let properties = json!({ format!("property_{}", number % 100): long(number) });
        let data = json!({ "data": { "custom_properties": properties } });
        call(site, "updatePerson", &[("person_slug", &slug)], data)
    }),
    ("former e-mail addresses", |site, number| {
        // Changes each person's address a hundred times.
        let slug = format!("p{}", number / 100);
        let data = json!({ "username": slug, "email": format!("{number}@{}.com", "x".repeat(60)) });
        let person = site.person(&slug).map_or(format!("{number}@example.com"), |person| person.email.clone());
        call(site, "updatePerson", &[("person_slug", &person)], json!({ "data": data }))
    }),
    ("purchases", |site, number| {
        purchase(site, json!({ "email": format!("p{number}@example.com"), "order_number": number, "subtotal": 1 }))
    }),
    ("purchases of one person", |site, number| {
        let codes: Vec<String> = (0..20).map(|code| format!("CODE-{code}")).collect();
        let data = json!({
            "email": "p@example.com", "order_number": long(number), "subtotal": 1, "coupon_codes": codes,
            "segment1": long(1), "utm_source": long(2), "shipping_address": long(3), "traffic_source": long(4),
        });
        purchase(site, data)
    }),
    ("repeated sign-ups with new names", |site, number| {
        let email = format!("p{}@example.com", number / 2);
        let data = json!({ "email": email, "first_name": long(number), "customer_id": long(number) });
        call(site, "createAffiliateMember", &[], json!({ "data": data }))
    }),
    ("batches", |site, number| {
        let row =
            json!({ "email": "p@example.com", "event_category": "review", "event_number": number, "subtotal": 1 });
        call(site, "createBatchOfEvents", &[], json!({ "data": [row] }))
    }),
    ("batches of rows with unknown fields", |site, number| {
        let unknown: Map<String, Value> = (0..50).map(|name| (format!("f{name}"), json!({ "": 0 }))).collect();
        let mut row =
            json!({ "email": "p@example.com", "event_category": "review", "event_number": number, "subtotal": 1 });
        row["more"] = unknown.into();
        call(site, "createBatchOfEvents", &[], json!({ "data": [row] }))
    }),
    ("social shares", |site, number| {
        if number % 10 == 1 {
            let data = json!({ "email": format!("p{number}@example.com"), "order_number": number, "subtotal": 1 });
            purchase(site, data)?;
        }
        let code = site.offers[site.offers.last_id()].short_url_code.clone();
        call(site, "shareViaSocialChannel", &[("short_url_code", &code)], json!({ "channel": "facebook" }))
    }),
    ("e-mail shares", |site, number| {
        let data = json!({ "email": format!("p{number}@example.com"), "order_number": number, "subtotal": 1 });
        purchase(site, data)?;
        let code = site.offers[site.offers.last_id()].short_url_code.clone();
        let recipients: Vec<String> = (0..25).map(|recipient| format!("{recipient}-{number}@example.com")).collect();
        let recipients = json!({ "recipients": recipients.join(",") });
        call(site, "shareViaEmail", &[("short_url_code", &code)], recipients)
    }),
    ("claims, rewards and coupons", |site, number| {
        let advocate = format!("p{}@example.com", number / 10);
        let emails = json!({ "advocate_email": advocate, "friend_email": format!("f{number}@example.com") });
        call(site, "shareAndClaimOffer", &[], emails)
    }),
    ("referrals", |site, number| {
        let (advocate, friend) = (format!("p{}@example.com", number / 10), format!("f{number}@example.com"));
        let emails = json!({ "advocate_email": advocate, "friend_email": friend });
        call(site, "shareAndClaimOffer", &[], emails)?;
        purchase(site, json!({ "email": friend, "order_number": number, "subtotal": 1 }))?;
        let approved = json!({ "data": { "status": "approved" } });
        call(site, "updateReferralStatus", &[("origin_slug", &number.to_string())], approved)
    }),
    ("points", |site, number| {
        let email = format!("p{}@example.com", number / 10);
        site.enroll(&email);
        let data = json!({ "data": { "points": 0, "description": long(number) } });
        call(site, "adjustLoyaltyMembersPointsBalance", &[("email", &email)], data)
    }),
    ("dates of members", |site, number| {
        let email = format!("p{}@example.com", number / 100);
        site.enroll(&email);
        let date = json!({ "identifier": format!("d{}_{}", number % 100, "x".repeat(240)), "date": "2000-01-01" });
        call(site, "updateLoyaltyMember", &[("email", &email)], json!({ "data": { "member_dates": [date] } }))
    }),
    ("assets", |site, number| {
        let upload = Upload {
            name: format!("{number}.png"),
            content_type: "image/png".to_owned(),
            content: vec![0; 10_000].into(),
        };
        let (path, arguments, size) = (Vec::new(), Map::new(), upload.content.len());
        send(
            site,
            "uploadAsset",
            Call { path, arguments, upload: Some(upload), size, client_ip: [127, 0, 0, 1].into() },
        )
    }),
    ("webhooks", |site, number| {
        if number == 1 {
            let target = WebhookTarget::new("http://127.0.0.1:9", "key").expect("the URL is valid");
            site.send_webhooks_to(target);
            let properties: Map<String, Value> =
                (0..100).map(|name| (format!("property_{name}"), long(name).into())).collect();
            let data = json!({ "data": { "custom_properties": properties } });
            call(site, "updatePerson", &[("person_slug", "p@example.com")], data)?;
        }
        purchase(site, json!({ "email": "p@example.com", "order_number": number, "subtotal": 1 }))
    }),
];

/// Returns the number of bytes of memory that the process uses, without swapped-out memory.
fn resident_bytes() -> Option<usize> {
    let pages = fs::read_to_string("/proc/self/statm").ok()?;
    pages.split(' ').nth(1)?.parse::<usize>().ok()?.checked_mul(4096)
}

#[test]
fn every_kind_of_record_counts_toward_the_quota() {
    // Parse the description now, so that its memory does not count as that of a site.
    LazyLock::force(&DESCRIPTION);
    // The sites are kept until the end, so that no site reuses the memory of an earlier one.
    let mut sites = Vec::new();
    for (kind, step) in STEPS {
        let (mut site, before) = (site(), resident_bytes());
        let end = (1..MAX_CALLS).find_map(|number| step(&mut site, number).err());
        assert_eq!(end.map(|error| error.status), Some(StatusCode::INSUFFICIENT_STORAGE), "{kind}");
        let records = site.record_count();
        sites.push(site);
        if let (Some(before), Some(after)) = (before, resident_bytes()) {
            let growth = after.saturating_sub(before);
            println!("{kind}: {records} records in {} KiB", growth / 1024);
            assert!(growth < 2 * QUOTA, "{kind}: {records} records use {growth} bytes");
        }
    }
}
