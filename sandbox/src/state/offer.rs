//! Offers, shares and claims.

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

use super::Site;

/// An advocate's offer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Offer {
    /// The id of the offer.
    pub id: u64,
    /// The code in the offer's links.
    pub short_url_code: String,
    /// The offer's coupon code for friends, if the campaign provides one.
    pub coupon_code: Option<String>,
    /// The id of the advocate.
    pub person: u64,
    /// The id of the origin that the offer was made for.
    pub origin: u64,
    /// The id of the campaign.
    pub campaign: u64,
    pub(crate) created_at: DateTime<FixedOffset>,
    /// The e-mail addresses that the offer was sent to.
    pub(crate) recipients: Vec<String>,
}

/// A share of an offer through a channel.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Share {
    /// The id of the share.
    pub id: u64,
    /// The channel, such as `email` or `facebook`.
    pub channel: String,
    /// The e-mail address of the recipient, if the channel is `email`.
    pub recipient: Option<String>,
    /// The id of the advocate.
    pub person: u64,
    /// The id of the offer.
    pub offer: u64,
    /// Whether the e-mail was canceled because the recipient had unsubscribed.
    pub is_canceled: bool,
    pub(crate) created_at: DateTime<FixedOffset>,
    pub(crate) claims: Vec<u64>,
}

/// A friend's claim of an advocate's offer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Claim {
    /// The id of the claim. Claims are called visitor offers in the API.
    pub id: u64,
    /// The code of the coupon that the friend got, if any.
    pub coupon_code: Option<String>,
    /// The time of the friend's visit to the shop, if any.
    pub visited_at: Option<DateTime<FixedOffset>>,
    /// The id of the advocate's offer.
    pub offer: u64,
    /// The id of the share whose link the friend opened, if known.
    pub share: Option<u64>,
    /// The channel of the link that the friend opened.
    pub channel: Option<String>,
    /// The id of the friend, if the friend's e-mail address is known.
    pub friend: Option<u64>,
    pub(crate) visitor_uuid: Option<String>,
    pub(crate) created_at: DateTime<FixedOffset>,
    pub(crate) coupon: Option<u64>,
    /// The id of the resulting referral.
    pub referral: Option<u64>,
}

impl Site {
    /// Returns the link that friends open to claim an offer.
    pub(crate) fn claim_url(&self, offer: &Offer) -> String {
        format!("{}/x/{}", self.url, offer.short_url_code)
    }
}
