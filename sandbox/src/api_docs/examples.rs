//! The examples that depend on a site's records or its clock, and one optional parameter that the API page fills in. The examples of
//! other required parameters are those in the description.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::state::{Origin, OriginKind, Site};

type Example = fn(&Site) -> Option<Value>;

/// The functions that find an example value for a parameter, by parameter name.
const EXAMPLES: &[(&str, Example)] = &[
    ("claim_url", |site| Some(json!(site.claim_url(site.offers().next()?)))),
    ("code", |site| Some(json!(site.coupons().next()?.code))),
    ("end_date", |site| Some(json!(site.now().date_naive().to_string()))),
    ("segment_by[period]", |_| Some(json!("week"))),
    ("short_url_code", |site| Some(json!(site.offers().next()?.short_url_code))),
    ("site_slug", |site| Some(json!(site.slug()))),
    ("start_date", |site| Some(json!((site.now() - TimeDelta::days(30)).date_naive().to_string()))),
];

/// Returns the example of a parameter of an operation, if it depends on the site.
pub(super) fn parameter(operation: &str, name: &str, site: &Site) -> Option<Value> {
    if operation == "markOriginAsRefunded" && name == "origin_slug" {
        let is_refundable = |origin: &&Origin| origin.refunded_at.is_none() && origin.referral.is_none();
        let mut origins = site.origins().filter(|origin| origin.kind == OriginKind::Purchase);
        return Some(origins.rfind(is_refundable)?.slug()?.into());
    }
    let (_, example) = EXAMPLES.iter().find(|(known, _)| *known == name)?;
    example(site)
}
