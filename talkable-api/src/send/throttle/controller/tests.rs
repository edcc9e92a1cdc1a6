//! Tests for the controller: invariants under random events, and scenarios step by step.

use proptest::prelude::*;

use super::*;

/// A random event.
#[derive(Clone, Debug)]
enum Step {
    Enter,
    Join(u64),
    Ask,
    Leave(prop::sample::Index),
    End(prop::sample::Index, End),
    Pass(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let retry_after = prop_oneof![Just(None), (0_u64..100_000).prop_map(Some), Just(Some(u64::MAX))];
    let refused =
        retry_after.prop_map(|retry_after| End::Refused { retry_after: retry_after.map(Duration::from_millis) });
    let end = prop_oneof![4 => Just(End::Accepted), 3 => refused, 1 => Just(End::Lost)];
    let step = prop_oneof![
        3 => Just(Step::Enter),
        3 => (0_u64..10_000).prop_map(Step::Join),
        4 => Just(Step::Ask),
        1 => any::<prop::sample::Index>().prop_map(Step::Leave),
        4 => (any::<prop::sample::Index>(), end).prop_map(|(index, end)| Step::End(index, end)),
        3 => (0_u64..2_000).prop_map(Step::Pass),
    ];
    proptest::collection::vec(step, 0..400)
}

/// A controller and a model of its state.
struct Model {
    controller: Controller<()>,
    now: Duration,
    in_flight: Vec<(Sent, Duration)>,
    waiting: Vec<Ticket>,
    /// The latest end of a pause requested by the server, ignoring stale 429s.
    closed: Duration,
    last_refusal: Option<Duration>,
}

impl Model {
    fn new() -> Self {
        Self {
            controller: Controller::new(Limits::default()),
            now: Duration::ZERO,
            in_flight: Vec::new(),
            waiting: Vec::new(),
            closed: Duration::ZERO,
            last_refusal: None,
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Enter => {
                if let Some(sent) = self.controller.enter(self.now) {
                    assert!(self.waiting.is_empty(), "a new call passed waiting calls");
                    self.sent(sent);
                }
            }
            Step::Join(began) => self.waiting.push(self.controller.join(Duration::from_millis(began), ())),
            Step::Ask => {
                for ticket in self.waiting.clone() {
                    self.ask(ticket);
                }
            }
            Step::Leave(index) if !self.waiting.is_empty() => {
                let ticket = self.waiting.swap_remove(index.index(self.waiting.len()));
                assert!(self.controller.queue.leave(ticket).is_some());
                assert!(self.controller.queue.leave(ticket).is_none());
            }
            Step::End(index, end) if !self.in_flight.is_empty() => {
                let (sent, at) = self.in_flight.swap_remove(index.index(self.in_flight.len()));
                self.end(sent, at, end);
            }
            Step::Pass(milliseconds) => self.now += Duration::from_millis(milliseconds),
            Step::Leave(_) | Step::End(..) => {}
        }
        let status = self.controller.status(self.now);
        assert_eq!((status.in_flight, status.waiting), (self.in_flight.len(), self.waiting.len()));
    }

    fn ask(&mut self, ticket: Ticket) -> Turn {
        let turn = self.controller.turn(ticket, self.now);
        match turn {
            Turn::Go(sent) => {
                assert_eq!(Some(&ticket), self.waiting.iter().min(), "the first call is not the oldest");
                self.waiting.retain(|other| *other != ticket);
                self.sent(sent);
            }
            Turn::At(at) => assert!(at > self.now, "the next slot is in the past"),
            Turn::Wait => {}
        }
        turn
    }

    fn sent(&mut self, sent: Sent) {
        assert!(self.now >= self.closed, "a request was sent during a pause");
        self.in_flight.push((sent, self.now));
    }

    fn end(&mut self, sent: Sent, at: Duration, end: End) {
        self.controller.ended(sent, self.now, end, 0.0);
        if let End::Refused { retry_after } = end
            && self.last_refusal.is_none_or(|last| at > last)
        {
            self.last_refusal = Some(self.now);
            let retry_after = retry_after.unwrap_or_default().min(Duration::from_secs(60 * 60));
            self.closed = self.closed.max(self.now + retry_after);
        }
    }

