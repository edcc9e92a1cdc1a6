//! The loyalty program: rules for collecting points, and coupons that points can be redeemed for.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::table::Table;

/// The loyalty program of a site.
#[derive(Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Loyalty {
    /// Whether the program has a live campaign.
    pub is_live: bool,
    /// The maximum balance of a member.
    pub points_limit: i64,
    /// The actions that earn points.
    pub rules: Vec<CollectRule>,
    /// The coupons that points can be redeemed for.
    pub batches: Vec<RedemptionBatch>,
    pub(crate) members: Table<Member>,
    pub(crate) actions: Table<PointsAction>,
}

impl Default for Loyalty {
    fn default() -> Self {
        Self {
            is_live: false,
            points_limit: 1_000_000,
            rules: Vec::new(),
            batches: Vec::new(),
            members: Table::default(),
            actions: Table::default(),
        }
    }
}

/// An action that earns points.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CollectRule {
    /// The type of the action.
    pub identifier: String,
    /// The name of the action.
    pub name: String,
    /// The description shown to members.
    pub description: String,
    /// The number of points earned by the action.
    pub points: i64,
    /// Whether each member can collect the points only once.
    pub is_once_per_member: bool,
}

/// A batch of coupons that points can be redeemed for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RedemptionBatch {
    /// The id of the batch.
    pub id: u64,
    /// The description shown to members.
    pub description: String,
    /// The cost of a coupon in points.
    pub points_cost: i64,
    /// The amount of each coupon's discount.
    pub amount: Decimal,
    /// Whether the amount is a percentage.
    pub is_percentage: bool,
    /// The number of available coupons.
    pub available_coupons: u64,
}

/// A member of the loyalty program.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Member {
    /// Whether the membership is active.
    pub is_active: bool,
    /// The number of points that can be redeemed.
    pub points_balance: i64,
    /// Dates such as the birthday, by identifier.
    pub dates: BTreeMap<String, NaiveDate>,
    pub(crate) person: u64,
    pub(crate) actions: Vec<u64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PointsAction {
    pub(crate) kind: PointsActionKind,
    /// The `type` in responses, which is the rule's identifier if points were collected.
    pub(crate) identifier: String,
    /// The `action_config` in responses.
    pub(crate) config: Value,
    /// The number of points added to the balance. It is negative if points were redeemed.
    pub(crate) points: i64,
    pub(crate) created_at: DateTime<FixedOffset>,
    pub(crate) coupon: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PointsActionKind {
    Collect,
    Redeem,
    ManualAdjustment,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_can_collect_points_by_default() {
        assert_eq!(Loyalty::default().points_limit, 1_000_000);
    }
}
