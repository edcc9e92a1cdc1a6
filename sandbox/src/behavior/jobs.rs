//! What is done later: the rows of batches, and referrals that nobody decided about.

use chrono::TimeDelta;
use serde_json::Value;

use super::{origins, referrals};
use crate::answer::Outcome;
use crate::call::Call;
use crate::state::{Job, OriginKind, ReferralStatus, Site};

/// How long a batch waits for its turn.
const BATCH_WAITS: TimeDelta = TimeDelta::seconds(2);

pub(super) fn batch_of_affiliate_members(site: &mut Site, call: &Call) -> Outcome {
    batch(site, call, OriginKind::AffiliateMember)
}

pub(super) fn batch_of_events(site: &mut Site, call: &Call) -> Outcome {
    batch(site, call, OriginKind::Event)
}

pub(super) fn batch_of_purchases(site: &mut Site, call: &Call) -> Outcome {
    batch(site, call, OriginKind::Purchase)
}

fn batch(site: &mut Site, call: &Call, kind: OriginKind) -> Outcome {
    let makes_offer = call.fields().flag("create_offers").unwrap_or(false);
    let due = site.now() + BATCH_WAITS;
    for row in call.rows() {
        site.jobs.add(due, Job::Create { kind, row: row.clone(), makes_offer });
    }
    Ok(Value::Null)
}

/// Does what is due. Rows that find no more room are left out, as invalid ones are.
pub(crate) fn run_due(site: &mut Site, most_bytes: usize) {
    let now = site.now();
    while let Some(job) = site.jobs.take_due(now) {
        match job {
            Job::Create { .. } if site.has_room_for(0, most_bytes).is_err() => {}
            Job::Create { kind, row, makes_offer } => origins::create_row(site, kind, &row, makes_offer),
            Job::Approve { referral } => {
                if site.referrals.get(referral).is_some_and(|found| found.status == ReferralStatus::Pending) {
                    referrals::approve(site, referral);
                }
            }
        }
    }
}
