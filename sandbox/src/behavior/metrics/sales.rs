//! The kinds of sales that metrics count and sum up.

use rust_decimal::Decimal;

use super::facts::Facts;
use crate::state::{Origin, ReferralStatus};

/// Whether a sale is one of the kind.
type Is = fn(&Facts<'_>, &Origin) -> bool;

/// Each of them comes with `_count` and `_sum`.
const KINDS: &[(&str, Is)] = &[
    ("total_sales", |_, _| true),
    ("total_first_time_sales", |_, sale| sale.is_first),
    ("total_sales_with_curebit_coupon", has_coupon),
    ("total_sales_with_talkable_ad_coupon", |facts, sale| coupon_is_for(facts, sale, false)),
    ("total_sales_with_talkable_fr_coupon", |facts, sale| coupon_is_for(facts, sale, true)),
    ("refunded_sales", |_, sale| sale.refunded_at.is_some()),
    ("ideal_sales", |facts, sale| is_friends(facts, sale) || is_advocates(facts, sale)),
    ("total_referred_sales", |facts, sale| facts.referral(sale).is_some()),
    ("referred_sales_new", |facts, sale| facts.referral(sale).is_some() && sale.is_first),
    ("talkable_sales", is_friends),
    ("talkable_sales_with_talkable_coupon", |facts, sale| is_friends(facts, sale) && has_coupon(facts, sale)),
    ("talkable_sales_with_talkable_coupon_and_new", |facts, sale| {
        is_friends(facts, sale) && has_coupon(facts, sale) && sale.is_first
    }),
    ("talkable_sales_with_talkable_coupon_and_not_new", |facts, sale| {
        is_friends(facts, sale) && has_coupon(facts, sale) && !sale.is_first
    }),
    ("talkable_qualified_sales", is_qualified),
    ("ideal_friend_sales", is_friends),
    ("ideal_advocate_sales", is_advocates),
    ("ideal_advocate_sales_new_customers", |facts, sale| is_advocates(facts, sale) && sale.is_first),
    ("ideal_advocate_sales_existing_customers", |facts, sale| is_advocates(facts, sale) && !sale.is_first),
];

/// The kind of this name.
pub(super) fn kind(name: &str) -> Option<Is> {
    KINDS.iter().find(|(known, _)| *known == name).map(|(_, is)| *is)
}

pub(super) fn count(facts: &Facts<'_>, is: Is) -> Decimal {
    facts.sales().filter(|sale| is(facts, sale)).count().into()
}

pub(super) fn sum(facts: &Facts<'_>, is: Is) -> Decimal {
    facts.sales().filter(|sale| is(facts, sale)).filter_map(|sale| sale.subtotal).fold(Decimal::ZERO, add)
}

/// Amounts that no decimal holds end at the largest.
pub(super) fn add(sum: Decimal, amount: Decimal) -> Decimal {
    sum.checked_add(amount).unwrap_or(Decimal::MAX)
}

/// A friend's, unless a fraud check or a refund took it out.
fn is_friends(facts: &Facts<'_>, sale: &Origin) -> bool {
    let referral = facts.referral(sale);
    referral.is_some_and(|it| !matches!(it.status, ReferralStatus::Blocked | ReferralStatus::Voided))
}

fn is_qualified(facts: &Facts<'_>, sale: &Origin) -> bool {
    facts.referral(sale).is_some_and(|referral| referral.status == ReferralStatus::Approved)
}

/// A sale to someone who shared an offer.
fn is_advocates(facts: &Facts<'_>, sale: &Origin) -> bool {
    facts.site.people.get(sale.person).is_some_and(|person| !person.trail.shares.is_empty())
}

fn has_coupon(facts: &Facts<'_>, sale: &Origin) -> bool {
    sale.coupon_codes.iter().any(|code| facts.site.coupons_by_code.contains_key(code))
}

fn coupon_is_for(facts: &Facts<'_>, sale: &Origin, friend: bool) -> bool {
    let site = facts.site;
    let coupons = sale.coupon_codes.iter().filter_map(|code| site.coupons.get(*site.coupons_by_code.get(code)?));
    coupons.into_iter().any(|coupon| match coupon.reward.and_then(|id| site.rewards.get(id)) {
        Some(reward) => reward.incentive.action.is_for_friend() == friend,
        None => friend && coupon.is_issued(),
    })
}
