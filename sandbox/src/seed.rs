//! The demo shop: what every site starts with.

use crate::state::{Person, Site};

pub(crate) fn demo_shop(site: &mut Site) {
    site.people.insert(|id| Person { id, email: "jane@example.com".to_owned(), first_name: Some("Jane".to_owned()) });
}
