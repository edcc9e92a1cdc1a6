//! The kinds of sales that are counted and summed by metrics.

use super::selection::Selection;
use crate::state::{Origin, ReferralStatus};

type SaleFilter = fn(&Selection<'_>, &Origin) -> bool;

/// The kinds of sales. Each kind has two metrics, whose names end in `_count` and `_sum`.
const KINDS: &[(&str, SaleFilter)] = &[
    ("total_sales", |_, _| true),
    ("total_first_time_sales", |_, sale| sale.is_first),
    ("total_sales_with_curebit_coupon", has_coupon),
    ("total_sales_with_talkable_ad_coupon", |data, sale| coupon_is_for(data, sale, false)),
    ("total_sales_with_talkable_fr_coupon", |data, sale| coupon_is_for(data, sale, true)),
    ("refunded_sales", |_, sale| sale.refunded_at.is_some()),
    ("ideal_sales", |data, sale| is_friends(data, sale) || is_advocates(data, sale)),
    ("total_referred_sales", |data, sale| data.referral(sale).is_some()),
    ("referred_sales_new", |data, sale| data.referral(sale).is_some() && sale.is_first),
    ("talkable_sales", is_friends),
    ("talkable_sales_with_talkable_coupon", |data, sale| is_friends(data, sale) && has_coupon(data, sale)),
    ("talkable_sales_with_talkable_coupon_and_new", |data, sale| {
        is_friends(data, sale) && has_coupon(data, sale) && sale.is_first
    }),
    ("talkable_sales_with_talkable_coupon_and_not_new", |data, sale| {
        is_friends(data, sale) && has_coupon(data, sale) && !sale.is_first
    }),
    ("talkable_qualified_sales", is_qualified),
    ("ideal_friend_sales", is_friends),
    ("ideal_advocate_sales", is_advocates),
    ("ideal_advocate_sales_new_customers", |data, sale| is_advocates(data, sale) && sale.is_first),
    ("ideal_advocate_sales_existing_customers", |data, sale| is_advocates(data, sale) && !sale.is_first),
];

pub(super) fn of_kind<'a>(data: &Selection<'a>, kind: &str) -> Option<impl Iterator<Item = &'a Origin>> {
    let (_, is_of_kind) = KINDS.iter().find(|(name, _)| *name == kind)?;
    Some(data.sales().filter(|sale| is_of_kind(data, sale)))
}

/// Returns whether a sale has a referral that is neither blocked nor voided.
fn is_friends(data: &Selection<'_>, sale: &Origin) -> bool {
    let referral = data.referral(sale);
    referral.is_some_and(|it| !matches!(it.status, ReferralStatus::Blocked | ReferralStatus::Voided))
}

fn is_qualified(data: &Selection<'_>, sale: &Origin) -> bool {
    data.referral(sale).is_some_and(|referral| referral.status == ReferralStatus::Approved)
}

/// Returns whether the buyer has shared an offer.
fn is_advocates(data: &Selection<'_>, sale: &Origin) -> bool {
    !data.site.people[sale.person].history.shares.is_empty()
}

fn has_coupon(data: &Selection<'_>, sale: &Origin) -> bool {
    sale.coupon_codes.iter().any(|code| data.site.coupons_by_code.contains_key(code))
}

fn coupon_is_for(data: &Selection<'_>, sale: &Origin, friend: bool) -> bool {
    let site = data.site;
    let mut coupons = sale.coupon_codes.iter().filter_map(|code| site.coupons_by_code.get(code));
    coupons.any(|id| match site.coupons[*id].reward {
        Some(reward) => site.rewards[reward].incentive.action.is_for_friend() == friend,
        None => friend && site.coupons[*id].is_issued(),
    })
}
