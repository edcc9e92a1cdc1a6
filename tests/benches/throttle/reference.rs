//! Results of another simulation of the same algorithms, used to calibrate the simulator.
//!
//! Most cells contain the goodput, the wasted requests, the 99th percentile of the call duration and the fairness. The others
//! contain only the lost calls and the wasted requests. The rows labeled `Ours` contain the results of an earlier design of the
//! throttle. The throttle must be better in the cells in which that design performs poorly.

use talkable_tests::simulation::AlgorithmKind;

/// The reference values of a cell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reference {
    pub(crate) goodput: Option<f64>,
    pub(crate) lost: Option<f64>,
    pub(crate) wasted: f64,
}

/// The allowed difference from the reference, in points.
pub(crate) const TOLERANCE: f64 = 5.0;

const ROWS: &[(&str, AlgorithmKind, &[&str])] = &[
    ("A1", AlgorithmKind::FullJitter, &["97/12/1.1/1.00", "79/52/21/0.79", "59/76/87/0.57", "92/87/392/0.66"]),
    ("A1", AlgorithmKind::FullJitterShort, &["100/19/0.7/1.00", "94/62/17.5/0.89", "96/84/53/0.72", "99/96/358/0.82"]),
    ("A1", AlgorithmKind::Decorrelated, &["66/8/2.8/1.00", "88/36/14.8/0.90", "60/71/77/0.72", "91/87/397/0.66"]),
    ("A1", AlgorithmKind::AwsAdaptive, &["98/9/1.1/1.00", "97/9/25/0.86", "95/23/58/0.23", "99/26/400/0.17"]),
    ("A1", AlgorithmKind::ReqwestRetry, &["", "lost 12/63", "lost 70/92", ""]),
    ("A1", AlgorithmKind::Oracle, &["98/0/0.3/1.00", "99/0/1.7/1.00", "99/0/12.9/0.99", "100/0/102/1.00"]),
    ("A1", AlgorithmKind::Ours, &["99/5/0.5/1.00", "100/7/2.0/1.00", "100/11/13.1/0.99", "100/5/103/1.00"]),
    ("A2", AlgorithmKind::FullJitter, &["99/5/1.0/1.00", "60/44/21/0.80", "55/72/88/0.56", "53/42/13.2/0.85"]),
    ("A2", AlgorithmKind::FullJitterShort, &["100/8/0.7/1.00", "91/54/17.1/0.87", "93/81/54/0.73", "90/52/13.9/0.90"]),
    ("A2", AlgorithmKind::Decorrelated, &["97/2/1.8/0.99", "69/29/15.3/0.88", "54/67/75/0.68", "56/26/10.7/0.91"]),
    ("A2", AlgorithmKind::AwsAdaptive, &["84/1/1.6/0.99", "81/1/23/0.76", "80/14/69/0.20", "43/1/12.1/0.97"]),
    ("A2", AlgorithmKind::ReqwestRetry, &["99/5/1.0/1.00", "lost 10/56", "lost 64/90", ""]),
    ("A2", AlgorithmKind::Oracle, &["98/0/0.2/1.00", "98/0/1.4/1.00", "98/0/10.3/1.00", "98/0/1.1/1.00"]),
    ("A2", AlgorithmKind::Ours, &["100/1/0.3/1.00", "100/3/1.5/1.00", "100/3/10.7/1.00", "100/2/1.4/1.00"]),
    (
        "A3",
        AlgorithmKind::FullJitter,
        &["92/43/11.2/0.94", "58/73/87/0.64", "66/35/13.4/0.89", "54/70/86/0.62", "56/32/9.0/0.92"],
    ),
    (
        "A3",
        AlgorithmKind::FullJitterShort,
        &["94/48/13.0/0.94", "94/80/54/0.76", "91/40/13.2/0.91", "93/77/53/0.73", "90/36/8.7/0.94"],
    ),
    (
        "A3",
        AlgorithmKind::Decorrelated,
        &["87/32/13.0/0.93", "62/68/69/0.75", "76/24/13.9/0.87", "55/64/69/0.67", "67/20/10.9/0.91"],
    ),
    (
        "A3",
        AlgorithmKind::AwsAdaptive,
        &["97/9/18.4/0.89", "95/23/58/0.35", "81/1/23/0.76", "80/14/69/0.20", "43/1/12.1/0.96"],
    ),
    (
        "A3",
        AlgorithmKind::Oracle,
        &["99/0/1.7/1.00", "99/0/12.9/0.99", "98/0/1.4/1.00", "98/0/10.3/1.00", "98/0/1.1/1.00"],
    ),
    (
        "A3",
        AlgorithmKind::Ours,
        &["90/4/2.7/1.00", "91/6/15.2/0.99", "97/2/2.3/1.00", "97/2/11.6/1.00", "99/1/2.0/1.00"],
    ),
    (
        "C",
        AlgorithmKind::FullJitter,
        &[
            "76/44/35",
            "72/48/27",
            "43/41/59",
            "48/35/36",
            "44/51/34",
            "29/80/185",
            "67/62/116",
            "65/50/120",
            "59/45/20",
            "73/41/18",
            "38/51/45",
        ],
    ),
    (
        "C",
        AlgorithmKind::Decorrelated,
        &[
            "77/31/25",
            "79/34/20",
            "44/30/45",
            "51/24/39",
            "59/35/17",
            "28/80/199",
            "65/61/119",
            "66/48/104",
            "78/29/15",
            "86/27/15",
            "35/42/36",
        ],
    ),
    (
        "C",
        AlgorithmKind::AwsAdaptive,
        &[
            "84/2/48", "89/2/52", "54/2/48", "54/2/48", "56/3/25", "86/23/65", "94/18/32", "94/18/32", "85/2/27",
            "97/2/10", "53/3/59",
        ],
    ),
    (
        "C",
        AlgorithmKind::Oracle,
        &[
            "100/22/13",
            "126/17/2",
            "66/33/31",
            "66/33/31",
            "98/0/1",
            "99/0/13",
            "95/0/13",
            "95/0/13",
            "100/0/1",
            "92/0/1",
            "63/37/2",
        ],
    ),
    (
        "C",
        AlgorithmKind::Ours,
        &[
            "95/3/13", "98/4/5", "62/4/38", "58/2/32", "92/5/2", "88/11/20", "91/21/23", "87/11/23", "92/1/2",
            "100/2/2", "52/2/10",
        ],
    ),
    ("D", AlgorithmKind::FullJitter, &["59/76/87/.57", "60/44/21/.80", "55/72/88/.56", "60/44/21/.80", "55/72/88/.56"]),
    ("D", AlgorithmKind::AwsAdaptive, &["95/37/58/.59", "95/3/31/.66", "95/16/59/.13", "95/15/15/.88", "96/24/58/.37"]),
    (
        "D",
        AlgorithmKind::Ours,
        &["95/39/30/.95", "98/4/2.8/.97", "93/4/21/.96", "97/11/3.8/.93", "92/18/25/.94", "78/61"],
    ),
    ("E", AlgorithmKind::FullJitter, &["65/75/60", "55/73/42", "97/18/1.1"]),
    ("E", AlgorithmKind::Oracle, &["86/0/13"]),
    ("E", AlgorithmKind::Ours, &["87/16/13", "87/7/9.6", "87/1/3.9"]),
];

