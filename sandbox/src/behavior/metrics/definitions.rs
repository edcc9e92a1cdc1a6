//! The definitions of the metrics.

use std::collections::HashSet;
use std::hash::Hash;

use rust_decimal::Decimal;
use serde::Serialize;

use super::selection::Selection;
use crate::state::{Claim, Origin, PointsActionKind, ReferralStatus, Reward, RewardStatus, RewardedAction};

/// The unit of a metric, which is the `result_type` in responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Unit {
    Number,
    Percent,
    Money,
}

/// A function that computes a metric of the selected records.
pub(super) type Metric = Box<dyn Fn(&Selection<'_>) -> Decimal>;

/// Finds a metric and its unit by the metric's name.
pub(super) fn find(name: &str) -> Option<(Unit, Metric)> {
    if let Some(is_of_kind) = name.strip_suffix("_count").and_then(sale_filter) {
        return Some((Unit::Number, Box::new(move |data| filtered_sales(data, is_of_kind).count().into())));
    }
    if let Some(is_of_kind) = name.strip_suffix("_sum").and_then(sale_filter) {
        let subtotals =
            move |data: &Selection<'_>| sum(filtered_sales(data, is_of_kind).filter_map(|sale| sale.subtotal));
        return Some((Unit::Money, Box::new(subtotals)));
    }
    if let Some((_, _, count)) = COUNTS.iter().find(|(names, ..)| names.split(' ').any(|known| known == name)) {
        return Some((Unit::Number, Box::new(move |data| count(data).into())));
    }
    if let Some((_, _, sum)) = SUMS.iter().find(|(known, ..)| *known == name) {
        return Some((Unit::Money, Box::new(*sum)));
    }
    if let Some((email, "delivered" | "opened" | "clicked")) = name.rsplit_once('_')
        && EMAILS.contains(&email)
    {
        return Some((Unit::Number, Box::new(|_| Decimal::ZERO)));
    }
    let (_, unit, numerator, denominator) = RATIOS.iter().find(|(known, ..)| *known == name)?;
    let ((_, numerator), (_, denominator)) = (find(numerator)?, find(denominator)?);
    let scale = if *unit == Unit::Percent { Decimal::ONE_HUNDRED } else { Decimal::ONE };
    let ratio = move |data: &Selection<'_>| {
        let ratio = numerator(data).checked_div(denominator(data)).unwrap_or_default();
        ratio.checked_mul(scale).unwrap_or(Decimal::MAX).round_dp(4)
    };
    Some((*unit, Box::new(ratio)))
}

