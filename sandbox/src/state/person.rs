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
    pub(crate) trail: Trail,
}

/// The numbers of what a person did and got, the oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trail {
    pub(crate) origins: Vec<u64>,
    pub(crate) offers: Vec<u64>,
    pub(crate) shares: Vec<u64>,
    pub(crate) rewards: Vec<u64>,
    /// Claims of other people's offers.
    pub(crate) claims: Vec<u64>,
    pub(crate) referrals_as_advocate: Vec<u64>,
    pub(crate) referrals_as_friend: Vec<u64>,
}

/// By what a person can be named in a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Name {
    Email,
    Username,
    Phone,
    CustomerId,
}

impl Name {
    /// In the order in which they are tried.
    pub(crate) const ALL: [Self; 4] = [Self::Email, Self::Username, Self::Phone, Self::CustomerId];
}

impl Person {
    /// The names by which this person is found.
    pub(crate) fn names(&self) -> impl Iterator<Item = (Name, String)> {
        Name::ALL.into_iter().filter_map(|kind| Some((kind, self.name(kind)?.clone())))
    }

    /// The name of this kind.
    pub(crate) fn name(&self, kind: Name) -> Option<&String> {
        match kind {
            Name::Email => Some(&self.email),
            Name::Username => self.username.as_ref(),
            Name::Phone => self.phone_number.as_ref(),
            Name::CustomerId => self.customer_id.as_ref(),
        }
    }
}
