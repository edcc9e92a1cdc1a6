//! What a site remembers.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};
use fastrand::Rng;

use crate::clock::Clock;

mod person;
mod table;

pub use person::Person;
pub(crate) use table::Table;

/// A site: its people and all that they did, apart from every other site's.
#[derive(Debug)]
pub struct Site {
    pub(crate) slug: String,
    /// Where the sandbox listens.
    pub(crate) url: String,
    zone: FixedOffset,
    clock: Clock,
    pub(crate) random: Rng,
    pub(crate) people: Table<Person>,
    /// The visitors by their UUIDs, with the person that each turned out to be.
    pub(crate) visitors: BTreeMap<String, Option<u64>>,
}

impl Site {
    pub(crate) fn new(slug: &str, url: &str, zone: FixedOffset, clock: Clock, random: Rng) -> Self {
        Self {
            slug: slug.to_owned(),
            url: url.to_owned(),
            zone,
            clock,
            random,
            people: Table::default(),
            visitors: BTreeMap::new(),
        }
    }

    /// The identifier of the site.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// The time, in the site's zone.
    pub fn now(&self) -> DateTime<FixedOffset> {
        self.clock.now().with_timezone(&self.zone)
    }
}
