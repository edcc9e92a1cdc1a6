//! The records of people.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, FixedOffset};

/// An advocate or a friend.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Person {
    /// The id of the person.
    pub id: u64,
    /// The e-mail address, in lower case.
    pub email: String,
    /// The person's earlier e-mail addresses.
    pub(crate) former_emails: BTreeSet<String>,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// The username, unique within the site.
    pub username: Option<String>,
    /// The person's id in the shop.
    pub customer_id: Option<String>,
    /// The phone number in E.164 format.
    pub phone_number: Option<String>,
    /// The custom properties.
    pub custom_properties: BTreeMap<String, String>,
    /// Whether the person chose to receive e-mails. `None` means that the person has not chosen yet.
    pub sub_choice: Option<bool>,
    /// The time of the opt-in to e-mails.
    pub opted_in_at: Option<DateTime<FixedOffset>>,
    /// The time when the person unsubscribed.
    pub unsubscribed_at: Option<DateTime<FixedOffset>>,
    /// The time of creation.
    pub created_at: DateTime<FixedOffset>,
    /// Whether the person's personal data has been removed.
    pub is_anonymized: bool,
    pub(crate) history: History,
}

/// The ids of a person's records, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    pub(crate) origins: Vec<u64>,
    pub(crate) offers: Vec<u64>,
    pub(crate) shares: Vec<u64>,
    pub(crate) rewards: Vec<u64>,
    pub(crate) claims: Vec<u64>,
    pub(crate) referrals_as_advocate: Vec<u64>,
    pub(crate) referrals_as_friend: Vec<u64>,
}

/// The kinds of values that `person_slug` can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SlugKind {
    Email,
    Username,
    Phone,
    CustomerId,
}

impl SlugKind {
    /// All kinds in lookup order.
    pub(crate) const ALL: [Self; 4] = [Self::Email, Self::Username, Self::Phone, Self::CustomerId];
}

impl Person {
    pub(crate) fn slugs(&self) -> impl Iterator<Item = (SlugKind, String)> {
        SlugKind::ALL.into_iter().filter_map(|kind| Some((kind, self.slug(kind)?.clone())))
    }

    pub(crate) fn slug(&self, kind: SlugKind) -> Option<&String> {
        match kind {
            SlugKind::Email => Some(&self.email),
            SlugKind::Username => self.username.as_ref(),
            SlugKind::Phone => self.phone_number.as_ref(),
            SlugKind::CustomerId => self.customer_id.as_ref(),
        }
    }
}
