//! The kinds of rows that can be imported.

use clap::ArgMatches;

use crate::failure::{Failure, Result};
use crate::operation::{Operation, by_id};

/// A kind of rows.
pub(super) struct Kind {
    pub(super) name: &'static str,
    operation: &'static str,
    /// The operation for many rows.
    batch: Option<&'static str>,
    /// The fields that identify a row.
    pub(super) key: &'static [&'static str],
    /// The path arguments that have another column if they have none of their own.
    pub(super) fallbacks: &'static [(&'static str, &'static str)],
}

pub(super) static KINDS: [Kind; 5] = [
    Kind {
        name: "purchases",
        operation: "createPurchase",
        batch: Some("createBatchOfPurchases"),
        key: &["order_number"],
        fallbacks: &[],
    },
    Kind {
        name: "events",
        operation: "createEvent",
        batch: Some("createBatchOfEvents"),
        key: &["event_category", "event_number"],
        fallbacks: &[],
    },
    Kind {
        name: "affiliate-members",
        operation: "createAffiliateMember",
        batch: Some("createBatchOfAffiliateMembers"),
        key: &["email"],
        fallbacks: &[],
    },
    Kind {
        name: "people",
        operation: "updatePerson",
        batch: None,
        key: &["person_slug"],
        fallbacks: &[("person_slug", "email")],
    },
    Kind {
        name: "refunds",
        operation: "markOriginAsRefunded",
        batch: None,
        key: &["origin_slug"],
        fallbacks: &[("origin_slug", "order_number")],
    },
];

impl Kind {
    /// Returns the kind with the name, and its operation.
    pub(super) fn find(name: &str) -> Result<(&'static Self, &'static Operation)> {
        let kind = KINDS.iter().find(|kind| kind.name == name);
        let found = kind.and_then(|kind| Some((kind, by_id(kind.operation)?)));
        found.ok_or_else(|| Failure::usage(format!("the API no longer has an operation for {name}")))
    }

    /// Returns the operation for batches and their size, if the rows are sent in batches.
    pub(super) fn batch(&self, matches: &ArgMatches) -> Result<Option<(&'static Operation, usize)>> {
        if matches.get_one::<String>("via").is_none_or(|way| way != "batch") {
            return Ok(None);
        }
        let operation = self.batch.and_then(by_id);
        let operation = operation.ok_or_else(|| {
            Failure::usage(format!("the API has no batches of {}", self.name)).help("remove `--via batch`")
        })?;
        Ok(Some((operation, matches.get_one::<u16>("batch-size").map_or(500, |size| usize::from(*size)))))
    }
}
