//! What the server does with each request, and what must therefore become of each call.

/// Decides by a seed, the call, and how often the server was asked for it; so it doesn't matter who comes first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dice {
    seed: u64,
}

/// What becomes of a request or, if it is the last of its call, of the call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fate {
    /// A good answer for that call.
    Good(usize),
    Status(u16),
    /// The connection breaks before or in the middle of the answer.
    Break,
    /// There is no answer, or half of one.
    Stall,
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// What becomes of a request of a call, of which there were some before.
    pub(crate) fn roll(self, id: usize, before: usize) -> Fate {
        match self.number(id, before) % 10_000 {
            0..=29 => Fate::Status(429),
            30..=99 => Fate::Status(400),
            100..=199 => Fate::Status(503),
            200..=299 => Fate::Status(500),
            300..=499 => Fate::Break,
            500..=509 => Fate::Stall,
            _ => Fate::Good(id),
        }
    }

    /// Whether it comes before the answer, and not in its middle.
    pub(crate) fn is_early(self, id: usize, before: usize) -> bool {
        self.number(id, before) & 1 << 40 != 0
    }

    /// What becomes of a call, and how often the server is asked for it.
    pub(crate) fn foresee(self, id: usize, is_safe: bool) -> (Fate, usize) {
        let mut failures = 0;
        for before in 0.. {
            let fate = self.roll(id, before);
            let is_final = match fate {
                Fate::Status(429) => false,
                Fate::Good(_) | Fate::Status(400) => true,
                Fate::Status(_) | Fate::Break | Fate::Stall => {
                    failures += 1;
                    !is_safe || failures == 3
                }
            };
            if is_final {
                return (fate, before + 1);
            }
        }
        unreachable!("no call is throttled for ever")
    }

    /// The finalizer of SplitMix64.
    fn number(self, id: usize, before: usize) -> u64 {
        let place = u64::try_from(id * 1_000 + before).unwrap();
        let mut number = (self.seed << 48).wrapping_add(place).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ number >> 31
    }
}

#[test]
fn a_call_that_is_not_safe_is_processed_once() {
    let dice = Dice::new(7);
    let mut faults = 0;
    for id in 0..100_000 {
        let (fate, asked) = dice.foresee(id, false);
        let processed = (0..asked).filter(|before| dice.roll(id, *before) != Fate::Status(429)).count();
        assert_eq!(processed, 1, "{id}");
        faults += usize::from(!matches!(fate, Fate::Good(_)));
    }
    assert!((3_000..7_000).contains(&faults), "{faults}");
}
