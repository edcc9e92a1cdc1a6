//! How long a server wants to be left alone.
//!
//! Three headers' worth of forms: milliseconds, seconds with or without a fraction, and a date in one of the three spellings
//! of HTTP. A date is held against the answer's own `Date`, so that it doesn't matter whether our clock is right.
//!
//! ```no_run
//! # async fn example(call: talkable_api::Call<String>) {
//! if let Err(talkable_api::Error::Throttled { retry_in, .. }) = call.await {
//!     eprintln!("the server, or our own count, asks for {retry_in:?}");
//! }
//! # }
//! ```

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};

use crate::send::throttle::FOREVER;

const MILLISECONDS: HeaderName = HeaderName::from_static("retry-after-ms");

/// What the server asks for, if it can be understood. Of several wishes the longest counts.
///
/// What is past or negative is none, and what is longer than can be held, or than a year, is a year: a wish to be left alone for
/// long is never taken for a short one, and any time can be added to what is told.
pub(crate) fn asked(headers: &HeaderMap) -> Option<Duration> {
    let milliseconds = headers.get_all(MILLISECONDS).iter().filter_map(|value| number(value, 1e-3)).max();
    let seconds = || headers.get_all(RETRY_AFTER).iter().filter_map(|value| seconds_or_date(value, headers)).max();
    milliseconds.or_else(seconds).map(|asked| asked.min(FOREVER))
}

fn seconds_or_date(value: &HeaderValue, headers: &HeaderMap) -> Option<Duration> {
    if let Some(seconds) = number(value, 1.0) {
        return Some(seconds);
    }
    let until = date(value)?;
    // A server that says no time is taken at our own.
    let from = headers.get(DATE).and_then(date).unwrap_or_else(SystemTime::now);
    Some(until.duration_since(from).unwrap_or_default())
}

fn number(value: &HeaderValue, unit: f64) -> Option<Duration> {
    let number: f64 = value.to_str().ok()?.trim().parse().ok()?;
    if number <= 0.0 {
        return Some(Duration::ZERO);
    }
    // What is not a number, infinite or too large can't be held.
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
    fn numbers_are_seconds() {
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
            assert_eq!(asked(&headers(&[(RETRY_AFTER, text)])), expected, "{text}");
        }
        assert_eq!(asked(&HeaderMap::new()), None);
    }

    #[test]
    fn dates_are_held_against_the_servers_own() {
        let check = |until: &str, date: &str, expected: Option<u64>| {
            let asked = asked(&headers(&[(RETRY_AFTER, until), (DATE, date)]));
            assert_eq!(asked, expected.map(Duration::from_secs), "{until} {date}");
        };
        // The server's clock stands in 1994, and it doesn't matter.
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
    fn without_a_time_of_the_servers_ours_must_do() {
        for date in [None, Some("yesterday")] {
            let mut headers = headers(&[(RETRY_AFTER, "Thu, 31 Dec 2099 23:59:59 GMT")]);
            headers.extend(date.map(|date| (DATE, date.parse().expect("a header"))));
            assert_eq!(asked(&headers), Some(FOREVER));
        }
        assert_eq!(asked(&headers(&[(RETRY_AFTER, "Sun, 06 Nov 1994 08:49:37 GMT")])), Some(Duration::ZERO));
    }

    #[test]
    fn milliseconds_come_first_and_of_several_the_longest() {
        let both = headers(&[(RETRY_AFTER, "7"), (MILLISECONDS, "1500")]);
        assert_eq!(asked(&both), Some(Duration::from_millis(1_500)));
        let unfit = headers(&[(RETRY_AFTER, "7"), (MILLISECONDS, "soon")]);
        assert_eq!(asked(&unfit), Some(Duration::from_secs(7)));
        let two = headers(&[(RETRY_AFTER, "7"), (RETRY_AFTER, "garbage"), (RETRY_AFTER, "9")]);
        assert_eq!(asked(&two), Some(Duration::from_secs(9)));
    }
}
