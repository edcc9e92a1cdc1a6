//! Makes choices that depend only on the given bytes.
//!
//! ```
//! let mut choices = mutation::Choices::new(&[7, 2]);
//! assert_eq!(choices.below(5), 2);
//! assert_eq!(choices.pick(&["a", "b", "c"]), &"c");
//! assert_eq!(choices.below(5), 0, "no bytes are left");
//! ```

/// A source of choices that depend only on the given bytes. Changing one byte changes one choice.
#[derive(Clone, Debug)]
pub struct Choices<'a> {
    rest: &'a [u8],
    wild: bool,
}

impl<'a> Choices<'a> {
    /// Creates a source from the given bytes. Once all bytes are used, every choice returns the first option.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        // An FNV-1a hash of all bytes decides whether mutations may produce invalid descriptions. If a single byte decided, the
        // fuzzer could learn to always produce invalid descriptions.
        let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self { rest: bytes, wild: (hash >> 32).is_multiple_of(4) }
    }

    /// Returns whether mutations may turn the document into an invalid description.
    #[must_use]
    pub fn wild(&self) -> bool {
        self.wild
    }

    /// Returns whether any bytes are left.
    #[must_use]
    pub fn more(&self) -> bool {
        !self.rest.is_empty()
    }

    /// Returns the next byte, or 0 if no bytes are left.
    pub fn byte(&mut self) -> u8 {
        match self.rest.split_first() {
            Some((first, rest)) => {
                self.rest = rest;
                *first
            }
            None => 0,
        }
    }

    /// Returns a number below a bound, or 0 if the bound is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let byte = usize::from(self.byte());
        let drawn = if bound > 256 { byte << 8 | usize::from(self.byte()) } else { byte };
        drawn.checked_rem(bound).unwrap_or_default()
    }

    /// Returns `true` for one in `times` calls, on average.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) + 1 == times
    }

    /// Returns one of the items.
    ///
    /// # Panics
    ///
    /// Panics if `items` is empty.
    pub fn pick<'i, T>(&mut self, items: &'i [T]) -> &'i T {
        &items[self.below(items.len())]
    }
}
