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
    let variants = variants(PARAMETERS);
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

/// A parameter: its name, a value below and one above its default, and its place.
pub(crate) type Parameter = (&'static str, [f64; 2], fn(&mut Tuning) -> &mut f64);

const PARAMETERS: &[Parameter] = &[
    ("first_pause", [0.1, 0.5], |tuning| &mut tuning.first_pause),
    ("growth", [1.25, 2.0], |tuning| &mut tuning.growth),
    ("skipped", [1.0, 4.0], |tuning| &mut tuning.skipped),
    ("longest_skip", [0.25, 1.0], |tuning| &mut tuning.longest_skip),
    ("after_guess", [0.4, 0.7], |tuning| &mut tuning.after_guess),
    ("after_growth", [0.6, 0.9], |tuning| &mut tuning.after_growth),
    ("kept", [0.1, 0.5], |tuning| &mut tuning.kept),
    ("depth", [0.05, 0.15], |tuning| &mut tuning.depth),
    ("rise_young", [1.0, 3.0], |tuning| &mut tuning.rise_young),
    ("rise_old", [1.5, 6.0], |tuning| &mut tuning.rise_old),
    ("rise_longest", [3.0, 30.0], |tuning| &mut tuning.rise_longest),
    ("patience", [0.0, 10.0], |tuning| &mut tuning.patience),
    ("ease", [1.0, 2.0], |tuning| &mut tuning.ease),
    ("confirmed", [0.1, 0.4], |tuning| &mut tuning.confirmed),
    ("doubling", [0.5, 1.0], |tuning| &mut tuning.doubling),
];

/// Returns the default tuning, and variants with one parameter changed.
pub(crate) fn variants(parameters: &[Parameter]) -> Vec<(String, Tuning)> {
    let changed = parameters.iter().flat_map(|(name, values, place)| {
        values.iter().map(move |value| {
            let mut tuning = Tuning::default();
            *place(&mut tuning) = *value;
            (format!("{name} {value}"), tuning)
        })
    });
    std::iter::once(("default".to_owned(), Tuning::default())).chain(changed).collect()
}
