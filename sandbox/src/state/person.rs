//! People, and the values that identify them.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

use super::Site;

/// An advocate or a friend.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Person {
    /// The id of the person.
    pub id: u64,
    /// The e-mail address, in lower case.
    pub email: String,
    /// The time when the person unsubscribed.
    pub unsubscribed_at: Option<DateTime<FixedOffset>>,
    /// The most recent former e-mail addresses, oldest first.
    pub(crate) former_emails: Vec<String>,
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
    pub(crate) created_at: DateTime<FixedOffset>,
    /// Whether the person's personal data has been removed.
    pub is_anonymized: bool,
    pub(crate) history: History,
    /// The id of the person's membership in the loyalty program.
    pub(crate) member: Option<u64>,
}

/// The ids of a person's records, oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
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

impl Person {
    /// Returns the values that identify the person.
    pub(super) fn slugs(&self) -> impl Iterator<Item = (SlugKind, String)> {
        let slugs = [
            (SlugKind::Email, Some(&self.email)),
            (SlugKind::Username, self.username.as_ref()),
            (SlugKind::Phone, self.phone_number.as_ref()),
            (SlugKind::CustomerId, self.customer_id.as_ref()),
        ];
        slugs.into_iter().filter_map(|(kind, slug)| Some((kind, slug?.clone())))
    }
}

impl Site {
    /// Finds a person by e-mail address, username, phone number or customer id.
    pub fn person(&self, slug: &str) -> Option<&Person> {
        let kinds = [SlugKind::Username, SlugKind::Phone, SlugKind::CustomerId];
        let by_email = self.person_by_slug(SlugKind::Email, &slug.to_lowercase());
        let id = by_email.or_else(|| kinds.into_iter().find_map(|kind| self.person_by_slug(kind, slug)));
        Some(&self.people[id?])
    }

    pub(crate) fn person_by_slug(&self, kind: SlugKind, slug: &str) -> Option<u64> {
        self.people_by_slug.get(&(kind, slug.to_owned())).copied()
    }

    /// Finds or creates the person with this e-mail address.
    pub(crate) fn person_with_email(&mut self, email: &str) -> u64 {
        let email = email.to_lowercase();
        if let Some(id) = self.person_by_slug(SlugKind::Email, &email) {
            return id;
        }
        let created_at = self.now();
        let id = self.people.insert(|id| Person { id, email: email.clone(), created_at, ..Person::default() });
        self.people_by_slug.insert((SlugKind::Email, email), id);
        id
    }

    /// Changes a person and updates the slug index. If several people have the same slug, the index refers to one of them
    /// until that person loses the slug. The index then switches to the oldest of the other people.
    pub(crate) fn change_person(&mut self, id: u64, change: impl FnOnce(&mut Person)) {
        let mut person = self.people.edit(id);
        let before: Vec<_> = person.slugs().collect();
        change(&mut person);
        person.email = person.email.to_lowercase();
        let after: Vec<_> = person.slugs().collect();
        drop(person);
        for slug in before.iter().filter(|slug| !after.contains(slug)) {
            if self.people_by_slug.get(slug) == Some(&id) {
                self.people_by_slug.remove(slug);
                let next = self.people.iter().find(|person| person.slugs().any(|other| other == *slug));
                self.people_by_slug.extend(next.map(|person| (slug.clone(), person.id)));
            }
        }
        for slug in after {
            self.people_by_slug.entry(slug).or_insert(id);
        }
    }

    /// Generates a version 4 UUID.
    pub(crate) fn random_uuid(&mut self) -> String {
        let versioned = (self.random.u128(..) & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
        let digits = format!("{versioned:032x}");
        let group = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default();
        [group(0..8), group(8..12), group(12..16), group(16..20), group(20..32)].join("-")
    }
}
