//! Tests for members of a fleet that share a store and a rate-limited site, on a virtual clock.

use super::*;
use crate::send::throttle::controller::{Controller, End, Sent, Turn};

const MILLISECOND: Duration = Duration::from_millis(1);
const SITE_LATENCY: Duration = Duration::from_millis(50);
/// The time of the store's clock at the start of a test.
const EPOCH: Duration = Duration::from_secs(1_000_000);

/// Several processes with calls that never end, a store and a site.
struct Lab {
    now: Duration,
    processes: Vec<Process>,
    value: Option<(u64, Vec<u8>)>,
    last_version: u64,
    is_store_down: bool,
    store_latency: Duration,
    /// Added to the store's clock.
    store_clock: Duration,
    limit: f64,
    tokens: f64,
    is_site_down: bool,
    accepted: usize,
    refused: usize,
    /// The number of successful writes.
    writes: usize,
}

struct Process {
    controller: Controller<()>,
    /// Added to the clock of this process.
    clock: Duration,
    /// The operation in progress, the time of its completion, and the times of all operations.
    operation: Option<(Duration, Operation)>,
    operations: Vec<Duration>,
    in_flight: Vec<(Duration, Sent, End)>,
    is_killed: bool,
}

impl Lab {
    fn new(processes: usize, limit: f64) -> Self {
        let process = |index: usize| Process {
            controller: Controller::in_fleet(Limits::default(), Tuning::default(), index as u64),
            clock: Duration::from_secs(1000 * index as u64),
            operation: None,
            operations: Vec::new(),
            in_flight: Vec::new(),
            is_killed: false,
        };
        let mut lab = Self {
            now: Duration::ZERO,
            processes: (0..processes).map(process).collect(),
            value: None,
            last_version: 0,
            is_store_down: false,
            store_latency: Duration::from_millis(4),
            store_clock: EPOCH,
            limit,
            tokens: limit,
            is_site_down: false,
            accepted: 0,
            refused: 0,
            writes: 0,
        };
        for process in &mut lab.processes {
            for _ in 0..4 {
                process.controller.join(process.clock, ());
            }
        }
        lab
    }

    /// Runs for a number of seconds. Returns how many requests were accepted and how many were refused.
    fn run(&mut self, seconds: f64) -> (usize, usize) {
        let (end, before) = (self.now + Duration::from_secs_f64(seconds), (self.accepted, self.refused));
        while self.now < end {
            self.tokens = (self.tokens + self.limit / 1000.0).min(self.limit);
            for index in 0..self.processes.len() {
                if !self.processes[index].is_killed {
                    self.operate(index);
                    self.call(index);
                }
            }
            self.now += MILLISECOND;
        }
        (self.accepted - before.0, self.refused - before.1)
    }

    fn operate(&mut self, index: usize) {
        let local = self.now + self.processes[index].clock;
        if let Some((due, operation)) = self.processes[index].operation.take() {
            if due > self.now {
                self.processes[index].operation = Some((due, operation));
            } else {
                let completion = self.execute(operation);
                self.processes[index].controller.complete(local, completion, 0.5);
            }
        }
        let process = &mut self.processes[index];
        let step = process.controller.step(local);
        if let Some(operation) = step.operation {
            let latency = if self.is_store_down { step.timeout } else { self.store_latency };
            process.operation = Some((self.now + latency, operation));
            process.operations.push(self.now);
        }
    }

    fn execute(&mut self, operation: Operation) -> Completion {
        let (time, version) = (self.store_clock + self.now, self.value.as_ref().map_or(0, |(version, _)| *version));
        let snapshot = match &self.value {
            Some((version, blob)) => Snapshot::new(*version, blob.clone(), time),
            None => Snapshot::absent(time),
        };
        match operation {
            _ if self.is_store_down => Completion::Failed,
            Operation::Load => Completion::Loaded(snapshot),
            Operation::Swap { expected, .. } if expected != version => Completion::Swapped(Swap::Refused(snapshot)),
            Operation::Swap { blob, .. } => {
                self.writes += 1;
                self.last_version += 1;
                self.value = Some((self.last_version, blob));
                Completion::Swapped(Swap::Stored { version: self.last_version, now: time })
            }
        }
    }

    fn call(&mut self, index: usize) {
        let process = &mut self.processes[index];
        let local = self.now + process.clock;
        let ended: Vec<_> = process.in_flight.extract_if(.., |(due, ..)| *due <= self.now).collect();
        for (_, sent, end) in ended {
            process.controller.ended(sent, local, end, 0.5);
            process.controller.join(local, ());
        }
        while let Some((ticket, ())) = process.controller.first() {
            let Turn::Go(sent) = process.controller.turn(ticket, local) else { break };
            let is_accepted = self.tokens >= 1.0 && !self.is_site_down;
            self.tokens -= f64::from(u8::from(is_accepted));
            self.accepted += usize::from(is_accepted);
            self.refused += usize::from(!is_accepted);
            let end = if is_accepted { End::Accepted } else { End::Refused { retry_after: None } };
            process.in_flight.push((self.now + SITE_LATENCY, sent, end));
        }
    }

