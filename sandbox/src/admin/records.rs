//! Lists the records of a site by kind.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::call::{ApiError, respond};
use crate::shared::Shared;
use crate::state::{Claim, Site, Table};
use crate::view;

/// The maximum number of records in a response.
const MAX_RECORDS: usize = 50;

pub(super) fn router() -> Router<Arc<Shared>> {
    Router::new().route("/sandbox/records", get(records))
}

/// A function that returns the newest records, and the number of all records.
type List = fn(&Site) -> (Vec<Value>, usize);

const KINDS: &[(&str, List)] = &[
    ("people", |site| newest(site, &site.people, view::person)),
    ("origins", |site| newest(site, &site.origins, |_, origin| view::origin(origin))),
    ("offers", |site| newest(site, &site.offers, view::offer)),
    ("shares", |site| newest(site, &site.shares, view::share)),
    ("claims", |site| newest(site, &site.claims, claim)),
    ("referrals", |site| newest(site, &site.referrals, view::referral)),
    ("rewards", |site| newest(site, &site.rewards, view::reward)),
    ("coupons", |site| newest(site, &site.coupons, view::coupon)),
    ("campaigns", |site| newest(site, &site.campaigns, view::campaign)),
    ("assets", |site| newest(site, &site.assets, view::asset)),
    ("loyalty_members", |site| newest(site, &site.loyalty.members, view::member)),
    ("loyalty_actions", |site| newest(site, &site.loyalty.actions, view::points_action)),
];

fn newest<T>(site: &Site, table: &Table<T>, view: fn(&Site, &T) -> Value) -> (Vec<Value>, usize) {
    (table.iter().rev().take(MAX_RECORDS).map(|record| view(site, record)).collect(), table.len())
}

fn claim(site: &Site, claim: &Claim) -> Value {
    json!({
        "id": claim.id,
        "email": claim.friend.map(|friend| site.people[friend].email.as_str()),
        "channel": claim.channel,
        "coupon_code": claim.coupon_code,
        "offer_id": claim.offer,
        "referral_id": claim.referral,
        "visited_at": claim.visited_at.map(view::time),
    })
}

#[derive(Deserialize)]
struct Selection {
    #[serde(default)]
    site_slug: String,
    kind: Option<String>,
}

/// Lists the kinds, or the newest records of a kind.
async fn records(
    State(shared): State<Arc<Shared>>,
    Query(Selection { site_slug, kind }): Query<Selection>,
) -> Result<Response, ApiError> {
    let kinds: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
    let Some(kind) = kind else {
        return Ok(respond(Ok(json!({ "kinds": kinds }))));
    };
    let list = KINDS.iter().find(|(name, _)| *name == kind).map(|(_, list)| list);
    let unknown = || ApiError::bad_request(format!("There is no kind `{kind}`. The kinds are {}.", kinds.join(", ")));
    let list = list.ok_or_else(unknown)?;
    let (records, total) = shared.with_site(&site_slug, |site| list(site)).ok_or_else(ApiError::no_site)?;
    Ok(respond(Ok(json!({ "records": records, "total": total }))))
}
