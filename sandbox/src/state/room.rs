//! How much a site may remember, so that nobody fills the machine's memory.

use axum::http::{Method, StatusCode};

use super::Site;
use crate::answer::Refusal;

/// What a record takes, apart from its longer texts.
const RECORD: usize = 1024;

impl Site {
    /// The bytes that its records may take.
    fn size(&self) -> usize {
        self.records().saturating_mul(RECORD).saturating_add(self.used).saturating_add(self.outbox.bytes())
    }

    /// Refuses so many records with so many bytes in all if they don't fit any more.
    pub(crate) fn has_room_for(&self, records: usize, bytes: usize) -> Result<(), Refusal> {
        let (most, more) = (self.most_bytes, records.saturating_mul(RECORD).saturating_add(bytes));
        if self.size().saturating_add(more) <= most {
            return Ok(());
        }
        let words = format!("The sandbox is full: its sites hold at most {most} bytes each. Start it anew.");
        Err(Refusal::new(StatusCode::INSUFFICIENT_STORAGE, words))
    }

    /// Does something that may store as many bytes, and remembers them if it stored any record.
    pub(crate) fn storing<T>(&mut self, bytes: usize, action: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.records();
        let done = action(self);
        if self.records() > before {
            self.used = self.used.saturating_add(bytes);
        }
        done
    }
}

/// Whether a request of this method may store anything.
pub(crate) fn stores(method: &Method) -> bool {
    !method.is_safe()
}
