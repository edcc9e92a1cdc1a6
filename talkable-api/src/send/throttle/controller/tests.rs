//! What holds whatever happens, and a few situations step by step. There is no clock here at all.

use proptest::prelude::*;

use super::*;

/// Something that happens to a controller.
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
    let asked = prop_oneof![Just(None), (0_u64..100_000).prop_map(Some), Just(Some(u64::MAX))];
    let refused = asked.prop_map(|asked| End::Refused { retry_after: asked.map(Duration::from_millis) });
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

/// A controller, and what is known of it from outside.
struct Model {
    controller: Controller<()>,
    now: Duration,
    under_way: Vec<(Sent, Duration)>,
    waiting: Vec<Ticket>,
    /// Until when a server that was not yet known to refuse has asked for silence.
    closed: Duration,
    last_refusal: Option<Duration>,
}

impl Model {
    fn new() -> Self {
        Self {
            controller: Controller::new(Limits::default()),
            now: Duration::ZERO,
            under_way: Vec::new(),
            waiting: Vec::new(),
            closed: Duration::ZERO,
            last_refusal: None,
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Enter => {
                if let Some(sent) = self.controller.enter(self.now) {
                    assert!(self.waiting.is_empty(), "nobody overtakes those who wait");
                    self.goes(sent);
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
                assert!(self.controller.leave(ticket).is_some());
                assert!(self.controller.leave(ticket).is_none());
            }
            Step::End(index, end) if !self.under_way.is_empty() => {
                let (sent, at) = self.under_way.swap_remove(index.index(self.under_way.len()));
                self.end(sent, at, end);
            }
            Step::Pass(milliseconds) => self.now += Duration::from_millis(milliseconds),
            Step::Leave(_) | Step::End(..) => {}
        }
        let status = self.controller.status(self.now);
        assert_eq!((status.in_flight, status.waiting), (self.under_way.len(), self.waiting.len()));
    }

    fn ask(&mut self, ticket: Ticket) -> Turn {
        let turn = self.controller.turn(ticket, self.now);
        match turn {
            Turn::Go(sent) => {
                assert_eq!(Some(&ticket), self.waiting.iter().min(), "the oldest goes first");
                self.waiting.retain(|other| *other != ticket);
                self.goes(sent);
            }
            Turn::At(at) => assert!(at > self.now, "a time to wait for lies ahead"),
            Turn::Wait => {}
        }
        turn
    }

    fn goes(&mut self, sent: Sent) {
        assert!(self.now >= self.closed, "nobody is sent while the gate is closed");
        self.under_way.push((sent, self.now));
    }

    fn end(&mut self, sent: Sent, at: Duration, end: End) {
        self.controller.ended(sent, self.now, end, 0.0);
        if let End::Refused { retry_after } = end
            && self.last_refusal.is_none_or(|last| at > last)
        {
            self.last_refusal = Some(self.now);
            let asked = retry_after.unwrap_or_default().min(Duration::from_secs(60 * 60));
            self.closed = self.closed.max(self.now + asked);
        }
    }

    /// Lets all end well, and finds out whether everybody who waits is sent in the end.
    fn drain(mut self) {
        self.now += Duration::from_secs(2 * 60 * 60);
        while !self.waiting.is_empty() || !self.under_way.is_empty() {
            for (sent, at) in std::mem::take(&mut self.under_way) {
                self.end(sent, at, End::Accepted);
            }
            let Some(first) = self.waiting.iter().min().copied() else { continue };
            match self.ask(first) {
                Turn::Go(_) => {}
                Turn::At(at) => {
                    assert!(at < self.now + Duration::from_secs(60 * 60), "nobody waits for ever");
                    self.now = at;
                }
                Turn::Wait => assert!(!self.under_way.is_empty(), "who waits, waits for something"),
            }
        }
        let status = self.controller.status(self.now);
        assert_eq!((status.in_flight, status.waiting), (0, 0));
    }
}

proptest! {
    #[test]
    fn the_gate_holds_the_oldest_go_first_and_nothing_leaks(steps in steps()) {
        let mut model = Model::new();
        for step in steps {
            model.take(step);
        }
        model.drain();
    }
}

/// Sends as fast as it may for some seconds to a server that holds one second's worth of a limit, and gives what was
/// accepted and what was refused.
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
fn the_pace_is_learned_kept_and_learned_anew() {
    let mut controller = Controller::new(Limits::default());
    for (from, limit) in [(0, 20.0), (60, 5.0), (120, 50.0)] {
        let (accepted, refused) = load(&mut controller, from, 60, limit);
        let ideal = limit * 60.0;
        assert!(f64::from(accepted) > 0.85 * ideal, "{limit}: {accepted}");
        assert!(f64::from(refused) < 0.12 * ideal, "{limit}: {refused}");
        let pace = controller.status(Duration::from_secs(from + 60)).pace.expect("it is known");
        assert!((0.7 * limit..2.0 * limit).contains(&pace), "{limit}: {pace}");
    }
}

#[test]
fn fruitless_pauses_grow_to_the_cap_and_jitter_spreads_them() {
    for (random, factor) in [(0.0, 0.5), (0.5, 1.0), (1.0, 1.5)] {
        let mut controller = Controller::<()>::new(Limits::default());
        let mut now = Duration::ZERO;
        for number in 0..30 {
            let sent = controller.enter(now).expect("the gate is open");
            controller.ended(sent, now, End::Refused { retry_after: None }, random);
            let pause = controller.opens(now).saturating_sub(now);
            // From the second on they are no shorter than the slowest guess of a pace allows.
            let least = if number == 0 { 0.0 } else { 1.0 };
            let expected = (0.25 * 1.5_f64.powi(number) * factor).min(60.0).max(least);
            assert!((pause.as_secs_f64() - expected).abs() < 1e-3, "{number}: {pause:?}, not {expected}");
            now += pause;
        }
    }
}

#[test]
fn refusals_of_one_round_are_one_cut() {
    let mut controller = Controller::<()>::new(Limits::default());
    let round: Vec<_> = (0..16).map(|_| controller.enter(Duration::ZERO).expect("the window is open")).collect();
    assert_eq!(controller.enter(Duration::ZERO), None);
    let now = Duration::from_millis(100);
    for sent in round {
        controller.ended(sent, now, End::Refused { retry_after: None }, 0.5);
    }
    assert_eq!(controller.opens(now), now + Duration::from_millis(250));
    assert_eq!(controller.status(now).refused, 16);
}

#[test]
fn an_absurd_word_of_the_server_does_not_close_the_gate_for_good() {
    let mut controller = Controller::<()>::new(Limits::default());
    let sent = controller.enter(Duration::ZERO).expect("the window is open");
    controller.ended(sent, Duration::ZERO, End::Refused { retry_after: Some(Duration::MAX) }, 0.5);
    assert_eq!(controller.opens(Duration::ZERO), Duration::from_secs(60 * 60));
}

#[test]
fn an_idle_night_unlearns_nothing() {
    let mut controller = Controller::<()>::new(Limits::default());
    load(&mut controller, 0, 60, 5.0);
    let morning = Duration::from_secs(60 * 60 * 12);
    let sent = controller.enter(morning).expect("the gate is open");
    controller.ended(sent, morning, End::Accepted, 0.5);
    let pace = controller.status(morning).pace.expect("it is known");
    assert!(pace < 10.0, "{pace}");
}

#[test]
fn a_call_that_hangs_does_not_keep_the_others_from_asking() {
    let mut controller = Controller::<()>::new(Limits::default());
    let _hangs = controller.enter(Duration::ZERO).expect("the window is open");
    let mut now = Duration::ZERO;
    for _ in 0..3 {
        let sent = controller.enter(now).expect("the gate is open");
        controller.ended(sent, now, End::Refused { retry_after: None }, 0.5);
        now = controller.opens(now);
    }
    let sent = controller.enter(now).expect("the gate is open");
    now += Duration::from_secs(39);
    assert_eq!(controller.enter(now), None, "one asks for all");
    controller.ended(sent, now, End::Lost, 0.5);
    assert!(controller.enter(now).is_some(), "and if it learns nothing, the next one asks");
}

/// Waits until the gate is open, and sends.
fn send(controller: &mut Controller<()>, now: &mut Duration) -> Sent {
    *now = controller.opens(*now);
    controller.enter(*now).expect("the gate is open")
}

#[test]
fn no_pause_teaches_a_higher_pace() {
    const REFUSED: End = End::Refused { retry_after: None };
    let asked = |seconds| End::Refused { retry_after: Some(Duration::from_secs(seconds)) };
    let outage = |last: [Option<End>; 2]| [vec![Some(REFUSED); 9], last.to_vec()].concat();
    // How what is sent one by one ends; none is silent until the next is sent.
    for (name, ends) in [
        ("a long pause that was asked for", vec![Some(asked(60))]),
        ("two of them", vec![Some(asked(60)), Some(End::Accepted), Some(asked(600))]),
        ("a lost one in an outage", outage([Some(End::Lost), Some(REFUSED)])),
        ("two lost ones", outage([Some(End::Lost), Some(End::Lost)])),
        ("a silent one in an outage", outage([None, Some(REFUSED)])),
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
            let pace = controller.status(now + Duration::from_secs(30)).pace.expect("it is known");
            assert!(pace < 10.0, "{name}: {pace} a second, long after {now:?}");
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