/// Returns the reference values for an algorithm in a table column, if known.
pub(crate) fn of(kind: AlgorithmKind, table: &str, column: usize) -> Option<Reference> {
    let (.., cells) = ROWS.iter().find(|(name, other, _)| *name == table && *other == kind)?;
    let text = *cells.get(column)?;
    let numbers = |text: &str| text.split('/').filter_map(|number| number.parse().ok()).collect::<Vec<f64>>();
    if let Some(text) = text.strip_prefix("lost ") {
        let numbers = numbers(text);
        let (lost, wasted) = (*numbers.first()?, *numbers.get(1)?);
        return Some(Reference { goodput: None, lost: Some(lost), wasted });
    }
    let numbers = numbers(text);
    let (goodput, wasted) = (*numbers.first()?, *numbers.get(1)?);
    Some(Reference { goodput: Some(goodput), lost: None, wasted })
}

/// The known reasons for differences above [`TOLERANCE`] in one column, or in the goodput of all columns (`*`).
const REASONS: &[(AlgorithmKind, &str, &str)] = &[
    (AlgorithmKind::FullJitter, "*", STRAGGLERS),
    (AlgorithmKind::FullJitterShort, "*", STRAGGLERS),
    (AlgorithmKind::Decorrelated, "*", STRAGGLERS),
    (
        AlgorithmKind::AwsAdaptive,
        "1 token",
        "waiting calls retry after 20 ms at the earliest, so the only token stays unused for that time; with 5 ms the goodput is 53 \
         as in the reference, but the simulation takes many times as long",
    ),
    (
        AlgorithmKind::Oracle,
        "others",
        "the reference specifies neither when the other clients send requests nor how they handle a 429",
    ),
];

const STRAGGLERS: &str = "a run ends with its last call, which can wait up to a minute while no other call uses the limit; so goodput \
                          varies from seed to seed, but the fraction of wasted requests agrees";

/// Returns the reason for a difference, if known.
pub(crate) fn reason(kind: AlgorithmKind, column: &str, is_goodput_alone: bool) -> Option<&'static str> {
    let found = REASONS.iter().find(|(other, known_column, _)| {
        *other == kind && (*known_column == column || (*known_column == "*" && is_goodput_alone))
    });
    found.map(|(.., reason)| *reason)
}
