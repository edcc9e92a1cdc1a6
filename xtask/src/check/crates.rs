//! Every crate that users build is accounted for: who brings it, and what it is for.

use std::collections::{BTreeMap, BTreeSet};

use super::Outcome;
use super::tools::Tools;
use crate::failure::Failure;
use crate::session::Session;

const TABLE: &str = "talkable-api/DEPENDENCIES.md";

/// How many crates a build may consist of, the crate itself included.
const MOST: usize = 115;

/// The same tree on every machine: that of the default features on Linux.
const TREE: [&str; 11] = [
    "tree",
    "--locked",
    "--package=talkable-api",
    "--edges=normal,build",
    "--target=x86_64-unknown-linux-gnu",
    "--prefix=depth",
    "--no-dedupe",
    "--format",
    " {p}",
    "--color",
    "never",
];

/// The crates of a tree, each with those that bring it.
type Brought<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

pub(super) fn accounted_for(session: &mut Session<'_>, tools: &Tools) -> Result<Outcome, Failure> {
    let output = tools.cargo_command().args(TREE).output();
    let output = output.map_err(|error| Failure::Failed(format!("cargo cannot be started: {error}")))?;
    if !output.status.success() {
        return Err(Failure::Failed(format!("cargo tree failed:\n{}", String::from_utf8_lossy(&output.stderr))));
    }
    let tree = String::from_utf8_lossy(&output.stdout);
    let table = session.own(TABLE).read()?;
    let count = count(&tree);
    let mut complaints = differences(&brought(&tree), &String::from_utf8_lossy(&table));
    if count > MOST {
        complaints.push(format!("{count} crates are built, and at most {MOST} may be"));
    }
    if complaints.is_empty() {
        writeln!(session.out, "{count} crates, each accounted for")?;
        return Ok(Outcome::Passed);
    }
    Err(Failure::Failed(format!("{TABLE}: isn't what cargo builds\n  {}", complaints.join("\n  "))))
}

/// How many crates there are. Two versions of one are two.
fn count(tree: &str) -> usize {
    tree.lines().filter_map(|line| line.split_once(' ')).map(|(_, package)| package).collect::<BTreeSet<_>>().len()
}

/// Reads lines such as `2 hyper v1.12.0`: each package stands below the one that brings it.
fn brought(tree: &str) -> Brought<'_> {
    let mut brought = Brought::new();
    let mut above: Vec<&str> = Vec::new();
    for line in tree.lines() {
        let mut words = line.split(' ');
        let (Some(Ok(depth)), Some(name)) = (words.next().map(str::parse::<usize>), words.next()) else { continue };
        above.truncate(depth);
        brought.entry(name).or_default().extend(above.last());
        above.push(name);
    }
    brought
}

/// What the table says that isn't so, and what it doesn't say.
fn differences(brought: &Brought<'_>, table: &str) -> Vec<String> {
    let mut rows: BTreeMap<&str, (&str, &str)> = table.lines().filter_map(row).collect();
    let mut complaints = Vec::new();
    for (name, by) in brought {
        let by = by.iter().copied().collect::<Vec<_>>().join(", ");
        match rows.remove(name) {
            Some((said, reason)) if said == by && !reason.is_empty() => {}
            Some((said, reason)) if said != by => {
                complaints.push(format!("the row of `{name}` should be: | {name} | {by} | {reason} |"));
            }
            Some(_) => complaints.push(format!("the row of `{name}` doesn't say what it is for")),
            None => complaints.push(format!("a row is missing, which must say what it is for: | {name} | {by} | … |")),
        }
    }
    complaints.extend(rows.keys().map(|name| format!("`{name}` is no longer built")));
    complaints
}

/// The crate, who brings it, and what it is for.
fn row(line: &str) -> Option<(&str, (&str, &str))> {
    let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
    let (name, by, reason) = (cells.next()?, cells.next()?, cells.next()?);
    let is_head = name == "crate" || name.starts_with("---");
    (!is_head).then_some((name, (by, reason)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str =
        "0 api v0.1.0 (/here)\n1 http v1.0.0\n2 bytes v1.2.0\n1 tls v2.0.0\n2 bytes v1.2.0\n2 http v0.9.0\n";

    #[test]
    fn a_tree_is_read_as_who_brings_what() {
        let expected = [
            ("api", BTreeSet::new()),
            ("bytes", BTreeSet::from(["http", "tls"])),
            ("http", BTreeSet::from(["api", "tls"])),
            ("tls", BTreeSet::from(["api"])),
        ];
        assert_eq!((brought(TREE), count(TREE)), (BTreeMap::from(expected), 5));
    }

    #[test]
    fn what_differs_is_told_with_the_row_that_is_right() {
        let head = "# Crates\n\n| crate | brought by | what it is for |\n|---|---|---|\n";
        let good =
            "| api |  | it |\n| bytes | http, tls | bodies |\n| http | api, tls | types |\n| tls | api | TLS |\n";
        assert_eq!(differences(&brought(TREE), &format!("{head}{good}")), [""; 0]);
        let bad = "| api |  | it |\n| bytes | http | bodies |\n| tls | api |  |\n| old | api | nothing |\n";
        assert_eq!(
            differences(&brought(TREE), &format!("{head}{bad}")),
            [
                "the row of `bytes` should be: | bytes | http, tls | bodies |",
                "a row is missing, which must say what it is for: | http | api, tls | … |",
                "the row of `tls` doesn't say what it is for",
                "`old` is no longer built",
            ]
        );
    }
}
