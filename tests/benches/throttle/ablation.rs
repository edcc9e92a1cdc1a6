//! Measures the effect of each throttle parameter by running all scenarios with that parameter changed.

use talkable_api::__private::throttle::Tuning;
use talkable_tests::simulation::AlgorithmKind;

use crate::grid::Results;

/// The scenarios to print. Each one was used to choose the value of a parameter.
const SHOWN: &[(&str, &str)] = &[
    ("A1", "64@5"),
    ("A2", "512@500"),
    ("A3", "64@5"),
    ("A3", "512@500"),
    ("C", "dip"),
    ("C", "outage"),
    ("C", "charge 5"),
    ("C", "windows"),
    ("C", "0.1 s"),
    ("C", "1 token"),
    ("D", "4x16@50"),
    ("D", "16x4@5"),
    ("E", "64@50"),
];

pub(crate) fn run(seed: u64, seeds: u64) {
    let variants = variants();
    let kinds: Vec<AlgorithmKind> = variants.iter().map(|(_, tuning)| AlgorithmKind::Tuned(*tuning)).collect();
    let results = Results::of(&kinds, seed, seeds);
    println!("goodput % / wasted % / p99 s, with one parameter changed");
    let header = SHOWN.iter().map(|(table, column)| format!("{table} {column}"));
    println!("{:<22}{}", "", header.map(|name| format!("{name:<17}")).collect::<String>().trim_end());
    for ((name, _), kind) in variants.iter().zip(&kinds) {
        let cells = SHOWN.iter().map(|(table, column)| {
            let outcome = results.get(*kind, table, column);
            let text = format!("{:.1}/{:.1}/{:.1}", outcome.goodput, outcome.wasted, outcome.p99);
            format!("{text:<17}")
        });
        println!("{name:<22}{}", cells.collect::<String>().trim_end());
    }
}

/// Returns the default tuning, and variants with one parameter below and above its default.
fn variants() -> Vec<(String, Tuning)> {
    let mut variants = vec![("default".to_owned(), Tuning::default())];
    let mut vary = |name: &str, values: [f64; 2], set: fn(&mut Tuning) -> &mut f64| {
        for value in values {
            let mut tuning = Tuning::default();
            *set(&mut tuning) = value;
            variants.push((format!("{name} {value}"), tuning));
        }
    };
    vary("first_pause", [0.1, 0.5], |tuning| &mut tuning.first_pause);
    vary("growth", [1.25, 2.0], |tuning| &mut tuning.growth);
    vary("skipped", [1.0, 4.0], |tuning| &mut tuning.skipped);
    vary("longest_skip", [0.25, 1.0], |tuning| &mut tuning.longest_skip);
    vary("after_guess", [0.4, 0.7], |tuning| &mut tuning.after_guess);
    vary("after_growth", [0.6, 0.9], |tuning| &mut tuning.after_growth);
    vary("kept", [0.1, 0.5], |tuning| &mut tuning.kept);
    vary("depth", [0.05, 0.15], |tuning| &mut tuning.depth);
    vary("rise_young", [1.0, 3.0], |tuning| &mut tuning.rise_young);
    vary("rise_old", [1.5, 6.0], |tuning| &mut tuning.rise_old);
    vary("rise_longest", [3.0, 30.0], |tuning| &mut tuning.rise_longest);
    vary("patience", [0.0, 10.0], |tuning| &mut tuning.patience);
    vary("ease", [1.0, 2.0], |tuning| &mut tuning.ease);
    vary("confirmed", [0.1, 0.4], |tuning| &mut tuning.confirmed);
    vary("doubling", [0.5, 1.0], |tuning| &mut tuning.doubling);
    variants
}
