//! Deferred work: applying batch rows, and approving referrals automatically.

use chrono::TimeDelta;
use serde_json::Value;

use super::{origins, referrals};
use crate::call::{ApiResult, Call, Fields};
use crate::description::DESCRIPTION;
use crate::state::{Job, OriginKind, ReferralStatus, Site};

const BATCH_DELAY: TimeDelta = TimeDelta::seconds(2);

/// Enqueues the valid rows of a batch. Skips invalid rows without an error, as Talkable does.
pub(super) fn enqueue_batch(site: &mut Site, call: &Call, kind: OriginKind) -> ApiResult {
    let operation = DESCRIPTION.operation(&format!("createBatchOf{}s", kind.name()));
    let rules = operation.map(|operation| &operation.rules);
    let is_valid = |row: &&Value| rules.is_none_or(|rules| rules.accepts_row(row));
    let data = call.arguments.get("data").and_then(Value::as_array).into_iter().flatten();
    let rows: Vec<_> = data.filter(is_valid).filter_map(Value::as_object).collect();
    site.check_quota(rows.len(), call.size)?;
    let makes_offer = call.fields().flag("create_offers").unwrap_or(false);
    let due = site.now() + BATCH_DELAY;
    for row in rows {
        site.jobs.add(due, Job::Create { kind, row: row.clone(), makes_offer });
    }
    Ok(Value::Null)
}

/// Runs a site's due jobs. Batch rows that are invalid or exceed the quota are skipped.
pub(crate) fn run_due(site: &mut Site) {
    let now = site.now();
    while let Some(job) = site.jobs.take_due(now) {
        match job {
            Job::Create { kind, row, makes_offer } => {
                if site.check_quota(0, 0).is_ok() {
                    let _ = origins::find_or_create(site, kind, Fields(Some(&row)), "", makes_offer);
                }
            }
            Job::Approve { referral } => {
                if site.referrals[referral].status == ReferralStatus::Pending {
                    referrals::approve(site, referral);
                }
            }
        }
    }
}
