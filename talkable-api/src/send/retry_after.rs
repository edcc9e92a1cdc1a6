//! Parsing of `Retry-After`, in seconds or as a date, and of `Retry-After-Ms`.
//!
//! A date is compared with the `Date` header of the same response, so the local clock does not matter.

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};

use super::FOREVER;

const MILLISECONDS: HeaderName = HeaderName::from_static("retry-after-ms");

/// Returns the pause requested by the headers, or `None` if no header is valid. `Retry-After-Ms` takes precedence over
/// `Retry-After`. If a header occurs several times, the longest pause counts.
///
/// A negative pause counts as zero. A pause that is longer than a year or not representable counts as a year.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let milliseconds = headers.get_all(MILLISECONDS).iter().filter_map(|value| number(value, 1e-3)).max();
    let seconds = || headers.get_all(RETRY_AFTER).iter().filter_map(|value| seconds_or_date(value, headers)).max();
    milliseconds.or_else(seconds).map(|pause| pause.min(FOREVER))
}

fn seconds_or_date(value: &HeaderValue, headers: &HeaderMap) -> Option<Duration> {
    if let Some(seconds) = number(value, 1.0) {
        return Some(seconds);
    }
    let until = date(value)?;
    let from = headers.get(DATE).and_then(date).unwrap_or_else(SystemTime::now);
    Some(until.duration_since(from).unwrap_or_default())
}

fn number(value: &HeaderValue, unit: f64) -> Option<Duration> {
    let number: f64 = value.to_str().ok()?.trim().parse().ok()?;
    if number <= 0.0 {
        return Some(Duration::ZERO);
    }
    // A `Duration` cannot represent NaN, infinity or very large numbers.
    Some(Duration::try_from_secs_f64(number * unit).unwrap_or(FOREVER))
}

fn date(value: &HeaderValue) -> Option<SystemTime> {
    httpdate::parse_http_date(value.to_str().ok()?.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, text) in pairs {
            headers.append(name, text.parse().expect("a header"));
        }
        headers
    }

    #[test]
    fn reads_numbers_as_seconds() {
        for (text, expected) in [
            ("0", Some(Duration::ZERO)),
            (" 120 ", Some(Duration::from_secs(120))),
            ("1.5", Some(Duration::from_millis(1_500))),
            ("1e7", Some(Duration::from_secs(10_000_000))),
            ("+5", Some(Duration::from_secs(5))),
            ("-5", Some(Duration::ZERO)),
            ("-inf", Some(Duration::ZERO)),
            ("inf", Some(FOREVER)),
            ("nan", Some(FOREVER)),
            ("1e400", Some(FOREVER)),
            ("9999999999999999999999999999999999999999", Some(FOREVER)),
            ("", None),
            ("soon", None),
            ("5 seconds", None),
            ("0x10", None),
            ("é", None),
        ] {
            assert_eq!(retry_after(&headers(&[(RETRY_AFTER, text)])), expected, "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn compares_dates_with_the_servers_clock() {
        let check = |until: &str, date: &str, expected: Option<u64>| {
            let pause = retry_after(&headers(&[(RETRY_AFTER, until), (DATE, date)]));
            assert_eq!(pause, expected.map(Duration::from_secs), "{until} {date}");
        };
        // The server's clock is wrong by decades, but the pauses are correct.
        let now = "Sun, 06 Nov 1994 08:49:37 GMT";
        check("Sun, 06 Nov 1994 08:50:37 GMT", now, Some(60));
        check("Sunday, 06-Nov-94 08:50:37 GMT", now, Some(60));
        check("Sun Nov  6 08:50:37 1994", now, Some(60));
        check("Sun, 06 Nov 1994 08:49:30 GMT", now, Some(0));
        check("Thu, 31 Dec 2099 23:59:59 GMT", now, Some(FOREVER.as_secs()));
        check("Sun, 06 Nov 1994 08:50:37 +0000", now, None);
        check("Sun, 06 Nov 1994", now, None);
    }

    #[test]
    fn uses_the_local_clock_without_a_date_header() {
        for date in [None, Some("yesterday")] {
            let mut headers = headers(&[(RETRY_AFTER, "Thu, 31 Dec 2099 23:59:59 GMT")]);
            headers.extend(date.map(|date| (DATE, date.parse().expect("a header"))));
            assert_eq!(retry_after(&headers), Some(FOREVER));
        }
        assert_eq!(retry_after(&headers(&[(RETRY_AFTER, "Sun, 06 Nov 1994 08:49:37 GMT")])), Some(Duration::ZERO));
    }

    #[test]
    fn prefers_milliseconds_and_the_longest_value() {
        let both = headers(&[(RETRY_AFTER, "7"), (MILLISECONDS, "1500")]);
        assert_eq!(retry_after(&both), Some(Duration::from_millis(1_500)));
        let invalid = headers(&[(RETRY_AFTER, "7"), (MILLISECONDS, "soon")]);
        assert_eq!(retry_after(&invalid), Some(Duration::from_secs(7)));
        let two = headers(&[(RETRY_AFTER, "7"), (RETRY_AFTER, "garbage"), (RETRY_AFTER, "9")]);
        assert_eq!(retry_after(&two), Some(Duration::from_secs(9)));
    }
}