    /// Accepts all requests, and asserts that all waiting calls are sent.
    fn drain(mut self) {
        self.now += Duration::from_secs(2 * 60 * 60);
        while !self.waiting.is_empty() || !self.in_flight.is_empty() {
            for (sent, at) in std::mem::take(&mut self.in_flight) {
                self.end(sent, at, End::Accepted);
            }
            let Some(first) = self.waiting.iter().min().copied() else { continue };
            match self.ask(first) {
                Turn::Go(_) => {}
                Turn::At(at) => {
                    assert!(at < self.now + Duration::from_secs(60 * 60), "a call waits forever");
                    self.now = at;
                }
                Turn::Wait => assert!(!self.in_flight.is_empty(), "a call waits without a reason"),
            }
        }
        let status = self.controller.status(self.now);
        assert_eq!((status.in_flight, status.waiting), (0, 0));
    }
}

proptest! {
    #[test]
    fn obeys_pauses_and_sends_all_calls_in_order(steps in steps()) {
        let mut model = Model::new();
        for step in steps {
            model.take(step);
        }
        model.drain();
    }
}

/// Sends requests, as fast as the controller allows, to a token bucket whose capacity is the number of tokens added per
/// second. Returns how many requests were accepted and how many were refused.
fn load(controller: &mut Controller<()>, from: u64, seconds: u64, limit: f64) -> (u32, u32) {
    let (mut accepted, mut refused, mut tokens) = (0, 0, limit);
    for millisecond in from * 1000..(from + seconds) * 1000 {
        let now = Duration::from_millis(millisecond);
        tokens = (tokens + limit / 1000.0).min(limit);
        let Some(sent) = controller.enter(now) else { continue };
        if tokens >= 1.0 {
            tokens -= 1.0;
            accepted += 1;
            controller.ended(sent, now, End::Accepted, 0.5);
        } else {
            refused += 1;
            controller.ended(sent, now, End::Refused { retry_after: None }, 0.5);
        }
    }
    (accepted, refused)
}

#[test]
fn learns_a_limit_and_adapts_to_changes() {
    let mut controller = Controller::new(Limits::default());
    for (from, limit) in [(0, 20.0), (60, 5.0), (120, 50.0)] {
        let (accepted, refused) = load(&mut controller, from, 60, limit);
        let ideal = limit * 60.0;
        assert!(f64::from(accepted) > 0.85 * ideal, "{limit}: {accepted}");
        assert!(f64::from(refused) < 0.12 * ideal, "{limit}: {refused}");
        let pace = controller.status(Duration::from_secs(from + 60)).pace.expect("a limit was learned");
        assert!((0.7 * limit..2.0 * limit).contains(&pace), "{limit}: {pace}");
    }
}

#[test]
fn pauses_grow_to_the_cap_with_jitter() {
    for (random, factor) in [(0.0, 0.5), (0.5, 1.0), (1.0, 1.5)] {
        let mut controller = Controller::<()>::new(Limits::default());
        let mut now = Duration::ZERO;
        for number in 0..30 {
            let sent = controller.enter(now).expect("a slot is free");
            controller.ended(sent, now, End::Refused { retry_after: None }, random);
            let pause = controller.opens(now).saturating_sub(now);
            // From the second pause on, the throttle's initial rate of one request per second sets a minimum of one
            // second.
            let least = if number == 0 { 0.0 } else { 1.0 };
            let expected = (0.25 * 1.5_f64.powi(number) * factor).min(60.0).max(least);
            assert!((pause.as_secs_f64() - expected).abs() < 1e-3, "{number}: {pause:?}, not {expected}");
            now += pause;
        }
    }
}

#[test]
fn concurrent_429s_count_once() {
    let mut controller = Controller::<()>::new(Limits::default());
    let round: Vec<_> = (0..16).map(|_| controller.enter(Duration::ZERO).expect("a slot is free")).collect();
    assert_eq!(controller.enter(Duration::ZERO), None);
    let now = Duration::from_millis(100);
    for sent in round {
        controller.ended(sent, now, End::Refused { retry_after: None }, 0.5);
    }
    assert_eq!(controller.opens(now), now + Duration::from_millis(250));
    assert_eq!(controller.status(now).refused, 16);
}

#[test]
fn an_excessive_retry_after_is_capped_at_an_hour() {
    let mut controller = Controller::<()>::new(Limits::default());
    let sent = controller.enter(Duration::ZERO).expect("a slot is free");
    controller.ended(sent, Duration::ZERO, End::Refused { retry_after: Some(Duration::MAX) }, 0.5);
    assert_eq!(controller.opens(Duration::ZERO), Duration::from_secs(60 * 60));
}

#[test]
fn an_idle_night_does_not_change_the_rate() {
    let mut controller = Controller::<()>::new(Limits::default());
    load(&mut controller, 0, 60, 5.0);
    let morning = Duration::from_secs(60 * 60 * 12);
    let sent = controller.enter(morning).expect("a slot is free");
    controller.ended(sent, morning, End::Accepted, 0.5);
    let pace = controller.status(morning).pace.expect("a limit was learned");
    assert!(pace < 10.0, "{pace}");
}

#[test]
fn a_quiet_night_before_the_first_429_does_not_lower_the_rate() {
    let mut controller = Controller::<()>::new(Limits::default());
    let sent = controller.enter(Duration::ZERO).expect("a slot is free");
    controller.ended(sent, Duration::ZERO, End::Accepted, 0.5);
    let (accepted, _) = load(&mut controller, 60 * 60 * 12, 10, 20.0);
    assert!(accepted > 180, "{accepted}");
}

#[test]
fn a_hanging_request_does_not_block_probes() {
    let mut controller = Controller::<()>::new(Limits::default());
    let _hangs = controller.enter(Duration::ZERO).expect("a slot is free");
    let mut now = Duration::ZERO;
    for _ in 0..3 {
        let sent = controller.enter(now).expect("a slot is free");
        controller.ended(sent, now, End::Refused { retry_after: None }, 0.5);
        now = controller.opens(now);
    }
    let sent = controller.enter(now).expect("a slot is free");
    now += Duration::from_secs(39);
    assert_eq!(controller.enter(now), None, "a probe is in flight");
    controller.ended(sent, now, End::Lost, 0.5);
    assert!(controller.enter(now).is_some(), "another probe replaces the lost one");
}

/// Advances the clock to the next slot and sends a request.
fn send(controller: &mut Controller<()>, now: &mut Duration) -> Sent {
    *now = controller.opens(*now);
    controller.enter(*now).expect("a slot is free")
}

#[test]
fn pauses_do_not_raise_the_rate() {
    const REFUSED: End = End::Refused { retry_after: None };
    let pause = |seconds| End::Refused { retry_after: Some(Duration::from_secs(seconds)) };
    let outage = |last: [Option<End>; 2]| [vec![Some(REFUSED); 9], last.to_vec()].concat();
    // The outcomes of consecutive requests. `None` means that there is no response before the next request.
    for (name, ends) in [
        ("a long Retry-After", vec![Some(pause(60))]),
        ("two long pauses", vec![Some(pause(60)), Some(End::Accepted), Some(pause(600))]),
        ("a lost request in an outage", outage([Some(End::Lost), Some(REFUSED)])),
        ("two lost requests", outage([Some(End::Lost), Some(End::Lost)])),
        ("a request without a response in an outage", outage([None, Some(REFUSED)])),
    ] {
        let mut controller = Controller::new(Limits::default());
        load(&mut controller, 0, 60, 5.0);
        let mut now = Duration::from_secs(60);
        let sent = send(&mut controller, &mut now);
        controller.ended(sent, now, End::Accepted, 0.5);
        for end in ends {
            let sent = send(&mut controller, &mut now);
            match end {
                Some(end) => controller.ended(sent, now, end, 0.5),
                None => now += Duration::from_secs(40),
            }
            let pace = controller.status(now + Duration::from_secs(30)).pace.expect("a limit was learned");
            assert!(pace < 10.0, "{name}: {pace} per second after {now:?}");
        }
        let (from, mut sent) = (controller.opens(now), 0);
        while now < from + Duration::from_secs(2) {
            let one = send(&mut controller, &mut now);
            controller.ended(one, now, End::Accepted, 0.5);
            sent += 1;
        }
        assert!((4..20).contains(&sent), "{name}: {sent} in two seconds");
    }
}