/// Lists the metrics in alphabetical order: the name, the unit, and what the metric counts.
pub(crate) fn list() -> Vec<(String, Unit, String)> {
    let sales = SALES.iter().flat_map(|(name, meaning, _)| {
        let count = (format!("{name}_count"), Unit::Number, format!("the number of {meaning}"));
        [count, (format!("{name}_sum"), Unit::Money, format!("the subtotals of {meaning}"))]
    });
    let counts = COUNTS.iter().flat_map(|(names, meaning, _)| {
        names.split(' ').map(move |name| (name.to_owned(), Unit::Number, format!("the number of {meaning}")))
    });
    let sums = SUMS.iter().map(|(name, meaning, _)| ((*name).to_owned(), Unit::Money, (*meaning).to_owned()));
    let ratios = RATIOS.iter().map(|(name, unit, numerator, denominator)| {
        ((*name).to_owned(), *unit, format!("`{numerator}` divided by `{denominator}`"))
    });
    let emails = EMAILS.iter().flat_map(|email| {
        let name = move |event| format!("{email}_{event}");
        let meaning = "always zero, because the sandbox sends no e-mails";
        ["delivered", "opened", "clicked"].map(|event| (name(event), Unit::Number, meaning.to_owned()))
    });
    let mut all: Vec<_> = sales.chain(counts).chain(sums).chain(ratios).chain(emails).collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

type SaleFilter = fn(&Selection<'_>, &Origin) -> bool;

/// The kinds of sales. Each kind has two metrics, whose names end in `_count` and `_sum`.
const SALES: &[(&str, &str, SaleFilter)] = &[
    ("total_sales", "purchases, and events with an amount", |_, _| true),
    ("total_first_time_sales", "first purchases of customers", |_, sale| sale.is_first),
    ("total_sales_with_curebit_coupon", "sales with one of the site's coupons", has_coupon),
    ("total_sales_with_talkable_ad_coupon", "sales with an advocate's coupon", |data, sale| {
        coupon_is_for(data, sale, false)
    }),
    ("total_sales_with_talkable_fr_coupon", "sales with a friend's coupon", |data, sale| {
        coupon_is_for(data, sale, true)
    }),
    ("refunded_sales", "refunded sales", |_, sale| sale.refunded_at.is_some()),
    ("ideal_sales", "friends' and sharers' sales", |data, sale| {
        is_friends_sale(data, sale) || is_advocates(data, sale)
    }),
    ("total_referred_sales", "sales with a referral", |data, sale| data.referral(sale).is_some()),
    ("referred_sales_new", "first purchases with a referral", |data, sale| {
        data.referral(sale).is_some() && sale.is_first
    }),
    ("talkable_sales", "friends' sales whose referral is neither blocked nor voided", is_friends_sale),
    ("talkable_sales_with_talkable_coupon", "friends' purchases with one of the site's coupons", |data, sale| {
        is_friends_sale(data, sale) && has_coupon(data, sale)
    }),
    (
        "talkable_sales_with_talkable_coupon_and_new",
        "friends' first purchases with one of the site's coupons",
        |data, sale| is_friends_sale(data, sale) && has_coupon(data, sale) && sale.is_first,
    ),
    (
        "talkable_sales_with_talkable_coupon_and_not_new",
        "friends' later purchases with one of the site's coupons",
        |data, sale| is_friends_sale(data, sale) && has_coupon(data, sale) && !sale.is_first,
    ),
    ("talkable_qualified_sales", "friends' sales whose referral is approved", is_qualified),
    ("ideal_friend_sales", "friends' sales", is_friends_sale),
    ("ideal_advocate_sales", "sales to people who have shared an offer", is_advocates),
    ("ideal_advocate_sales_new_customers", "first purchases of people who have shared an offer", |data, sale| {
        is_advocates(data, sale) && sale.is_first
    }),
    ("ideal_advocate_sales_existing_customers", "later sales to people who have shared an offer", |data, sale| {
        is_advocates(data, sale) && !sale.is_first
    }),
];

/// The kinds of e-mails that have metrics. These metrics are always zero, because the sandbox sends no e-mails.
const EMAILS: &[&str] =
    &["share_emails", "advocate_offer_email", "advocate_reward_paid_email", "friend_reward_paid_email"];

type Compute<T> = fn(&Selection<'_>) -> T;

/// The metrics that count records, with a description. Alternative names of a metric are separated by spaces.
const COUNTS: &[(&str, &str, Compute<usize>)] = &[
    ("advocate_impressions advocate_pages_shown offer_shown offers", "offers made", |data| data.offers().count()),
    ("clicks", "claims", |data| data.claims().count()),
    ("clicks_unique first_time_clicks", "people and browsers with a claim", |data| {
        distinct(data.claims().map(visitor))
    }),
    ("visits", "claims followed by a visit to the shop", |data| data.visits().count()),
    ("visits_unique first_time_visits", "people and browsers with a visit", |data| {
        distinct(data.visits().map(visitor))
    }),
    ("visited_referrals", "visits that led to a referral", |data| {
        data.visits().filter(|claim| claim.referral.is_some()).count()
    }),
    ("email_gated", "claims with an e-mail address", |data| {
        data.claims().filter(|claim| claim.friend.is_some()).count()
    }),
    ("emails_collected_on_claim", "people with a claim", |data| distinct(friends(data))),
    ("email_gated_and_opted_in", "people with a claim who opted in", |data| opted_in(data, friends(data), false)),
    ("email_gated_and_opted_in_new", "people with a claim who opted in within the period", |data| {
        opted_in(data, friends(data), true)
    }),
    ("customers", "people with a sale", |data| distinct(data.sales().map(|sale| sale.person))),
    ("new_customers", "people with their first purchase", |data| {
        distinct(data.sales().filter(|sale| sale.is_first).map(|sale| sale.person))
    }),
    ("sharers", "people who shared an offer", |data| distinct(sharers(data))),
    ("multisharers", "people who shared more than once", multisharers),
    ("shares", "shares", |data| data.shares().count()),
    ("share_emails_sent", "shares by e-mail", |data| data.shares().filter(|share| share.channel == "email").count()),
    ("sign_up signup_shown", "sign-ups", |data| data.sign_ups().count()),
    ("sign_up_and_opted_in", "people who signed up and opted in", |data| opted_in(data, signed_up(data), false)),
    ("sign_up_and_opted_in_new", "people who signed up and opted in within the period", |data| {
        opted_in(data, signed_up(data), true)
    }),
    ("emails_collected_on_signup", "people who signed up", |data| distinct(signed_up(data))),
    ("people", "people created", |data| {
        data.site.people.iter().filter(|person| data.has_day(person.created_at)).count()
    }),
    ("total_rewards_count", "paid rewards", |data| data.rewards().filter(|reward| is_paid(reward)).count()),
    ("ad_rewards_count", "advocates' paid rewards", |data| {
        data.rewards().filter(|reward| is_paid(reward) && !is_friends(reward)).count()
    }),
    ("fr_rewards_count", "friends' paid rewards", |data| {
        data.rewards().filter(|reward| is_paid(reward) && is_friends(reward)).count()
    }),
    ("advocate_referral_rewards_paid_count", "paid rewards for referrers", |data| {
        referrers_rewards(data).filter(|reward| is_paid(reward)).count()
    }),
    ("advocate_referral_rewards_paid_and_pending_count", "rewards for referrers, except voided ones", |data| {
        referrers_rewards(data).filter(|reward| reward.status != RewardStatus::Voided).count()
    }),
    ("advocate_referral_rewards_used_count", "rewards for referrers with a used coupon", |data| {
        let coupons = referrers_rewards(data).filter_map(|reward| Some(&data.site.coupons[reward.coupon?]));
        coupons.filter(|coupon| coupon.usages > 0).count()
    }),
    ("advocate_loyalty_referral_rewards_count", "collections of points for referrals", |data| {
        referral_points(data).count()
    }),
    ("advocate_loyalty_referral_rewards_points", "points collected for referrals", |data| {
        usize::try_from(referral_points(data).sum::<i64>()).unwrap_or_default()
    }),
];

const SUMS: &[(&str, &str, Compute<Decimal>)] = &[
    ("total_rewards_sum", "amounts of paid rewards", |data| amount(data.rewards().filter(|reward| is_paid(reward)))),
    ("ad_rewards_sum", "amounts of advocates' paid rewards", |data| {
        amount(data.rewards().filter(|reward| is_paid(reward) && !is_friends(reward)))
    }),
    ("fr_rewards_sum", "amounts of friends' paid rewards", |data| {
        amount(data.rewards().filter(|reward| is_paid(reward) && is_friends(reward)))
    }),
    // The sum is zero because points have no monetary value.
    ("advocate_loyalty_referral_rewards_sum", "always zero, because points have no monetary value", |_| Decimal::ZERO),
];

const RATIOS: &[(&str, Unit, &str, &str)] = &[
    ("sign_up_percentage", Unit::Percent, "sign_up", "signup_shown"),
    ("widget_click_percentage", Unit::Percent, "offer_shown", "advocate_impressions"),
    ("advocacy_percentage", Unit::Percent, "sharers", "customers"),
    ("sharing_rate", Unit::Percent, "sharers", "offer_shown"),
    ("click_rate", Unit::Percent, "clicks", "shares"),
    ("visit_percentage", Unit::Percent, "visits", "clicks"),
    ("conversion_percentage", Unit::Percent, "talkable_sales_count", "clicks"),
    ("revenue_percentage", Unit::Percent, "talkable_sales_sum", "total_sales_sum"),
    ("lift_in_sales", Unit::Percent, "talkable_sales_sum", "total_sales_sum"),
    ("refunded_sales_percentage", Unit::Percent, "refunded_sales_count", "total_sales_count"),
    ("refunded_sales_aov", Unit::Money, "refunded_sales_sum", "refunded_sales_count"),
    ("total_sales_aov", Unit::Money, "total_sales_sum", "total_sales_count"),
    ("total_first_time_sales_aov", Unit::Money, "total_first_time_sales_sum", "total_first_time_sales_count"),
    ("average_order_value", Unit::Money, "talkable_sales_sum", "talkable_sales_count"),
];

fn is_paid(reward: &Reward) -> bool {
    reward.status == RewardStatus::Paid
}

fn is_friends(reward: &Reward) -> bool {
    reward.incentive.action.is_for_friend()
}

fn referrers_rewards<'a>(data: &Selection<'a>) -> impl Iterator<Item = &'a Reward> {
    data.rewards().filter(|reward| reward.incentive.action == RewardedAction::Referrer)
}

/// Adds up the monetary amounts of rewards. Rewards whose amount is a percentage are ignored.
fn amount<'a>(rewards: impl Iterator<Item = &'a Reward>) -> Decimal {
    sum(rewards.filter(|reward| !reward.incentive.is_percentage).map(|reward| reward.incentive.amount))
}

