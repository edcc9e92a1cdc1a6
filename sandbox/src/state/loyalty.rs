//! The loyalty program: how points are collected, and what they are redeemed for.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate};
use rust_decimal::Decimal;

use super::table::Table;

/// The loyalty program of a site.
#[derive(Debug)]
#[non_exhaustive]
pub struct Loyalty {
    /// Whether it has a campaign that is live.
    pub is_live: bool,
    /// The most points that a member can have.
    pub points_limit: i64,
    /// How points are collected.
    pub rules: Vec<CollectRule>,
    /// What points can be redeemed for.
    pub batches: Vec<RedemptionBatch>,
    /// The members, by the number of the person.
    pub(crate) members: BTreeMap<u64, Member>,
    pub(crate) actions: Table<PointsAction>,
}

impl Default for Loyalty {
    fn default() -> Self {
        Self {
            is_live: false,
            points_limit: 1_000_000,
            rules: Vec::new(),
            batches: Vec::new(),
            members: BTreeMap::new(),
            actions: Table::default(),
        }
    }
}

/// Points for an action.
#[derive(Clone, Debug)]
pub struct CollectRule {
    /// The type of the action.
    pub identifier: String,
    /// What it is called.
    pub name: String,
    /// What members read about it.
    pub description: String,
    /// The points.
    pub points: i64,
    /// Whether a member can collect them only once.
    pub is_once_per_member: bool,
}

/// Coupons that points can be redeemed for.
#[derive(Clone, Debug)]
pub struct RedemptionBatch {
    /// The number of the record.
    pub id: u64,
    /// What members read about it.
    pub description: String,
    /// The points that a coupon costs.
    pub points_cost: i64,
    /// How much a coupon is worth.
    pub amount: Decimal,
    /// Whether that is a percentage.
    pub is_percentage: bool,
    /// How many coupons are left.
    pub available_coupons: u64,
}

/// A member of the program.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// The number of the person.
    pub person: u64,
    /// Whether the membership is in force.
    pub is_active: bool,
    /// The points that can be redeemed.
    pub points_balance: i64,
    /// Days of the member's own, such as the birthday, by their identifiers.
    pub dates: BTreeMap<String, NaiveDate>,
    /// The numbers of the actions.
    pub(crate) actions: Vec<u64>,
}

/// What changed a balance.
#[derive(Clone, Debug)]
pub struct PointsAction {
    /// The number of the record.
    pub id: u64,
    /// What kind of change it is.
    pub kind: PointsKind,
    /// The points, negative if they were taken away.
    pub points: i64,
    /// When it happened.
    pub created_at: DateTime<FixedOffset>,
    /// The number of the coupon that the points were redeemed for.
    pub coupon: Option<u64>,
}

/// What kind of change of a balance it is.
#[derive(Clone, Debug)]
pub enum PointsKind {
    /// Points were collected by this rule.
    Collect(CollectRule),
    /// Points were redeemed.
    Redeem,
    /// Someone corrected the balance.
    ManualAdjustment {
        /// Why.
        description: Option<String>,
    },
}
