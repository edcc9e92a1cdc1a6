//! The time that a sandbox goes by.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

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
    /// When a clock that stands was started.
    standing_at: Option<DateTime<Utc>>,
    /// The milliseconds that it was put forward.
    forward: Arc<AtomicI64>,
}

impl Clock {
    /// A clock that goes with the machine's.
    pub fn system() -> Self {
        Self { standing_at: None, forward: Arc::default() }
    }

    /// A clock that shows this time until it is put forward.
    pub fn standing_at(time: DateTime<Utc>) -> Self {
        Self { standing_at: Some(time), forward: Arc::default() }
    }

    /// The time, to the millisecond.
    pub fn now(&self) -> DateTime<Utc> {
        let base = self.standing_at.unwrap_or_else(system_time);
        let forward = TimeDelta::milliseconds(self.forward.load(Ordering::Relaxed));
        base.checked_add_signed(forward).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// Puts the clock forward.
    pub fn advance(&self, duration: Duration) {
        let milliseconds = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        // Neither closure gives up, so there is no error to look at.
        let _ = self.forward.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |forward| {
            Some(forward.saturating_add(milliseconds))
        });
    }

    /// Whether it goes by itself.
    pub(crate) fn is_running(&self) -> bool {
        self.standing_at.is_none()
    }
}

fn system_time() -> DateTime<Utc> {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let milliseconds = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
    DateTime::from_timestamp_millis(milliseconds).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
