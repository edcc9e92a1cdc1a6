//! The time that a sandbox goes by.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

/// The time of a sandbox. It can be put forward, and it can stand still otherwise.
///
/// Clones are the same clock.
///
/// ```
/// use std::time::Duration;
/// use chrono::DateTime;
/// use talkable_sandbox::Clock;
///
/// # fn main() -> Result<(), chrono::ParseError> {
/// let start = DateTime::parse_from_rfc3339("2026-01-02T03:04:05Z")?;
/// let clock = Clock::standing_at(start.into());
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now().to_rfc3339(), "2026-01-02T03:05:05+00:00");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Clock {
    /// What a clock shows that does not run.
    standing_at: Option<DateTime<Utc>>,
    /// By how much it was put forward. Whoever waits for the time watches this.
    forward: Arc<watch::Sender<TimeDelta>>,
}

impl Clock {
    /// A clock that goes with the machine's.
    pub fn system() -> Self {
        Self { standing_at: None, forward: Arc::new(watch::Sender::new(TimeDelta::zero())) }
    }

    /// A clock that shows this time until it is put forward.
    pub fn standing_at(time: DateTime<Utc>) -> Self {
        Self { standing_at: Some(time), ..Self::system() }
    }

    /// The time, to the millisecond.
    pub fn now(&self) -> DateTime<Utc> {
        let base = self.standing_at.unwrap_or_else(system_time);
        base.checked_add_signed(*self.forward.borrow()).unwrap_or(base)
    }

    /// Puts the clock forward. What is due then happens soon, and before the next request is answered. A clock can't be put
    /// beyond the year 9999.
    pub fn advance(&self, duration: Duration) {
        self.try_advance(duration);
    }

    /// The same; false if that would be too far, and the clock stays where it is.
    pub(crate) fn try_advance(&self, duration: Duration) -> bool {
        let base = self.standing_at.unwrap_or_else(system_time);
        self.forward.send_if_modified(|forward| {
            let sum = TimeDelta::from_std(duration).ok().and_then(|duration| forward.checked_add(&duration));
            let within = sum.filter(|sum| base.checked_add_signed(*sum).is_some_and(|time| time < end_of_time()));
            *forward = within.unwrap_or(*forward);
            within.is_some()
        })
    }

    /// Whether it goes by itself.
    pub(crate) fn is_running(&self) -> bool {
        self.standing_at.is_none()
    }

    /// Tells whenever the clock is put forward.
    pub(crate) fn watch(&self) -> watch::Receiver<TimeDelta> {
        self.forward.subscribe()
    }
}

/// Years of more digits have no place in the API's dates.
fn end_of_time() -> DateTime<Utc> {
    DateTime::from_timestamp(253_402_300_800, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn system_time() -> DateTime<Utc> {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let milliseconds = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
    DateTime::from_timestamp_millis(milliseconds).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
