//! Origins: purchases, events and sign-ups.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::api_enum::api_enum;
use super::saved;

api_enum! {
    /// The kind of an origin.
    #[derive(Default)]
    OriginKind {
        /// A purchase, identified by its order number.
        #[default]
        Purchase = "Purchase",
        /// An event, identified by its category and number.
        Event = "Event",
        /// A sign-up.
        AffiliateMember = "AffiliateMember",
    }
}

/// A purchase, an event or a sign-up.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Origin {
    /// The id of the origin.
    pub id: u64,
    /// The kind of the origin.
    pub kind: OriginKind,
    /// The e-mail address in the request.
    pub email: String,
    /// The number of a purchase or an event.
    pub number: Option<String>,
    /// The amount before shipping and taxes.
    pub subtotal: Option<Decimal>,
    /// The time of the purchase, the event or the sign-up.
    pub created_at: DateTime<FixedOffset>,
    /// The IP address of the customer.
    pub ip_address: Option<String>,
    /// The id of the person.
    pub person: u64,
    /// The person's id in the shop.
    pub customer_id: Option<String>,
    /// The category of an event.
    pub event_category: Option<String>,
    /// The coupon codes used in the purchase or event.
    pub coupon_codes: Vec<String>,
    /// The UUID of the visitor.
    pub visitor_uuid: Option<String>,
    pub(crate) currency: Option<String>,
    pub(crate) traffic_source: Option<String>,
    pub(crate) shipping_address: Option<String>,
    pub(crate) shipping_zip: Option<String>,
    /// The segments and UTM parameters. The keys are names from [`TRACKING`](Self::TRACKING).
    #[serde(deserialize_with = "saved::tracking")]
    pub(crate) tracking: BTreeMap<&'static str, String>,
    /// The time of the refund.
    pub refunded_at: Option<DateTime<FixedOffset>>,
    /// The refunded amount.
    pub refund_subtotal: Option<Decimal>,
    /// The id of the offer that was made for the origin.
    pub offer: Option<u64>,
    /// The id of the referral created by the origin.
    pub referral: Option<u64>,
    /// Whether this is the person's first purchase.
    pub(crate) is_first: bool,
}

impl Origin {
    /// The names of the segments and UTM parameters.
    pub(crate) const TRACKING: [&str; 8] =
        ["segment1", "segment2", "segment3", "utm_campaign", "utm_content", "utm_medium", "utm_source", "utm_term"];

    /// Returns the slug that identifies the origin in paths: the order number, or an event's category and number.
    /// Returns `None` for sign-ups.
    pub fn slug(&self) -> Option<String> {
        let number = self.number.as_deref()?;
        Some(match &self.event_category {
            Some(category) => format!("{category}:{number}"),
            None => number.to_owned(),
        })
    }

    /// Returns whether only a part of the subtotal was refunded.
    pub(crate) fn is_partially_refunded(&self) -> bool {
        self.refunded_at.is_some() && self.refund_subtotal < self.subtotal
    }

    /// Returns whether two origins have the same data, apart from times and IP addresses.
    pub(crate) fn has_data_of(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.email == other.email
            && self.subtotal == other.subtotal
            && self.customer_id == other.customer_id
            && self.coupon_codes == other.coupon_codes
            && self.currency == other.currency
    }
}
