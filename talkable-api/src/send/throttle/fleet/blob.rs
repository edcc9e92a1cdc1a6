//! The state of a fleet as JSON.
//!
//! Versions of this crate with the same format share a store. Each of them keeps the fields that it does not use.

use std::time::Duration;

use super::{CLOCK_TOLERANCE, Fleet, LONGEST_OBEYED};

/// The current format.
pub(super) const FORMAT: u32 = 1;

/// The error for a value in the store that this version can't use and must not replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::send::throttle) struct Unusable;

impl Fleet {
    pub(in crate::send::throttle) fn decode(blob: &[u8], now: Duration) -> Result<Self, Unusable> {
        let mut fleet: Self = serde_json::from_slice(blob).map_err(|_| Unusable)?;
        if fleet.format != FORMAT {
            return Err(Unusable);
        }
        fleet.follow_clock(now);
        fleet.pause_end = fleet.pause_end.min(now + LONGEST_OBEYED);
        Ok(fleet)
    }

    pub(in crate::send::throttle) fn encode(&self) -> Vec<u8> {
        // All values are finite numbers, text and maps with text keys, so this can't fail.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Moves all times back if the store's clock was moved back.
    pub(in crate::send::throttle) fn follow_clock(&mut self, now: Duration) {
        let ahead = self.written.saturating_sub(now);
        if ahead > CLOCK_TOLERANCE {
            self.move_back(ahead);
        }
    }

    fn move_back(&mut self, by: Duration) {
        let mut times = vec![&mut self.written, &mut self.pause_end, &mut self.cut_at];
        times.extend(self.rate.as_mut().map(|curve| &mut curve.since));
        times.extend(self.probe.as_mut().map(|probe| &mut probe.until));
        times.extend(self.epoch.as_mut().map(|epoch| &mut epoch.at));
        times.extend(self.members.values_mut().flat_map(|entry| [&mut entry.seen, &mut entry.counted]));
        for time in times {
            *time = time.saturating_sub(by);
        }
    }
}
