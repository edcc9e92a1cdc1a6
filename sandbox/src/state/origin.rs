//! Origins: purchases, events and sign-ups.

use chrono::{DateTime, FixedOffset};
use rust_decimal::Decimal;

/// What kind of origin it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginKind {
    /// A purchase, known by its order number.
    Purchase,
    /// An event, known by its category and number.
    Event,
    /// A sign-up.
    AffiliateMember,
}

impl OriginKind {
    /// As the API calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Purchase => "Purchase",
            Self::Event => "Event",
            Self::AffiliateMember => "AffiliateMember",
        }
    }
}

/// A purchase, an event or a sign-up.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Origin {
    /// The number of the record.
    pub id: u64,
    /// What kind of origin it is.
    pub kind: OriginKind,
    /// The number of the person.
    pub person: u64,
    /// The e-mail address that it came with.
    pub email: String,
    /// The person's id in the shop.
    pub customer_id: Option<String>,
    /// The category of an event.
    pub event_category: Option<String>,
    /// The number of the order, or of the event.
    pub number: Option<String>,
    /// The amount before shipping and taxes.
    pub subtotal: Option<Decimal>,
    /// When it happened.
    pub created_at: DateTime<FixedOffset>,
    /// The coupon codes that were used.
    pub coupon_codes: Vec<String>,
    /// The IP address that it came from.
    pub ip_address: Option<String>,
    /// The UUID of the visitor.
    pub visitor_uuid: Option<String>,
    /// The currency, if it was given.
    pub currency: Option<String>,
    /// Where the visitor came from.
    pub traffic_source: Option<String>,
    /// The address of delivery.
    pub shipping_address: Option<String>,
    /// The postal code of delivery.
    pub shipping_zip: Option<String>,
    /// The values to segment reports by.
    pub segments: [Option<String>; 3],
    /// What the address of the visit said about it.
    pub utm: Utm,
    /// When it was refunded.
    pub refunded_at: Option<DateTime<FixedOffset>>,
    /// What was refunded.
    pub refund_subtotal: Option<Decimal>,
    /// The advocate's offer that it led to.
    pub offer: Option<u64>,
    /// The referral that it completed.
    pub referral: Option<u64>,
    /// Whether the person had bought nothing before.
    pub is_first: bool,
}

/// The parameters by which campaigns of other kinds mark their links.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Utm {
    /// `utm_source`
    pub source: Option<String>,
    /// `utm_medium`
    pub medium: Option<String>,
    /// `utm_campaign`
    pub campaign: Option<String>,
    /// `utm_term`
    pub term: Option<String>,
    /// `utm_content`
    pub content: Option<String>,
}

impl Origin {
    /// What names it in a path: the order number, or the event's category and number. A sign-up has no such name.
    pub fn slug(&self) -> Option<String> {
        let number = self.number.as_deref()?;
        Some(match &self.event_category {
            Some(category) => format!("{category}:{number}"),
            None => number.to_owned(),
        })
    }

    /// Whether less than all of it was refunded.
    pub fn is_partially_refunded(&self) -> bool {
        self.refunded_at.is_some() && self.refund_subtotal < self.subtotal
    }

    /// Whether the other one says the same. Where and when it was sent from doesn't matter.
    pub(crate) fn has_data_of(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.email == other.email
            && self.subtotal == other.subtotal
            && self.customer_id == other.customer_id
            && self.coupon_codes == other.coupon_codes
            && self.currency == other.currency
    }
}