/// Adds up amounts, saturating at the maximum.
fn sum(amounts: impl Iterator<Item = Decimal>) -> Decimal {
    amounts.fold(Decimal::ZERO, |sum, amount| sum.checked_add(amount).unwrap_or(Decimal::MAX))
}

fn distinct<T: Eq + Hash>(items: impl Iterator<Item = T>) -> usize {
    items.collect::<HashSet<_>>().len()
}

/// Identifies the visitor who made a claim: by the friend if known, otherwise by the browser if known, otherwise by the
/// claim itself.
fn visitor(claim: &Claim) -> (Option<u64>, Option<&str>, Option<u64>) {
    match (claim.friend, &claim.visitor_uuid) {
        (Some(friend), _) => (Some(friend), None, None),
        (None, Some(uuid)) => (None, Some(uuid), None),
        (None, None) => (None, None, Some(claim.id)),
    }
}

fn sharers(data: &Selection<'_>) -> impl Iterator<Item = u64> {
    data.shares().map(|share| share.person)
}

fn multisharers(data: &Selection<'_>) -> usize {
    let mut people: Vec<u64> = sharers(data).collect();
    people.sort_unstable();
    people.chunk_by(|a, b| a == b).filter(|shares| shares.len() > 1).count()
}

fn friends(data: &Selection<'_>) -> impl Iterator<Item = u64> {
    data.claims().filter_map(|claim| claim.friend)
}

