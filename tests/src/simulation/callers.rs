//! The event loop of the simulation, in which each caller makes one call after the other.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use fastrand::Rng;

use super::algorithm::{Algorithm, AlgorithmKind, Decision, SiteResponse};
use super::metrics::{Outcome, Tally};
use super::network;
use super::scenario::Scenario;
use super::site::Site;

/// The maximum duration of a run, as a multiple of the ideal duration. Without this limit, some algorithms would never finish.
const HORIZON: f64 = 40.0;

/// An event that affects a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum CallerEvent {
    /// The caller starts the next call.
    Begin,
    /// A timer of the algorithm fires.
    Wake,
    /// The request reaches the site.
    Arrive,
    /// The response reaches the caller.
    Response(SiteResponse),
}

/// Runs a scenario with an algorithm, and returns the outcome.
pub fn simulate(scenario: &Scenario, kind: AlgorithmKind, seed: u64) -> Outcome {
    Run::new(scenario, kind, seed).finish()
}

struct Run<'a> {
    scenario: &'a Scenario,
    /// The algorithm of each process.
    algorithms: Vec<Box<dyn Algorithm>>,
    site: Site,
    /// The pending events, ordered by time and then by creation.
    events: BinaryHeap<Reverse<(Duration, u64, usize, CallerEvent)>>,
    scheduled: u64,
    began: Vec<Duration>,
    jobs_left: usize,
    decisions: Vec<Decision>,
    tally: Tally,
    random: Rng,
}

impl<'a> Run<'a> {
    fn new(scenario: &'a Scenario, kind: AlgorithmKind, seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let callers = scenario.all_callers();
        let mut run = Self {
            scenario,
            algorithms: (0..scenario.processes).map(|_| kind.start(callers, scenario, random.fork())).collect(),
            site: Site::new(*scenario, random.fork()),
            events: BinaryHeap::new(),
            scheduled: 0,
            began: vec![Duration::ZERO; callers],
            jobs_left: scenario.jobs(),
            decisions: Vec::new(),
            tally: Tally::new(scenario),
            random,
        };
        for caller in 0..callers {
            run.schedule(Duration::ZERO, caller, CallerEvent::Begin);
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
            self.handle(now, caller, event);
            let mut decisions = std::mem::take(&mut self.decisions);
            for decision in decisions.drain(..) {
                self.apply(now, decision);
            }
            self.decisions = decisions;
        }
        self.tally.outcome(self.scenario)
    }

    fn schedule(&mut self, at: Duration, caller: usize, event: CallerEvent) {
        self.events.push(Reverse((at, self.scheduled, caller, event)));
        self.scheduled += 1;
    }

    fn handle(&mut self, now: Duration, caller: usize, event: CallerEvent) {
        let algorithm = &mut self.algorithms[caller / self.scenario.callers];
        match event {
            CallerEvent::Begin if self.jobs_left == 0 => {}
            CallerEvent::Begin => {
                self.jobs_left -= 1;
                self.began[caller] = now;
                algorithm.begin(caller, now, &mut self.decisions);
            }
            CallerEvent::Wake => algorithm.wake(caller, now, &mut self.decisions),
            CallerEvent::Arrive => {
                let response = self.site.respond(now);
                let is_accepted = response == SiteResponse::Accepted;
                let at = now + network::service(&mut self.random, is_accepted) + network::way(&mut self.random);
                self.schedule(at, caller, CallerEvent::Response(response));
            }
            CallerEvent::Response(response) => {
                algorithm.on_response(caller, now, response, &mut self.decisions);
                if response == SiteResponse::Accepted {
                    self.tally.success(caller, self.began[caller].as_secs_f64(), now.as_secs_f64());
                    self.next_job(now, caller);
                } else {
                    self.tally.throttled(now.as_secs_f64());
                }
            }
        }
    }

    fn apply(&mut self, now: Duration, decision: Decision) {
        match decision {
            Decision::Send(caller) => {
                self.tally.request();
                let at = now + network::way(&mut self.random);
                self.schedule(at, caller, CallerEvent::Arrive);
            }
            Decision::Wake(caller, at) => self.schedule(at, caller, CallerEvent::Wake),
            Decision::GiveUp(caller) => {
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
        self.schedule(at, caller, CallerEvent::Begin);
    }
}
