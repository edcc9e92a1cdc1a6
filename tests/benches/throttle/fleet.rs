//! Tables, gates and ablation for several processes that share a store.

use talkable_tests::simulation::{AlgorithmKind, Incident, Outcome, Scenario, StoreModel};

use crate::ablation::{Parameter, variants};
use crate::gates::Bound::{AtLeast, AtMost};
use crate::gates::Gate;
use crate::grid::run_all;

/// The processes, the callers of each process, and the limit.
const FLEETS: &[(usize, usize, f64)] = &[(4, 16, 50.0), (16, 4, 5.0), (16, 4, 50.0), (64, 8, 500.0)];

/// One cell: the variant of a fleet, and its scenario.
struct Cell {
    fleet: String,
    variant: &'static str,
    scenario: Scenario,
}

/// The mean outcomes of all cells.
pub(crate) struct Fleets {
    cells: Vec<(Cell, Outcome)>,
}

impl Fleets {
    pub(crate) fn run(seed: u64, seeds: u64) -> Self {
        let cells: Vec<Cell> =
            FLEETS.iter().flat_map(|(processes, callers, limit)| cells(*processes, *callers, *limit)).collect();
        let jobs: Vec<_> = cells.iter().map(|cell| (AlgorithmKind::Ours, cell.scenario)).collect();
        let outcomes = run_all(&jobs, seed, seeds);
        Self { cells: cells.into_iter().zip(outcomes).collect() }
    }

    pub(crate) fn print(&self) {
        println!("\nF. several processes that share a store");
        println!(
            "goodput % / wasted % / p99 s / fairness, and the maximum number of store operations per second and process"
        );
        for (cell, outcome) in &self.cells {
            println!("{:<12}{:<24}{}  {:.0}", cell.fleet, cell.variant, show(outcome), outcome.operations);
        }
    }

    pub(crate) fn add_gates(&self, gates: &mut Vec<Gate>) {
        for (cell, outcome) in &self.cells {
            let name = |metric| format!("F {} {}: {metric}", cell.fleet, cell.variant);
            let mut add = |metric, value, bound| gates.push(Gate { name: name(metric), value, bound });
            let one = self.get(&cell.fleet, "one process");
            let independent = self.get(&cell.fleet, "no store");
            if cell.scenario.store.is_some() {
                add("operations", outcome.operations, AtMost(10.0));
                add("lost", outcome.lost, AtMost(0.0));
            }
            match cell.variant {
                "1 ms" | "5 ms" | "20 ms" | "5 % lost" | "emptied" | "guests" => {
                    let most = if cell.scenario.limit < 50.0 { 15.0 } else { 5.0 };
                    // With failures, the goodput is so close to the bound that chance decides.
                    let chance = if cell.variant.ends_with("ms") { 0.0 } else { 0.5 };
                    add("goodput", outcome.goodput, AtLeast(97.0 - chance));
                    add("wasted", outcome.wasted, AtMost(most));
                    add("p99 relative to one process", outcome.p99 / one.p99, AtMost(1.5));
                    add("fairness", outcome.fairness, AtLeast(0.95));
                }
                "down for 20 s" => {
                    add("goodput", outcome.goodput, AtLeast(94.0));
                    add("wasted relative to independent processes", outcome.wasted - independent.wasted, AtMost(2.0));
                    add("p99 relative to independent processes", outcome.p99 / independent.p99, AtMost(1.25));
                }
                // The start differs by at most 50 ms, and the rest is chance.
                "down" => {
                    add(
                        "goodput relative to independent processes",
                        outcome.goodput - independent.goodput,
                        AtLeast(-4.0),
                    );
                    add("wasted relative to independent processes", outcome.wasted - independent.wasted, AtMost(1.0));
                    add("p99 relative to independent processes", outcome.p99 / independent.p99, AtMost(1.25));
                }
                "dip" | "outage" => {
                    let one = self.get(&cell.fleet, &format!("{}, one process", cell.variant));
                    add("goodput relative to one process", outcome.goodput - one.goodput, AtLeast(-1.5));
                }
                _ => {}
            }
        }
    }

    fn get(&self, fleet: &str, variant: &str) -> Outcome {
        let found = self.cells.iter().find(|(cell, _)| cell.fleet == fleet && cell.variant == variant);
        found.map(|(_, outcome)| *outcome).expect("the cell should exist")
    }
}

fn show(outcome: &Outcome) -> String {
    format!("{:.1}/{:.1}/{:.2}/{:.3}", outcome.goodput, outcome.wasted, outcome.p99, outcome.fairness)
}

