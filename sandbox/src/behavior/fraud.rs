//! Fraud checks, which compare a referral's advocate and friend.

use crate::state::{FraudChecks, Origin, Person, Referral, ReferralStatus, Site};

/// The effect of a matching fraud check on the referral.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Block,
    Flag,
}

/// The two sides of a referral.
struct Sides<'a> {
    site: &'a Site,
    advocate: &'a Person,
    friend: &'a Person,
    /// The advocate's earlier origins.
    before: Vec<&'a Origin>,
    /// The friend's purchase or event.
    origin: &'a Origin,
}

/// A fraud check. It returns whether the two sides match, or `None` if there is no data to compare.
type Check = fn(&Sides<'_>) -> Option<bool>;

const CHECKS: &[(&str, Verdict, Check)] = &[
    (FraudChecks::SAME_PERSON, Verdict::Block, same_person),
    ("Matching Phone Number on Friend Purchase", Verdict::Block, same_phone),
    ("Similar Email Match", Verdict::Flag, similar_email),
    ("Matching Shipping Address", Verdict::Flag, same_shipping_address),
    ("Matching by IP Address only", Verdict::Flag, same_ip_address),
    ("Friend and Advocate Refer Each Other", Verdict::Flag, refer_each_other),
    // This check is always skipped because API calls don't include the customer's user agent.
    ("Matching by Combination of IP Address & User Agent", Verdict::Flag, |_| None),
];

/// Runs all fraud checks on a referral. Returns their results and the referral's initial status.
pub(super) fn examine(site: &Site, referral: &Referral) -> (FraudChecks, ReferralStatus) {
    let advocate = &site.people[referral.advocate];
    let before = site.origins.select(&advocate.history.origins).filter(|origin| origin.id != referral.origin);
    let sides = Sides {
        site,
        advocate,
        friend: &site.people[referral.friend],
        before: before.collect(),
        origin: &site.origins[referral.origin],
    };
    let mut fraud = FraudChecks::default();
    for (name, verdict, check) in CHECKS {
        let findings = match (check(&sides), verdict) {
            (None, _) => &mut fraud.skipped,
            (Some(false), _) => &mut fraud.passed,
            (Some(true), Verdict::Block) => &mut fraud.blocked,
            (Some(true), Verdict::Flag) => &mut fraud.flagged,
        };
        findings.push(*name);
    }
    let status = match (fraud.blocked.is_empty(), fraud.flagged.is_empty()) {
        (false, _) => ReferralStatus::Blocked,
        (true, false) => ReferralStatus::Flagged,
        (true, true) => ReferralStatus::Pending,
    };
    (fraud, status)
}

fn same_person(sides: &Sides<'_>) -> Option<bool> {
    let is_same_browser = sides
        .origin
        .visitor_uuid
        .as_ref()
        .is_some_and(|uuid| sides.before.iter().any(|origin| origin.visitor_uuid.as_ref() == Some(uuid)));
    let customers = sides.advocate.customer_id.as_ref().zip(sides.friend.customer_id.as_ref());
    let is_same_customer = customers.is_some_and(|(advocate, friend)| advocate == friend);
    Some(sides.advocate.id == sides.friend.id || is_same_customer || is_same_browser)
}

fn same_phone(sides: &Sides<'_>) -> Option<bool> {
    Some(sides.advocate.phone_number.as_ref()? == sides.friend.phone_number.as_ref()?)
}

/// Compares e-mail addresses while ignoring dots and plus suffixes, as many providers do.
fn similar_email(sides: &Sides<'_>) -> Option<bool> {
    let mailbox = |email: &str| {
        let (local, domain) = email.split_once('@')?;
        let local = local.split('+').next().unwrap_or_default().replace('.', "");
        Some(format!("{local}@{domain}"))
    };
    Some(mailbox(&sides.advocate.email)? == mailbox(&sides.friend.email)?)
}

fn same_shipping_address(sides: &Sides<'_>) -> Option<bool> {
    let normalized = |origin: &Origin| {
        let address = origin.shipping_address.as_ref()?;
        Some(address.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase())
    };
    same_value(sides, normalized)
}

fn same_ip_address(sides: &Sides<'_>) -> Option<bool> {
    same_value(sides, |origin| origin.ip_address.clone())
}

/// Returns whether one of the advocate's origins has the same value as the friend's origin.
fn same_value(sides: &Sides<'_>, value: impl Fn(&Origin) -> Option<String>) -> Option<bool> {
    let friends = value(sides.origin)?;
    let advocates: Vec<String> = sides.before.iter().filter_map(|origin| value(origin)).collect();
    (!advocates.is_empty()).then(|| advocates.contains(&friends))
}

fn refer_each_other(sides: &Sides<'_>) -> Option<bool> {
    let mut others = sides.site.referrals.select(&sides.friend.history.referrals_as_advocate);
    Some(others.any(|referral| referral.friend == sides.advocate.id))
}