fn signed_up(data: &Selection<'_>) -> impl Iterator<Item = u64> {
    data.sign_ups().map(|origin| origin.person)
}

/// Counts the people who opted in. With `only_new`, the opt-in must be within the period.
fn opted_in(data: &Selection<'_>, people: impl Iterator<Item = u64>, only_new: bool) -> usize {
    let opt_in = |person: u64| data.site.people[person].opted_in_at;
    distinct(people.filter(|id| opt_in(*id).is_some_and(|time| !only_new || data.has_day(time))))
}

fn referral_points(data: &Selection<'_>) -> impl Iterator<Item = i64> {
    let actions = data.site.loyalty.actions.iter().filter(|action| data.has_day(action.created_at));
    let collected = actions.filter(|action| action.kind == PointsActionKind::Collect);
    collected.filter(|action| action.identifier == "referral").map(|action| action.points)
}

/// Returns the filter for a kind of sale, or `None` if the kind is unknown.
fn sale_filter(kind: &str) -> Option<SaleFilter> {
    SALES.iter().find(|(name, ..)| *name == kind).map(|(.., is_of_kind)| *is_of_kind)
}

fn filtered_sales<'a>(data: &Selection<'a>, is_of_kind: SaleFilter) -> impl Iterator<Item = &'a Origin> {
    data.sales().filter(move |sale| is_of_kind(data, sale))
}

/// Returns whether a sale has a referral that is neither blocked nor voided.
fn is_friends_sale(data: &Selection<'_>, sale: &Origin) -> bool {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::description::DESCRIPTION;

    #[test]
    fn every_listed_metric_exists_once() {
        let list = list();
        for (name, unit, meaning) in &list {
            assert_eq!(find(name).map(|(unit, _)| unit), Some(*unit), "{name}");
            assert!(!meaning.is_empty(), "{name}");
        }
        assert!(list.is_sorted_by(|one, other| one.0 < other.0), "a name occurs twice");
    }

    #[test]
    fn metrics_and_units_match_the_description() {
        let schema = &DESCRIPTION.document["components"]["schemas"]["Metric"];
        let described = schema["x-extensible-enum"].as_array().into_iter().flatten();
        let described: BTreeSet<_> = described.filter_map(Value::as_str).collect();
        let list = list();
        let known: BTreeSet<_> = list.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(described, known);
        for (name, unit, _) in &list {
            let text = schema["x-enumDescriptions"][name].as_str().unwrap_or_default();
            assert_eq!(*unit == Unit::Money, text.ends_with("in money."), "{name}: {text}");
            assert_eq!(*unit == Unit::Percent, text.contains("percentage"), "{name}: {text}");
        }
    }
}
