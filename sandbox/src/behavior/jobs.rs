//! What is done later: the rows of batches, and referrals that nobody decided about.

use chrono::TimeDelta;
use serde_json::Value;

use super::{origins, referrals};
use crate::answer::Outcome;
use crate::call::Call;
use crate::description::DESCRIPTION;
use crate::state::{Job, OriginKind, ReferralStatus, Site};

/// How long a batch waits for its turn.
const BATCH_WAITS: TimeDelta = TimeDelta::seconds(2);

pub(super) fn batch_of_affiliate_members(site: &mut Site, call: &Call) -> Outcome {
    batch(site, call, OriginKind::AffiliateMember, "createBatchOfAffiliateMembers")
}

pub(super) fn batch_of_events(site: &mut Site, call: &Call) -> Outcome {
    batch(site, call, OriginKind::Event, "createBatchOfEvents")
}

pub(super) fn batch_of_purchases(site: &mut Site, call: &Call) -> Outcome {
    batch(site, call, OriginKind::Purchase, "createBatchOfPurchases")
}

/// Nobody hears of a row that is wrong: it is left out.
fn batch(site: &mut Site, call: &Call, kind: OriginKind, operation: &str) -> Outcome {
    let rules = DESCRIPTION.operation(operation).map(|operation| &operation.rules);
    let fits = |row: &&Value| rules.is_none_or(|rules| rules.fits_row(row));
    let rows: Vec<_> = call.rows().filter(fits).filter_map(Value::as_object).collect();
    site.has_room_for(rows.len(), call.size)?;
    let makes_offer = call.fields().flag("create_offers").unwrap_or(false);
    let due = site.now() + BATCH_WAITS;
    for row in rows {
        site.jobs.add(due, Job::Create { kind, row: row.clone(), makes_offer });
    }
    Ok(Value::Null)
}

/// Does what is due. A row whose turn comes when the site is full is left out.
pub(crate) fn run_due(site: &mut Site) {
    let now = site.now();
    while let Some(job) = site.jobs.take_due(now) {
        match job {
            Job::Create { .. } if site.has_room_for(0, 0).is_err() => {}
            Job::Create { kind, row, makes_offer } => origins::create_row(site, kind, &row, makes_offer),
            Job::Approve { referral } => {
                if site.referrals.get(referral).is_some_and(|found| found.status == ReferralStatus::Pending) {
                    referrals::approve(site, referral);
                }
            }
        }
    }
}
