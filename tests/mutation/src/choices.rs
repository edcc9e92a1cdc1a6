//! Random choices from bytes.
//!
//! ```
//! let mut choices = mutation::Choices::new(&[7, 2]);
//! assert_eq!(choices.below(5), 2);
//! assert_eq!(choices.pick(&["a", "b", "c"]), &"c");
//! assert_eq!(choices.below(5), 0, "no bytes are left");
//! ```

/// Choices from bytes. The same bytes make the same choices, and a changed byte changes one choice.
#[derive(Clone, Debug)]
pub struct Choices<'a> {
    rest: &'a [u8],
    wild: bool,
}

impl<'a> Choices<'a> {
    /// Choices from these bytes. When they are used up, every choice is the first.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        // An FNV-1a hash of all bytes, so that evolving a single byte cannot make all documents wild.
        let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self { rest: bytes, wild: (hash >> 32).is_multiple_of(4) }
    }

    /// Whether the document may become an invalid description.
    #[must_use]
    pub fn wild(&self) -> bool {
        self.wild
    }

    /// Whether there are bytes left.
    #[must_use]
    pub fn more(&self) -> bool {
        !self.rest.is_empty()
    }

    /// One byte.
    pub fn byte(&mut self) -> u8 {
        match self.rest.split_first() {
            Some((first, rest)) => {
                self.rest = rest;
                *first
            }
            None => 0,
        }
    }

    /// A number below a bound, or 0 if the bound is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let byte = usize::from(self.byte());
        let drawn = if bound > 256 { byte << 8 | usize::from(self.byte()) } else { byte };
        drawn.checked_rem(bound).unwrap_or_default()
    }

    /// True once in a number of times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) + 1 == times
    }

    /// One of the items.
    ///
    /// # Panics
    ///
    /// If there are none.
    pub fn pick<'i, T>(&mut self, items: &'i [T]) -> &'i T {
        &items[self.below(items.len())]
    }
}
