//! Limits on reading bodies from the network. Anyone can send bodies, because they are authenticated only after they are read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The limits, and the memory in use. Clones share the memory.
#[derive(Clone, Debug)]
pub(super) struct BodyLimits {
    /// The maximum time to read one body.
    pub(super) timeout: Duration,
    /// The maximum memory for all bodies that are being read, in bytes.
    pub(super) memory: usize,
    used: Arc<AtomicUsize>,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(10), memory: 64 << 20, used: Arc::default() }
    }
}

impl BodyLimits {
    /// Reserves memory for a body, until the result is dropped. Returns `None` if the limit is exceeded.
    pub(super) fn reserve(&self, bytes: usize) -> Option<Reserved> {
        let fits = |used: usize| used.checked_add(bytes).filter(|used| *used <= self.memory);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).ok()?;
        Some(Reserved { used: Arc::clone(&self.used), bytes })
    }
}

/// Reserved memory.
#[derive(Debug)]
pub(super) struct Reserved {
    used: Arc<AtomicUsize>,
    bytes: usize,
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
