//! The event loop of the simulation, in which each caller makes one call after the other.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use fastrand::Rng;
use talkable_api::__private::throttle::member::{Completion, Operation};

use super::algorithm::{Algorithm, AlgorithmKind, Decision, SiteResponse};
use super::metrics::{Outcome, Tally};
use super::network;
use super::scenario::Scenario;
use super::site::Site;
use super::store::Store;

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

/// An event, with the number of the caller or the process that it affects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Caller(usize, CallerEvent),
    /// The process continues with the shared store.
    Step(usize),
    /// The process is killed.
    Kill(usize),
    /// The process's operation reaches the store.
    Operation(usize),
    /// The result of the operation reaches the process.
    Completion(usize),
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
    events: BinaryHeap<Reverse<(Duration, u64, Event)>>,
    scheduled: u64,
    began: Vec<Duration>,
    is_calling: Vec<bool>,
    jobs_left: usize,
    decisions: Vec<Decision>,
    tally: Tally,
    random: Rng,
    store: Option<Store>,
    clients: Vec<StoreClient>,
}

/// The operation of a process on the shared store.
#[derive(Default)]
struct StoreClient {
    operation: Option<Operation>,
    /// The time at which the process stops waiting for the result.
    timeout: Duration,
    completion: Option<Completion>,
    /// The time of the next step.
    wake: Option<Duration>,
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
            is_calling: vec![false; callers],
            jobs_left: scenario.jobs(),
            decisions: Vec::new(),
            tally: Tally::new(scenario),
            store: scenario.store.map(|model| Store::new(model, Rng::with_seed(!seed))),
            clients: (0..scenario.processes).map(|_| StoreClient::default()).collect(),
            random,
        };
        for caller in 0..callers {
            let (start, _) = scenario.lifetime(caller / scenario.callers);
            run.schedule_caller(Duration::from_secs_f64(start), caller, CallerEvent::Begin);
        }
        for process in 0..scenario.processes {
            if let Ok(end) = Duration::try_from_secs_f64(scenario.lifetime(process).1) {
                run.schedule(end, Event::Kill(process));
            }
        }
        run
    }

    fn finish(mut self) -> Outcome {
        let horizon = Duration::from_secs_f64(HORIZON * self.scenario.ideal());
        while let Some(Reverse((now, _, event))) = self.events.pop() {
            if now > horizon {
                self.tally.end(horizon.as_secs_f64());
                break;
            }
            let process = match event {
                Event::Caller(caller, _) => caller / self.scenario.callers,
                Event::Step(process)
                | Event::Kill(process)
                | Event::Operation(process)
                | Event::Completion(process) => process,
            };
            if now.as_secs_f64() > self.scenario.lifetime(process).1 {
                continue;
            }
            match event {
                Event::Caller(caller, event) => self.handle(now, caller, event),
                Event::Operation(process) => self.operate(now, process),
                Event::Completion(process) => self.complete(now, process),
                Event::Kill(process) => {
                    let callers = self.scenario.callers;
                    let calling = &self.is_calling[process * callers..(process + 1) * callers];
                    // Other processes take over the calls.
                    self.jobs_left += calling.iter().filter(|is_calling| **is_calling).count();
                    continue;
                }
                Event::Step(_) => {}
            }
            let mut decisions = std::mem::take(&mut self.decisions);
            for decision in decisions.drain(..) {
                self.apply(now, decision);
            }
            self.decisions = decisions;
            self.step(now, process);
        }
        self.tally.outcome(self.scenario)
    }

    fn schedule(&mut self, at: Duration, event: Event) {
        self.events.push(Reverse((at, self.scheduled, event)));
        self.scheduled += 1;
    }

    fn schedule_caller(&mut self, at: Duration, caller: usize, event: CallerEvent) {
        self.schedule(at, Event::Caller(caller, event));
    }

    /// Starts the next store operation of a process, or sets a timer for it.
    fn step(&mut self, now: Duration, process: usize) {
        let Some(store) = &mut self.store else { return };
        let step = self.algorithms[process].step(now);
        let client = &mut self.clients[process];
        if client.wake.is_some_and(|wake| wake <= now) {
            client.wake = None;
        }
        let mut new = Vec::new();
        if let Some(wake) = step.wake.filter(|wake| client.wake.is_none_or(|set| *wake < set)) {
            client.wake = Some(wake);
            new.push((wake, Event::Step(process)));
        }
        if let Some(operation) = step.operation {
            self.tally.operation(process, now.as_secs_f64());
            client.timeout = now + step.timeout;
            match store.way() {
                Some(way) => {
                    client.operation = Some(operation);
                    new.push((now + way, Event::Operation(process)));
                }
                None => new.push((client.timeout, Event::Completion(process))),
            }
        }
        for (at, event) in new {
            self.schedule(at, event);
        }
    }

    fn operate(&mut self, now: Duration, process: usize) {
        let (Some(store), Some(operation)) = (&mut self.store, self.clients[process].operation.take()) else { return };
        let completion = store.execute(now, operation);
        let client = &mut self.clients[process];
        let at = match (completion, store.way()) {
            (Some(completion), Some(way)) if now + way < client.timeout => {
                client.completion = Some(completion);
                now + way
            }
            _ => client.timeout.max(now),
        };
        self.schedule(at, Event::Completion(process));
    }

    fn complete(&mut self, now: Duration, process: usize) {
        let completion = self.clients[process].completion.take().unwrap_or(Completion::Failed);
        self.algorithms[process].complete(now, completion, &mut self.decisions);
    }

    fn handle(&mut self, now: Duration, caller: usize, event: CallerEvent) {
        let algorithm = &mut self.algorithms[caller / self.scenario.callers];
        match event {
            CallerEvent::Begin if self.jobs_left == 0 => {}
            CallerEvent::Begin => {
                self.jobs_left -= 1;
                self.is_calling[caller] = true;
                self.began[caller] = now;
                algorithm.begin(caller, now, &mut self.decisions);
            }
            CallerEvent::Wake => algorithm.wake(caller, now, &mut self.decisions),
            CallerEvent::Arrive => {
                let response = self.site.respond(now);
                let is_accepted = response == SiteResponse::Accepted;
                let at = now + network::service(&mut self.random, is_accepted) + network::way(&mut self.random);
                self.schedule_caller(at, caller, CallerEvent::Response(response));
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
                self.schedule_caller(at, caller, CallerEvent::Arrive);
            }
            Decision::Wake(caller, at) => self.schedule_caller(at, caller, CallerEvent::Wake),
            Decision::GiveUp(caller) => {
                self.tally.end(now.as_secs_f64());
                self.next_job(now, caller);
            }
        }
    }

    fn next_job(&mut self, now: Duration, caller: usize) {
        self.is_calling[caller] = false;
        let at = match self.scenario.period {
            Some(period) => Duration::from_secs_f64((now.as_secs_f64() / period).ceil() * period),
            None => now,
        };
        self.schedule_caller(at, caller, CallerEvent::Begin);
    }
}
