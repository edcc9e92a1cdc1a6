//! Fraud checks, which compare a referral's advocate and friend.

use crate::state::{FraudCheck, FraudChecks, Origin, ReferralStatus, Site};

#[derive(Clone, Copy)]
enum Verdict {
    Block,
    Flag,
}

/// Runs all fraud checks on a friend's purchase or event. Returns their results and the referral's initial status.
pub(super) fn examine(site: &Site, advocate: u64, origin: u64) -> (FraudChecks, ReferralStatus) {
    let origin = &site.origins[origin];
    let (advocate, friend) = (&site.people[advocate], &site.people[origin.person]);
    let origins = site.origins.select(&advocate.history.origins);
    let earlier: Vec<&Origin> = origins.filter(|earlier| earlier.id != origin.id).collect();
    let mut referrals = site.referrals.select(&friend.history.referrals_as_advocate);
    let refer_each_other = referrals.any(|referral| referral.friend == advocate.id);
    let is_same_phone = equal(advocate.phone_number.as_ref(), friend.phone_number.as_ref());
    let browsers: Vec<&String> = earlier.iter().filter_map(|origin| origin.visitor_uuid.as_ref()).collect();
    let is_same_person = advocate.id == friend.id
        || equal(advocate.customer_id.as_ref(), friend.customer_id.as_ref()) == Some(true)
        || origin.visitor_uuid.as_ref().is_some_and(|browser| browsers.contains(&browser));

    // A check's finding is `None` if there is no data to compare.
    let checks = [
        (FraudCheck::SamePerson, Verdict::Block, Some(is_same_person)),
        (FraudCheck::SamePhoneNumber, Verdict::Block, is_same_phone),
        (FraudCheck::SimilarEmail, Verdict::Flag, equal(mailbox(&advocate.email), mailbox(&friend.email))),
        (FraudCheck::SameShippingAddress, Verdict::Flag, has_value_of(&earlier, origin, shipping_address)),
        (FraudCheck::SameIpAddress, Verdict::Flag, has_value_of(&earlier, origin, |it| it.ip_address.clone())),
        (FraudCheck::MutualReferral, Verdict::Flag, Some(refer_each_other)),
        // This check is always skipped because API calls don't include the customer's user agent.
        (FraudCheck::SameBrowser, Verdict::Flag, None),
    ];
    let mut fraud = FraudChecks::default();
    for (check, verdict, finding) in checks {
        let found = match (finding, verdict) {
            (None, _) => &mut fraud.skipped,
            (Some(false), _) => &mut fraud.passed,
            (Some(true), Verdict::Block) => &mut fraud.blocked,
            (Some(true), Verdict::Flag) => &mut fraud.flagged,
        };
        found.push(check);
    }
    let status = match (fraud.blocked.is_empty(), fraud.flagged.is_empty()) {
        (false, _) => ReferralStatus::Blocked,
        (true, false) => ReferralStatus::Flagged,
        (true, true) => ReferralStatus::Pending,
    };
    (fraud, status)
}

fn equal<T: PartialEq>(advocates: Option<T>, friends: Option<T>) -> Option<bool> {
    Some(advocates? == friends?)
}

/// Returns whether one of the advocate's origins has the same value as the friend's origin, or `None` if either side has
/// no value.
fn has_value_of(advocates: &[&Origin], friends: &Origin, value: fn(&Origin) -> Option<String>) -> Option<bool> {
    let friends = value(friends)?;
    let advocates: Vec<String> = advocates.iter().filter_map(|origin| value(origin)).collect();
    (!advocates.is_empty()).then(|| advocates.contains(&friends))
}

/// Returns an e-mail address without the dots and the plus suffix that many providers ignore. Returns `None` if the
/// address contains no `@`.
fn mailbox(email: &str) -> Option<String> {
    let (local, domain) = email.split_once('@')?;
    Some(format!("{}@{domain}", local.split('+').next()?.replace('.', "")))
}

fn shipping_address(origin: &Origin) -> Option<String> {
    let address = origin.shipping_address.as_ref()?;
    Some(address.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase())
}
