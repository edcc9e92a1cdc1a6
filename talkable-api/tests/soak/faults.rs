//! The server's faults, and the resulting outcomes of calls.

/// The faults of the server. The fault for a request depends on the seed, the id of the call and the number of earlier requests in
/// that call, but not on the order of calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faults {
    seed: u64,
}

/// The outcome of a request. A call has the outcome of its last request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// A response with the id of the call.
    Found(usize),
    Status(u16),
    /// The connection is lost before or during the response.
    Interrupted,
    /// The server sends no response, or only half of it.
    Timeout,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The outcome of a request after `before` earlier requests of the same call.
    pub(crate) fn of_request(self, id: usize, before: usize) -> Outcome {
        match self.number(id, before) % 10_000 {
            0..=29 => Outcome::Status(429),
            30..=99 => Outcome::Status(400),
            100..=199 => Outcome::Status(503),
            200..=299 => Outcome::Status(500),
            300..=499 => Outcome::Interrupted,
            500..=509 => Outcome::Timeout,
            _ => Outcome::Found(id),
        }
    }

    /// Whether a fault occurs before the response rather than in the middle of it.
    pub(crate) fn is_early(self, id: usize, before: usize) -> bool {
        self.number(id, before) & 1 << 40 != 0
    }

    /// The outcome of a call and its number of requests.
    pub(crate) fn of_call(self, id: usize, is_safe: bool) -> (Outcome, usize) {
        let mut failures = 0;
        for before in 0.. {
            let outcome = self.of_request(id, before);
            let is_final = match outcome {
                Outcome::Status(429) => false,
                Outcome::Found(_) | Outcome::Status(400) => true,
                Outcome::Status(_) | Outcome::Interrupted | Outcome::Timeout => {
                    failures += 1;
                    !is_safe || failures == 3
                }
            };
            if is_final {
                return (outcome, before + 1);
            }
        }
        unreachable!("every call ends")
    }

    /// A pseudorandom number for a request, computed with the finalizer of SplitMix64.
    fn number(self, id: usize, before: usize) -> u64 {
        let place = u64::try_from(id * 1_000 + before).unwrap();
        let mut number = (self.seed << 48).wrapping_add(place).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ number >> 31
    }
}

#[test]
fn calls_that_are_not_safe_are_processed_once() {
    let faults = Faults::new(7);
    let mut failed = 0;
    for id in 0..100_000 {
        let (outcome, requests) = faults.of_call(id, false);
        let processed = (0..requests).filter(|before| faults.of_request(id, *before) != Outcome::Status(429)).count();
        assert_eq!(processed, 1, "{id}");
        failed += usize::from(!matches!(outcome, Outcome::Found(_)));
    }
    assert!((3_000..7_000).contains(&failed), "{failed}");
}
