//! The clock of a sandbox.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Datelike as _, FixedOffset, SubsecRound as _, TimeDelta, Utc};
use tokio::sync::watch;

/// A clock that tests can advance. It is either frozen or follows the system clock.
///
/// Clones of a clock always show the same time.
#[derive(Clone, Debug)]
pub struct Clock {
    /// The time at which the clock was frozen. `None` means that it follows the system clock.
    frozen_at: Option<DateTime<Utc>>,
    /// The sum of all advances.
    offset: Arc<watch::Sender<TimeDelta>>,
}

impl Clock {
    /// Creates a clock that follows the system clock.
    pub fn system() -> Self {
        Self { frozen_at: None, offset: Arc::new(watch::Sender::new(TimeDelta::zero())) }
    }

    /// Creates a clock that shows the given time until it is advanced.
    pub fn frozen_at(time: DateTime<Utc>) -> Self {
        Self { frozen_at: Some(time), ..Self::system() }
    }

    /// Returns the current time, with millisecond precision.
    pub fn now(&self) -> DateTime<Utc> {
        let base = self.base();
        base.checked_add_signed(*self.offset.borrow()).unwrap_or(base)
    }

    /// Advances the clock. Jobs that become due run before the next request. Does nothing and returns false if
    /// the new time would be after the year 9999.
    pub fn advance(&self, duration: Duration) -> bool {
        let base = self.base();
        self.offset.send_if_modified(|offset| {
            let sum = TimeDelta::from_std(duration).ok().and_then(|duration| offset.checked_add(&duration));
            // The API's dates have four-digit years.
            let sum = sum.filter(|sum| base.checked_add_signed(*sum).is_some_and(|time| time.year() <= 9999));
            *offset = sum.unwrap_or(*offset);
            sum.is_some()
        })
    }

    pub(crate) fn is_frozen(&self) -> bool {
        self.frozen_at.is_some()
    }

    /// Returns a receiver that is notified of every advance.
    pub(crate) fn watch(&self) -> watch::Receiver<TimeDelta> {
        self.offset.subscribe()
    }

    fn base(&self) -> DateTime<Utc> {
        self.frozen_at.unwrap_or_else(|| DateTime::from(SystemTime::now()).trunc_subsecs(3))
    }
}

/// A clock that shows the time with a UTC offset.
#[derive(Clone, Debug)]
pub(crate) struct LocalClock {
    pub(crate) clock: Clock,
    pub(crate) utc_offset: FixedOffset,
}

impl Default for LocalClock {
    fn default() -> Self {
        let utc_offset = FixedOffset::west_opt(8 * 3600).expect("the offset is in range");
        Self { clock: Clock::system(), utc_offset }
    }
}

impl LocalClock {
    pub(crate) fn now(&self) -> DateTime<FixedOffset> {
        self.clock.now().with_timezone(&self.utc_offset)
    }
}
