//! Offers, and what is done with them: shares and claims.

use chrono::{DateTime, FixedOffset};

/// What an advocate can share.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Offer {
    /// The number of the record.
    pub id: u64,
    /// The number of the advocate.
    pub person: u64,
    /// The number of the origin that it was made for.
    pub origin: u64,
    /// The number of the campaign.
    pub campaign: u64,
    /// The code in its links.
    pub short_url_code: String,
    /// The code that friends can use, if the campaign gives one out.
    pub coupon_code: Option<String>,
    /// When it was made.
    pub created_at: DateTime<FixedOffset>,
    /// The addresses that it was sent to, with the times.
    pub(crate) recipients: Vec<String>,
}

/// An offer that was shared.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Share {
    /// The number of the record.
    pub id: u64,
    /// The number of the advocate.
    pub person: u64,
    /// The number of the offer.
    pub offer: u64,
    /// Where it was shared: `email`, `facebook` and so on.
    pub channel: String,
    /// Whom it was sent to, by e-mail.
    pub recipient: Option<String>,
    /// When it was shared.
    pub created_at: DateTime<FixedOffset>,
    pub(crate) claims: Vec<u64>,
}

/// A friend's offer: an advocate's offer that a friend looked at.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Claim {
    /// The number of the record, which the API calls a visitor offer's.
    pub id: u64,
    /// The number of the advocate's offer.
    pub offer: u64,
    /// The number of the share that the friend came by.
    pub share: Option<u64>,
    /// The channel of the link that the friend came by.
    pub channel: Option<String>,
    /// The number of the friend, when their address is known.
    pub friend: Option<u64>,
    /// The UUID of the friend's browser.
    pub visitor_uuid: Option<String>,
    /// When it was claimed.
    pub created_at: DateTime<FixedOffset>,
    /// When the friend went on to the shop.
    pub visited_at: Option<DateTime<FixedOffset>>,
    /// The friend's coupon.
    pub coupon: Option<u64>,
    /// The referral that came of it.
    pub referral: Option<u64>,
}
