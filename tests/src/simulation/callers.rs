//! The event loop: callers that make one call after the other, and the site.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use fastrand::Rng;

use super::algorithm::{Action, Algorithm, Answer, Kind};
use super::metrics::{Outcome, Tally};
use super::network;
use super::scenario::Scenario;
use super::site::Site;

/// The multiple of the ideal duration after which a run stops, since some algorithms never finish.
const HORIZON: f64 = 40.0;

/// An event of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// The caller takes the next job.
    Begin,
    /// A timer of the algorithm fires.
    Wake,
    /// The request reaches the site.
    Arrive,
    /// The response reaches the caller.
    Answer(Answer),
}

/// Runs a scenario to its end.
pub fn simulate(scenario: &Scenario, kind: Kind, seed: u64) -> Outcome {
    Run::new(scenario, kind, seed).finish()
}

struct Run<'a> {
    scenario: &'a Scenario,
    /// One for each process.
    algorithms: Vec<Box<dyn Algorithm>>,
    site: Site,
    /// Ordered by time, then by the order of planning.
    events: BinaryHeap<Reverse<(Duration, u64, usize, Event)>>,
    planned: u64,
    began: Vec<Duration>,
    jobs_left: usize,
    actions: Vec<Action>,
    tally: Tally,
    random: Rng,
}

impl<'a> Run<'a> {
    fn new(scenario: &'a Scenario, kind: Kind, seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let callers = scenario.all_callers();
        let mut run = Self {
            scenario,
            algorithms: (0..scenario.processes).map(|_| kind.start(callers, scenario, random.fork())).collect(),
            site: Site::new(*scenario, random.fork()),
            events: BinaryHeap::new(),
            planned: 0,
            began: vec![Duration::ZERO; callers],
            jobs_left: scenario.jobs(),
            actions: Vec::new(),
            tally: Tally::new(scenario),
            random,
        };
        for caller in 0..callers {
            run.plan(Duration::ZERO, caller, Event::Begin);
        }
        run
    }

    fn finish(mut self) -> Outcome {
        let horizon = Duration::from_secs_f64(HORIZON * self.scenario.ideal());
        while let Some(Reverse((now, _, caller, event))) = self.events.pop() {
            if now > horizon {
                self.tally.end(horizon.as_secs_f64());
                break;
            }
            self.happen(now, caller, event);
            let mut actions = std::mem::take(&mut self.actions);
            for action in actions.drain(..) {
                self.act(now, action);
            }
            self.actions = actions;
        }
        self.tally.outcome(self.scenario)
    }

    fn plan(&mut self, at: Duration, caller: usize, event: Event) {
        self.events.push(Reverse((at, self.planned, caller, event)));
        self.planned += 1;
    }

    fn happen(&mut self, now: Duration, caller: usize, event: Event) {
        let algorithm = &mut self.algorithms[caller / self.scenario.callers];
        match event {
            Event::Begin if self.jobs_left == 0 => {}
            Event::Begin => {
                self.jobs_left -= 1;
                self.began[caller] = now;
                algorithm.begin(caller, now, &mut self.actions);
            }
            Event::Wake => algorithm.wake(caller, now, &mut self.actions),
            Event::Arrive => {
                let answer = self.site.answer(now);
                let is_accepted = answer == Answer::Accepted;
                let at = now + network::service(&mut self.random, is_accepted) + network::way(&mut self.random);
                self.plan(at, caller, Event::Answer(answer));
            }
            Event::Answer(answer) => {
                algorithm.answered(caller, now, answer, &mut self.actions);
                if answer == Answer::Accepted {
                    self.tally.success(caller, self.began[caller].as_secs_f64(), now.as_secs_f64());
                    self.next_job(now, caller);
                } else {
                    self.tally.refusal(now.as_secs_f64());
                }
            }
        }
    }

    fn act(&mut self, now: Duration, action: Action) {
        match action {
            Action::Send(caller) => {
                self.tally.request();
                let at = now + network::way(&mut self.random);
                self.plan(at, caller, Event::Arrive);
            }
            Action::Wake(caller, at) => self.plan(at, caller, Event::Wake),
            Action::GiveUp(caller) => {
                self.tally.end(now.as_secs_f64());
                self.next_job(now, caller);
            }
        }
    }

    fn next_job(&mut self, now: Duration, caller: usize) {
        let at = match self.scenario.period {
            Some(period) => Duration::from_secs_f64((now.as_secs_f64() / period).ceil() * period),
            None => now,
        };
        self.plan(at, caller, Event::Begin);
    }
}
