//! People.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, FixedOffset};

/// A person, with all that is stored about them.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Person {
    /// The number of the record.
    pub id: u64,
    /// The e-mail address, in lower case.
    pub email: String,
    /// The e-mail addresses that the person had before.
    pub(crate) former_emails: BTreeSet<String>,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// The name that the person chose; nobody else has it.
    pub username: Option<String>,
    /// The person's id in the shop.
    pub customer_id: Option<String>,
    /// The phone number, in E.164.
    pub phone_number: Option<String>,
    /// Properties of the site's own.
    pub custom_properties: BTreeMap<String, String>,
    /// What the person chose when asked whether to get e-mails.
    pub sub_choice: Option<bool>,
    /// When the person opted in to e-mails.
    pub opted_in_at: Option<DateTime<FixedOffset>>,
    /// When the person unsubscribed.
    pub unsubscribed_at: Option<DateTime<FixedOffset>>,
    /// When the person became known.
    pub created_at: DateTime<FixedOffset>,
    /// Whether names and addresses were taken out.
    pub is_anonymized: bool,
    /// The records of this person, by their numbers.
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

/// The kinds of `person_slug`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SlugKind {
    Email,
    Username,
    Phone,
    CustomerId,
}

impl SlugKind {
    /// In the order of the lookup.
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
