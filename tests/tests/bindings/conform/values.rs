//! Tests that all amounts and times round-trip.

use proptest::prelude::*;
use talkable_tests::conform::program::response;

/// Checks that a metric with the given JSON value round-trips.
fn check_amount(value: &str) -> Result<(), TestCaseError> {
    let body = format!(r#"{{"ok":true,"result":{{"plain":{value}}}}}"#);
    let report = response("calculateMetric", body.as_bytes()).map(|report| report.to_string());
    prop_assert_eq!(report.as_deref(), Some("ok"), "{}", value);
    Ok(())
}

/// Checks that a campaign that starts at the given time round-trips.
fn check_time(time: &str) -> Result<(), TestCaseError> {
    let campaign = format!(r#"{{"id":1,"live_period":{{"starts_at":"{time}","ends_at":null}}}}"#);
    let body = format!(r#"{{"ok":true,"result":{{"campaigns":[{campaign}]}}}}"#);
    let report = response("listCampaigns", body.as_bytes()).map(|report| report.to_string());
    prop_assert_eq!(report.as_deref(), Some("ok"), "{}", time);
    Ok(())
}

/// Generates amounts with at most `digits` digits. Some of the amounts are fractions.
fn amount(digits: u32) -> impl Strategy<Value = String> {
    (0..10_u64.pow(digits), 0..=digits, any::<bool>()).prop_map(move |(units, scale, negative)| {
        let text = format!("{units:0width$}", width = digits as usize + 1);
        let (whole, fraction) = text.split_at(text.len() - scale as usize);
        let whole = whole.trim_start_matches('0');
        let sign = if negative { "-" } else { "" };
        let whole = if whole.is_empty() { "0" } else { whole };
        if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    })
}

proptest! {
    #[test]
    fn amounts_of_fifteen_digits_round_trip_as_numbers(amount in amount(15)) {
        check_amount(&amount)?;
    }

    #[test]
    fn longer_amounts_round_trip_as_text(amount in amount(19)) {
        check_amount(&format!("\"{amount}\""))?;
    }

    #[test]
    fn times_round_trip_with_their_offset(
        (year, month, day) in (1970..2100, 1..=12, 1..=28),
        (hour, minute, second) in (0..24, 0..60, 0..60),
        fraction in "|\\.[0-9]{1,9}",
        zone in prop_oneof![Just("Z".to_owned()), "[+-](0[0-9]|1[0-3]):[0-5][05]"],
    ) {
        check_time(&format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}"))?;
    }
}
