//! The examples that the API page fills in. If the requests are sent in the order of the page, all of them succeed without edits.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::state::{Origin, OriginKind, Site};

type Example = fn(&Site) -> Option<Value>;

/// The functions that find an example value for a parameter, by parameter name.
const EXAMPLES: &[(&str, Example)] = &[
    ("advocate_email", |site| Some(json!(site.people().next()?.email))),
    ("claim_url", |site| Some(json!(site.claim_url(site.offers().next()?)))),
    ("code", |site| Some(json!(site.coupons().next()?.code))),
    ("email", |site| Some(json!(site.people[site.loyalty.members.iter().next()?.person].email))),
    ("end_date", |site| Some(json!(site.now().date_naive().to_string()))),
    ("friend_email", |_| Some(json!("friend@example.com"))),
    // The ids of each kind of record start at 1.
    ("id", |_| Some(json!(1))),
    ("metric", |_| Some(json!("total_sales_count"))),
    ("origin_slug", |site| Some(json!(site.origins().find_map(Origin::slug)?))),
    ("person_slug", |site| Some(json!(site.people().next()?.email))),
    ("short_url_code", |site| Some(json!(site.offers().next()?.short_url_code))),
    ("site_slug", |site| Some(json!(site.slug()))),
    ("start_date", |site| Some(json!((site.now() - TimeDelta::days(30)).date_naive().to_string()))),
    ("visitor_uuid", |site| Some(json!(site.origins().find_map(|origin| origin.visitor_uuid.as_ref())?))),
];

/// Returns the example of a parameter, if the site has one.
pub(super) fn parameter(name: &str, site: &Site) -> Option<Value> {
    let (_, example) = EXAMPLES.iter().find(|(known, _)| *known == name)?;
    example(site)
}

/// The person in the examples of operations that change people. No other example uses this person.
const GUEST: &str = "guest@example.com";

/// Returns the example of the path parameter of an operation, if the general example is not suitable.
pub(super) fn path(operation: &str, site: &Site) -> Option<Value> {
    match operation {
        "anonymizePerson" | "unsubscribePerson" | "updatePerson" => Some(GUEST.into()),
        "updateReferralStatus" => {
            let origin = site.referrals().find_map(|referral| site.origins[referral.origin].slug());
            origin.map(Value::from)
        }
        "markOriginAsRefunded" => {
            let is_refundable = |origin: &&Origin| origin.refunded_at.is_none() && origin.referral.is_none();
            let mut origins = site.origins().filter(|origin| origin.kind == OriginKind::Purchase);
            Some(origins.rfind(is_refundable)?.slug()?.into())
        }
        _ => None,
    }
}

/// Returns the example of an operation's body, without the slug of the site.
pub(super) fn body(operation: &str, site: &Site) -> Option<Value> {
    // A number that no other origin has.
    let number = format!("example-{}", site.origins.last_id() + 1);
    let purchase = |number: String| {
        json!({
            "email": "customer@example.com", "order_number": number, "subtotal": 59.9, "first_name": "Cleo",
            "campaign_tags": "default", "sharing_channels": ["facebook", "sms"],
            "items": [{ "price": 29.95, "quantity": 2, "product_id": "tea-1" }],
        })
    };
    let event = |number: String| json!({ "email": "customer@example.com", "event_category": "review", "event_number": number, "subtotal": 0 });
    let member = || json!({ "email": "newcomer@example.com", "first_name": "Nia", "campaign_tags": "default" });
    let data = match operation {
        "adjustLoyaltyMembersPointsBalance" => json!({ "points": 100, "description": "For your patience" }),
        "anonymizePerson" | "unsubscribePerson" => return Some(json!({})),
        "createAffiliateMember" => member(),
        "createBatchOfAffiliateMembers" => json!([member()]),
        "createBatchOfEvents" => json!([event(format!("{number}-batch"))]),
        "createBatchOfPurchases" => json!([purchase(format!("{number}-batch"))]),
        "createCollectAction" => json!({ "type": site.loyalty.rules.last()?.identifier }),
        "createEvent" => event(number),
        "createOrigin" => return Some(json!({ "type": "Purchase", "data": purchase(format!("{number}-any")) })),
        "createPurchase" => purchase(number),
        "createRedeemAction" => json!({ "redemption_batch_id": site.loyalty.batches.first()?.id }),
        "createVisitor" => json!({ "uuid": "6f0cbb60-33ad-4b4a-8c5f-6a4d1f0a0007" }),
        "markOriginAsRefunded" => json!({ "refund_subtotal": 5 }),
        "shareViaEmail" => return Some(json!({ "recipients": "friend@example.com, other@example.com" })),
        "shareViaSocialChannel" => return Some(json!({ "channel": "facebook" })),
        "updateLoyaltyMember" => json!({ "member_dates": [{ "identifier": "birthday", "date": "1990-01-31" }] }),
        "updatePerson" => {
            json!({ "first_name": "Gus", "last_name": "Guest", "custom_properties": { "shoe_size": "43" } })
        }
        "updateReferralStatus" => json!({ "status": "approved" }),
        _ => return None,
    };
    Some(json!({ "data": data }))
}