    fn fleet(&self) -> Fleet {
        let (_, blob) = self.value.as_ref().expect("the members have written");
        Fleet::decode(blob, self.store_clock + self.now).expect("the value is valid")
    }

    /// The sum of the rates of all processes.
    fn total_rate(&self) -> f64 {
        let status = |process: &Process| process.controller.status(self.now + process.clock);
        self.processes.iter().filter_map(|process| status(process).pace).sum()
    }

    fn status(&self, index: usize) -> FleetStatus {
        let process = &self.processes[index];
        process.controller.status(self.now + process.clock).fleet.expect("the process is in a fleet")
    }
}

#[test]
fn members_find_the_limit_together() {
    for (processes, limit) in [(2, 10.0), (8, 10.0), (8, 100.0)] {
        let mut lab = Lab::new(processes, limit);
        lab.run(20.0);
        let (accepted, refused) = lab.run(40.0);
        let name = format!("{processes} at {limit}: {accepted} accepted, {refused} refused");
        assert!(accepted as f64 >= 0.95 * 40.0 * limit, "{name}");
        assert!(refused as f64 <= 0.1 * accepted as f64, "{name}");
        for index in 0..processes {
            let status = lab.status(index);
            let rate = status.rate.expect("the limit is known");
            assert!(status.is_connected && (0.8 * limit..1.5 * limit).contains(&rate), "{name}: {status:?}");
            assert_eq!(status.members, processes);
        }
    }
}

#[test]
fn members_that_start_before_they_know_the_fleet_do_not_lengthen_its_pause() {
    for latency in [20, 80, 200] {
        let mut lab = Lab::new(16, 5.0);
        lab.store_latency = Duration::from_millis(latency);
        lab.run(5.0);
        let (accepted, refused) = lab.run(15.0);
        assert!(accepted >= 60, "{latency} ms: {accepted} accepted, {refused} refused");
    }
}

#[test]
fn one_429_slows_all_members_once() {
    let mut lab = Lab::new(4, 50.0);
    lab.run(20.0);
    let (cut, rate) = (lab.fleet().cut, lab.total_rate());
    // The site refuses all requests for a moment.
    lab.is_site_down = true;
    lab.run(0.1);
    lab.is_site_down = false;
    lab.run(0.4);
    assert_eq!(lab.fleet().cut, cut + 1);
    // Four changes would reduce the rate to a third.
    let reduced = lab.total_rate() / rate;
    assert!((0.6..1.05).contains(&reduced), "{reduced}");
}

#[test]
fn stays_within_ten_operations_per_second() {
    let mut lab = Lab::new(16, 20.0);
    lab.run(10.0);
    lab.is_store_down = true;
    lab.run(10.0);
    lab.is_store_down = false;
    lab.is_site_down = true;
    lab.run(10.0);
    for process in &lab.processes {
        let times = &process.operations;
        let is_within = times.windows(11).all(|window| window[10] >= window[0] + Duration::from_secs(1));
        assert!(is_within, "{times:?}");
    }
}

#[test]
fn one_member_probes_during_an_outage() {
    let mut lab = Lab::new(8, 50.0);
    lab.run(20.0);
    lab.is_site_down = true;
    lab.run(3.0);
    let (_, refused) = lab.run(30.0);
    // Eight independent processes would send at least four times as many probes.
    assert!((3..=16).contains(&refused), "{refused}");
    assert!(lab.fleet().is_probing);
    lab.is_site_down = false;
    lab.run(20.0);
    let (accepted, _) = lab.run(10.0);
    assert!(accepted > 400, "{accepted}");
}

#[test]
fn a_probe_needs_no_slot_and_the_others_do_not_send_a_burst_after_it() {
    for is_prober_killed in [false, true] {
        // A member has a slot every three seconds.
        let mut lab = Lab::new(16, 5.0);
        lab.run(20.0);
        lab.is_site_down = true;
        while !lab.fleet().is_probing {
            lab.run(0.001);
        }
        lab.is_site_down = false;
        while lab.fleet().probe.is_none() {
            lab.run(0.001);
        }
        if is_prober_killed {
            let prober = lab.fleet().probe.expect("there is a probe").member;
            let index = usize::from_str_radix(&prober, 16).expect("ids are hexadecimal");
            lab.processes[index].is_killed = true;
            // The right to send probes ends after some seconds.
            lab.run(Tuning::default().fleet.probe_time - 0.01);
        }
        assert!(lab.fleet().is_probing);
        lab.run(0.1);
        assert!(!lab.fleet().is_probing);
        let (accepted, refused) = lab.run(1.0);
        assert!((3..=8).contains(&(accepted + refused)), "{accepted} accepted, {refused} refused");
    }
}

