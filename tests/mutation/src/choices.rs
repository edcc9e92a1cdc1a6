//! Random choices, made by bytes.
//!
//! ```
//! let mut choices = mutation::Choices::new(&[7, 2]);
//! assert_eq!(choices.below(5), 2);
//! assert_eq!(choices.pick(&["a", "b", "c"]), &"c");
//! assert_eq!(choices.below(5), 0, "no bytes are left");
//! ```

/// Choices that bytes make: the same bytes choose the same, and a changed byte changes one choice.
#[derive(Clone, Debug)]
pub struct Choices<'a> {
    rest: &'a [u8],
    wild: bool,
}

impl<'a> Choices<'a> {
    /// Choices by these bytes; when they are used up, the first of everything is chosen.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        // A hash of all bytes, FNV-1a, so that no breeding of single bytes can make all documents wild.
        let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self { rest: bytes, wild: (hash >> 32).is_multiple_of(4) }
    }

    /// Whether the document may become something else than a description.
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

    /// A number below a bound, or 0 if the bound is.
    pub fn below(&mut self, bound: usize) -> usize {
        let byte = usize::from(self.byte());
        let drawn = if bound > 256 { byte << 8 | usize::from(self.byte()) } else { byte };
        drawn.checked_rem(bound).unwrap_or_default()
    }

    /// True once in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) + 1 == times
    }

    /// One of the items.
    ///
    /// # Panics
    ///
    /// If there are none; the lists to choose from are ours.
    pub fn pick<'i, T>(&mut self, items: &'i [T]) -> &'i T {
        &items[self.below(items.len())]
    }
}