fn cells(processes: usize, callers: usize, limit: f64) -> Vec<Cell> {
    let independent = Scenario { processes, ..Scenario::new(callers, limit) };
    let one = |scenario| Scenario { processes: 1, callers: processes * callers, ..scenario };
    let with = |model| Scenario { store: Some(model), ..independent };
    let model = StoreModel::new(0.005);
    let mut variants = vec![
        ("one process", one(independent)),
        ("no store", independent),
        ("1 ms", with(StoreModel::new(0.001))),
        ("5 ms", with(model)),
        ("20 ms", with(StoreModel::new(0.02))),
        ("5 % lost", with(StoreModel { loss: 0.05, ..model })),
        ("down", with(StoreModel { outage: Some((0.0, f64::INFINITY)), ..model })),
        ("down for 20 s", with(StoreModel { outage: Some((20.0, 40.0)), ..model })),
        ("emptied", with(StoreModel { cleared: Some(30.0), ..model })),
        ("guests", Scenario { guests: Some((20.0, 40.0)), ..with(model) }),
    ];
    if (limit - 50.0).abs() < 1.0 {
        let dip = Incident::Dip { from: 20.0, to: 50.0, limit: 5.0 };
        let dip = Scenario { incident: Some(dip), work: 90.0, ..with(model) };
        let outage = Scenario { incident: Some(Incident::Outage { from: 10.0, to: 40.0 }), ..with(model) };
        let alone = |scenario| Scenario { store: None, ..one(scenario) };
        variants.extend([("dip, one process", alone(dip)), ("dip", dip)]);
        variants.extend([("outage, one process", alone(outage)), ("outage", outage)]);
    }
    let fleet = format!("{processes}x{callers}@{limit}");
    variants.into_iter().map(|(variant, scenario)| Cell { fleet: fleet.clone(), variant, scenario }).collect()
}

/// The cells of the ablation.
const SHOWN: &[(usize, &str)] = &[(2, "5 % lost"), (1, "5 ms"), (2, "guests"), (2, "dip"), (2, "outage")];

pub(crate) fn ablation(seed: u64, seeds: u64) {
    let variants = variants(PARAMETERS);
    let scenarios: Vec<(String, Scenario)> = SHOWN
        .iter()
        .filter_map(|(index, variant)| {
            let (processes, callers, limit) = FLEETS[*index];
            let cell = cells(processes, callers, limit).into_iter().find(|cell| cell.variant == *variant)?;
            Some((format!("{} {variant}", cell.fleet), cell.scenario))
        })
        .collect();
    let jobs: Vec<_> = variants
        .iter()
        .flat_map(|(_, tuning)| scenarios.iter().map(|(_, scenario)| (AlgorithmKind::Tuned(*tuning), *scenario)))
        .collect();
    let outcomes = run_all(&jobs, seed, seeds);
    println!("\nprocesses that share a store: goodput % / wasted % / p99 s / fairness");
    let header: String = scenarios.iter().map(|(name, _)| format!("{name:<24}")).collect();
    println!("{:<22}{}", "", header.trim_end());
    for ((name, _), outcomes) in variants.iter().zip(outcomes.chunks(scenarios.len())) {
        let cells: String = outcomes.iter().map(|outcome| format!("{:<24}", show(outcome))).collect();
        println!("{name:<22}{}", cells.trim_end());
    }
}

const PARAMETERS: &[Parameter] = &[
    ("read_busy", [0.15, 0.5], |tuning| &mut tuning.fleet.read_busy),
    ("heartbeat", [1.0, 4.0], |tuning| &mut tuning.fleet.heartbeat),
    ("absence", [1.5, 3.0], |tuning| &mut tuning.fleet.absence),
    ("demand_pause", [0.2, 2.0], |tuning| &mut tuning.fleet.demand_pause),
    ("probe_time", [1.0, 20.0], |tuning| &mut tuning.fleet.probe_time),
    ("settle", [0.0, 0.6], |tuning| &mut tuning.fleet.settle),
    ("count_error", [0.0, 2.0], |tuning| &mut tuning.fleet.count_error),
    ("newcomer", [0.1, 1.0], |tuning| &mut tuning.fleet.newcomer),
    ("fruitless_slots", [0.0, 4.0], |tuning| &mut tuning.fleet.fruitless_slots),
    ("shortest_epoch", [0.0, 2.0], |tuning| &mut tuning.fleet.shortest_epoch),
];
