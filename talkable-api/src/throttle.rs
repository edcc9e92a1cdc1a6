//! How the calls of one site slow down together when the API says 429.
//!
//! A 429 seen by one call closes a gate that all calls of the same client and site pass through. The pause behind it
//! doubles with each round of refusals from a second to a minute, with full jitter, and the first call that gets through
//! ends the growth. Time and randomness are arguments: nothing here sleeps, and the tests run on a clock of their own.
//!
//! ```
//! # use talkable_api::Client;
//! let client = Client::new("a-key-of-your-site", "my-store")?;
//! let same = client.clone();                  // slows down together with `client`
//! let other = client.for_site("my-store-eu"); // has a gate of its own
//! # Ok::<(), talkable_api::Error>(())
//! ```

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The longest first pause.
const FIRST: Duration = Duration::from_secs(1);

/// The longest pause of our own choice.
const CAP: Duration = Duration::from_secs(60);

/// How long one `Retry-After` may close the gate for everybody; more is taken for a mistake.
const LONGEST_OBEYED: Duration = Duration::from_secs(60 * 60);

/// The gate of one client and site.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Until when nobody sends, and over how long the waiting calls spread out after that.
    closed: Option<(Instant, Duration)>,
    /// When the gate was last closed.
    closed_at: Option<Instant>,
    /// How many rounds of refusals there were since the last success.
    rounds: u32,
}

impl Throttle {
    /// When a call that wants to send now may try, or none if it may send.
    ///
    /// `random`, from 0 to 1, spreads the calls that wait.
    pub(crate) fn opens(&self, now: Instant, random: f64) -> Option<Instant> {
        let (until, spread) = self.state().closed.filter(|(until, _)| now < *until)?;
        until.checked_add(spread.mul_f64(random))
    }

    /// Takes note of a 429 and gives the pause that it means for this call.
    ///
    /// A request that was sent before the gate closed tells nothing new: many are under way when the limit is reached,
    /// and all of them are refused.
    pub(crate) fn refused(&self, sent: Instant, now: Instant, retry_after: Option<Duration>, random: f64) -> Duration {
        let mut state = self.state();
        let is_news = state.closed_at.is_none_or(|closed_at| sent >= closed_at);
        let own = if is_news { pause(state.rounds).mul_f64(random) } else { Duration::ZERO };
        // The first time the server's own word is taken for it; if that was wrong, ours is the lower bound.
        let wanted = match retry_after {
            Some(asked) if state.rounds == 0 => asked,
            Some(asked) => asked.max(own),
            None => own,
        };
        if is_news {
            state.rounds = state.rounds.saturating_add(1);
            state.closed_at = Some(now);
        }
        let until = now + wanted.min(LONGEST_OBEYED);
        if state.closed.is_none_or(|(closed_until, _)| until > closed_until) {
            state.closed = Some((until, wanted.min(CAP) / 2));
        }
        wanted
    }

    /// Takes note of any other answer: the API has time for this site.
    pub(crate) fn accepted(&self, sent: Instant) {
        let mut state = self.state();
        if state.rounds > 0 && state.closed_at.is_none_or(|closed_at| sent >= closed_at) {
            state.rounds = 0;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code under the lock panics half-way through a change, so a poisoned state is as good as any.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The longest pause after a number of fruitless rounds.
fn pause(rounds: u32) -> Duration {
    2_u32.checked_pow(rounds).and_then(|factor| FIRST.checked_mul(factor)).unwrap_or(CAP).min(CAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn an_open_gate_lets_everybody_through() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        assert_eq!(throttle.opens(now, 1.0), None);
        throttle.accepted(now);
        assert_eq!(throttle.opens(now, 1.0), None);
    }

    #[test]
    fn pauses_double_from_a_second_to_a_minute_and_start_over_after_a_success() {
        let (throttle, mut now) = (Throttle::default(), Instant::now());
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert_eq!(throttle.refused(now, now, None, 1.0), SECOND * seconds);
            now += SECOND * seconds;
            assert_eq!(throttle.opens(now, 1.0), None);
        }
        throttle.accepted(now);
        assert_eq!(throttle.refused(now, now, None, 1.0), SECOND);
        assert_eq!(pause(u32::MAX), CAP);
    }

    #[test]
    fn jitter_is_full() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        assert_eq!(throttle.refused(now, now, None, 0.0), Duration::ZERO);
        assert_eq!(throttle.refused(now, now, None, 0.25), SECOND / 2);
    }

    #[test]
    fn refusals_of_one_round_count_once() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for step in 1..=12 {
            throttle.refused(now, now + SECOND * step / 100, None, 1.0);
        }
        let after = now + SECOND * 5;
        assert_eq!(throttle.refused(after, after, None, 1.0), SECOND * 2);
    }

    #[test]
    fn a_success_sent_before_the_gate_closed_proves_nothing() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        throttle.refused(now, now + SECOND, None, 1.0);
        throttle.accepted(now);
        let after = now + SECOND * 3;
        assert_eq!(throttle.refused(after, after, None, 1.0), SECOND * 2);
    }

    #[test]
    fn waiting_calls_spread_out_and_wait_again_if_the_gate_closes_again() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        throttle.refused(now, now, None, 1.0);
        assert_eq!(throttle.opens(now, 0.0), Some(now + SECOND));
        assert_eq!(throttle.opens(now, 1.0), Some(now + SECOND * 3 / 2));
        let later = now + SECOND;
        throttle.refused(later, later, None, 1.0);
        assert_eq!(throttle.opens(later + SECOND / 2, 0.0), Some(later + SECOND * 2));
    }

    #[test]
    fn the_word_of_the_server_is_taken_once_and_then_a_lower_bound() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        assert_eq!(throttle.refused(now, now, Some(Duration::ZERO), 1.0), Duration::ZERO);
        assert_eq!(throttle.refused(now, now, Some(Duration::ZERO), 1.0), SECOND * 2);
        let after = now + SECOND * 2;
        assert_eq!(throttle.refused(after, after, Some(SECOND * 30), 1.0), SECOND * 30);
    }

    #[test]
    fn an_absurd_word_of_the_server_does_not_close_the_gate_for_good() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        assert_eq!(throttle.refused(now, now, Some(Duration::MAX), 1.0), Duration::MAX);
        assert_eq!(throttle.opens(now, 0.0), Some(now + LONGEST_OBEYED));
    }
}
