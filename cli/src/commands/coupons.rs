//! `talkable coupons check`: explains whether a coupon can be used.

use clap::{Arg, ArgMatches, Command};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{reject_empty, required, runtime};
use crate::failure::{Exit, Result};
use crate::output::{Output, local_time};
use crate::profile::{Access, site};
use crate::request::Prepared;
use crate::session::Session;

const FIND: &str = "findCoupon";
const PERMISSION: &str = "checkIfGivenCouponCodeBelongsToGivenPerson";

/// The checks of a permission, and the reason why a coupon can't be used if a check is true.
const CHECKS: [(&str, &str); 5] = [
    ("coupon_unissued", "it has not been issued to anyone"),
    ("different_owner", "it was issued to another person"),
    ("coupon_expired", "it has expired"),
    ("friend_offer_expired", "the friend's offer has expired"),
    ("coupon_used", "it has already been used"),
];

const DETAILS: &str = "\
Says whether a coupon can be used, and why not. If it can't be used, the exit code is 1. `talkable coupons check-permission` prints \
the response of the API instead, which permits the use of unknown codes.";

pub(super) fn build(command: Command) -> Command {
    command
        .long_about(DETAILS)
        .arg(
            Arg::new("code")
                .value_name("CODE")
                .required(true)
                .help("The code of the coupon; surrounding spaces are ignored"),
        )
        .arg(Arg::new("email").long("email").value_name("EMAIL").help("Check whether this person can use the coupon"))
        .after_help("Example:\n  talkable coupons check TK-4AMB7F8Q --email jane@example.com")
}

pub(super) fn run(matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    let output = Output::new(matches, session)?;
    let text = |name| matches.get_one::<String>(name).cloned();
    // A code that is copied from an e-mail often has surrounding spaces.
    let code = text("code").unwrap_or_default().trim().to_owned();
    reject_empty(&code, "<CODE>")?;
    let email = text("email");
    email.as_ref().map_or(Ok(()), |email| reject_empty(email, "--email"))?;
    let (operation, path) = match &email {
        Some(email) => (required(PERMISSION)?, vec![code.clone(), email.clone()]),
        None => (required(FIND)?, vec![code.clone()]),
    };
    let fields: Vec<_> = ["usable", "verdict"].into_iter().chain(operation.fields()).collect();
    output.check_columns(&fields)?;
    let request = Prepared { path, ..Prepared::empty(operation) };
    site(matches)?;
    let access = Access::resolve(matches, session)?;
    let value = runtime()?.block_on(async {
        request.call(&access.client()?)?.await.map_err(|error| access.target.failure_of(&error, &request.path))
    })?;
    let (is_usable, words) = verdict(&code, email.as_deref(), &value, &session.time_zone());
    let mut result = json!({"usable": is_usable, "verdict": words});
    if let (Some(result), Value::Object(fields)) = (result.as_object_mut(), value) {
        result.extend(fields);
    }
    if output.is_table() && !matches.contains_id("columns") {
        writeln!(session.output, "{words}")?;
    } else {
        output.print_value(&result, session)?;
    }
    Ok(if is_usable { Exit::Success } else { Exit::Rejected })
}

/// Returns whether the coupon can be used, and the explanation.
fn verdict(code: &str, email: Option<&str>, value: &Value, zone: &TimeZone) -> (bool, String) {
    let flag = |pointer: &str| value.pointer(pointer).and_then(Value::as_bool);
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
    let description = match (text("/coupon/description"), text("/coupon/valid_until")) {
        (Some(description), Some(until)) => {
            // Tables also show local times.
            let until = local_time(until, zone).unwrap_or_else(|| until.to_owned());
            format!(" ({description}, valid until {})", until.get(..10).unwrap_or(&until))
        }
        (Some(description), None) => format!(" ({description})"),
        _ => String::new(),
    };
    let owner = text("/associated_reward/person/email");
    // For an unknown code, the API responds that any person is allowed to use it.
    if flag("/talkable_coupon") == Some(false) {
        return (false, format!("no: Talkable has no coupon {code}"));
    }
    if let (Some(email), Some(is_allowed)) = (email, flag("/allowed")) {
        if is_allowed {
            return (true, format!("yes: {email} can use {code}{description}"));
        }
        let reasons = CHECKS.iter().filter(|(check, _)| flag(&format!("/checks/{check}")) == Some(true));
        let reasons = reasons.map(|(check, words)| match owner {
            Some(owner) if *check == "different_owner" => format!("it was issued to {owner}"),
            _ => (*words).to_owned(),
        });
        let reasons: Vec<_> = reasons.collect();
        let reason = match (reasons.is_empty(), text("/error_message")) {
            (false, _) => reasons.join(", and "),
            (true, Some(message)) => message.to_owned(),
            (true, None) => "the API did not give a reason".to_owned(),
        };
        return (false, format!("no: {email} can't use {code}{description}: {reason}"));
    }
    if value.get("coupon").and_then(Value::as_object).is_none_or(serde_json::Map::is_empty) {
        return (false, format!("no: Talkable has no coupon {code}"));
    }
    if flag("/coupon/used") == Some(true) {
        return (false, format!("no: {code}{description} has already been used"));
    }
    if flag("/coupon/active") == Some(false) {
        return (false, format!("no: {code}{description} is not active"));
    }
    let owner = owner.map(|owner| format!("; it belongs to {owner}"));
    (true, format!("yes: {code}{description} can be used{}", owner.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explains_refusals() {
        let zone = TimeZone::posix("EST5").expect("a zone");
        let value = json!({"allowed": false, "checks": {"different_owner": true, "coupon_used": true}, "coupon": {}});
        let expected = "no: a@b.c can't use X: it was issued to another person, and it has already been used";
        assert_eq!(verdict("X", Some("a@b.c"), &value, &zone), (false, expected.to_owned()));
        let value = json!({"allowed": true, "talkable_coupon": false});
        assert_eq!(verdict("X", Some("a@b.c"), &value, &zone), (false, "no: Talkable has no coupon X".to_owned()));
        assert_eq!(
            verdict("X", None, &json!({"coupon": {}}), &zone),
            (false, "no: Talkable has no coupon X".to_owned())
        );
        let value = json!({"coupon": {"used": false, "active": true, "description": "10%", "valid_until": "2026-03-31T00:00:00Z"}});
        assert_eq!(
            verdict("X", None, &value, &zone),
            (true, "yes: X (10%, valid until 2026-03-30) can be used".to_owned())
        );
    }
}