#[test]
fn a_probe_is_sent_only_after_the_members_have_adopted_the_pause() {
    let (tuning, mut now) = (Tuning::default(), EPOCH);
    let mut fleet = Fleet::new(now);
    for _ in 0..10 {
        // The shortest pause.
        let refusal = Refusal { sent: now, retry_after: None, random: 0.0, accepted: 0, guess: 5.0 };
        fleet.refuse(now, refusal, Limits::default(), tuning);
        if fleet.is_probing {
            break;
        }
        now = fleet.pause_end.max(fleet.settled_at(tuning));
    }
    assert!(fleet.is_probing);
    assert!(fleet.pause_end >= fleet.settled_at(tuning), "{:?} {:?}", fleet.pause_end, fleet.settled_at(tuning));
}

#[test]
fn another_member_probes_if_the_first_is_killed() {
    let mut lab = Lab::new(3, 50.0);
    lab.run(10.0);
    lab.is_site_down = true;
    while lab.value.is_none() || lab.fleet().probe.is_none() {
        lab.run(0.001);
    }
    let prober = lab.fleet().probe.expect("there is a probe").member;
    let index = usize::from_str_radix(&prober, 16).expect("ids are hexadecimal");
    lab.processes[index].is_killed = true;
    lab.is_site_down = false;
    lab.run(10.0);
    let (accepted, _) = lab.run(5.0);
    assert!(!lab.fleet().is_probing && accepted > 200, "{accepted}");
    assert_eq!(lab.status((index + 1) % 3).members, 2);
}

#[test]
fn continues_without_the_store_and_returns_to_it() {
    let mut lab = Lab::new(4, 40.0);
    lab.run(20.0);
    lab.is_store_down = true;
    let (accepted, refused) = lab.run(5.0);
    assert!(accepted > 150 && refused < 60, "{accepted} accepted, {refused} refused");
    assert!(!lab.status(0).is_connected);
    lab.is_store_down = false;
    lab.run(10.0);
    assert!((0..4).all(|index| lab.status(index).is_connected && lab.status(index).members == 4));
    let (accepted, refused) = lab.run(10.0);
    assert!(accepted > 360 && refused < 50, "{accepted} accepted, {refused} refused");
}

#[test]
fn a_process_without_the_store_sends_its_first_calls_after_50_milliseconds() {
    let mut lab = Lab::new(1, 1000.0);
    lab.is_store_down = true;
    lab.run(0.049);
    assert_eq!(lab.accepted, 1);
    lab.run(0.003);
    assert!(lab.accepted >= 4, "{}", lab.accepted);
}

#[test]
fn restores_a_rate_that_the_store_has_lost() {
    let mut lab = Lab::new(4, 40.0);
    lab.run(20.0);
    let before = lab.status(0).rate.expect("the limit is known");
    lab.value = None;
    lab.run(1.0);
    let rate = lab.status(0).rate.expect("a member has restored it");
    assert!((0.7 * before..1.4 * before).contains(&rate), "{before}, {rate}");
    let (accepted, refused) = lab.run(10.0);
    assert!(accepted > 360 && refused < 60, "{accepted} accepted, {refused} refused");
}

#[test]
fn does_not_replace_a_value_that_it_cannot_read() {
    for blob in ["", "[]", "{\"format\":2}", "not json"] {
        let mut lab = Lab::new(2, 40.0);
        lab.value = Some((7, blob.into()));
        let (accepted, _) = lab.run(10.0);
        assert_eq!((lab.writes, lab.value.as_ref().map(|(version, _)| *version)), (0, Some(7)), "{blob}");
        assert!(accepted > 300 && !lab.status(0).is_connected, "{blob}: {accepted}");
    }
}

#[test]
fn keeps_fields_of_later_versions() {
    let mut lab = Lab::new(2, 40.0);
    lab.run(10.0);
    let (_, blob) = lab.value.take().expect("the members have written");
    let mut value: serde_json::Value = serde_json::from_slice(&blob).expect("the value is JSON");
    value["added"] = 1.into();
    value["members"]["0000000000000001"]["added"] = 2.into();
    lab.last_version += 1;
    lab.value = Some((lab.last_version, value.to_string().into()));
    let writes = lab.writes;
    lab.run(10.0);
    assert!(lab.writes > writes + 4);
    let (_, blob) = lab.value.expect("the members have written");
    let value: serde_json::Value = serde_json::from_slice(&blob).expect("the value is JSON");
    assert_eq!((&value["added"], &value["members"]["0000000000000001"]["added"]), (&1.into(), &2.into()));
}

#[test]
fn a_corrected_store_clock_changes_nothing() {
    for corrected in [EPOCH / 2, EPOCH * 2] {
        let mut lab = Lab::new(4, 40.0);
        lab.run(20.0);
        lab.store_clock = corrected;
        lab.run(3.0);
        let (accepted, refused) = lab.run(10.0);
        assert!(accepted > 350 && refused < 80, "{accepted} accepted, {refused} refused");
    }
}

#[test]
fn a_killed_member_loses_its_share() {
    let mut lab = Lab::new(4, 40.0);
    lab.run(20.0);
    lab.processes[0].is_killed = true;
    lab.processes[1].is_killed = true;
    lab.run(8.0);
    let (accepted, _) = lab.run(10.0);
    assert!(accepted > 360, "{accepted}");
    assert_eq!(lab.status(2).members, 2);
}
