//! Checks that `DEPENDENCIES.md` lists every crate that users build, with its dependents and its purpose.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::command::{Context, Failure, Result};
use crate::tools::{Cargo, output};

/// A published crate with a table of its dependencies.
struct Published {
    table: &'static str,
    /// The arguments of `cargo tree`.
    package: &'static str,
    /// The maximum number of crates in a build, including the crate itself.
    max_crates: usize,
}

const PUBLISHED: &[Published] = &[
    Published { table: "talkable-api/DEPENDENCIES.md", package: "--package=talkable-api", max_crates: 115 },
    // 115 for the client, and 50 for SQLite or 65 for PostgreSQL. Both together share most of their crates.
    Published {
        table: "outbox/DEPENDENCIES.md",
        package: "--package=talkable-outbox --features=postgres",
        max_crates: 185,
    },
    Published { table: "outbox/DEPENDENCIES.md", package: "--package=talkable-outbox", max_crates: 165 },
    Published {
        table: "outbox/DEPENDENCIES.md",
        package: "--package=talkable-outbox --no-default-features --features=postgres",
        max_crates: 180,
    },
    Published {
        table: "throttle-redis/DEPENDENCIES.md",
        package: "--package=talkable-throttle-redis",
        max_crates: 135,
    },
    Published {
        table: "sandbox/DEPENDENCIES.md",
        package: "--package=talkable-sandbox --features=client",
        max_crates: 200,
    },
    Published { table: "sandbox/DEPENDENCIES.md", package: "--package=talkable-sandbox", max_crates: 190 },
    Published {
        table: "cli/DEPENDENCIES.md",
        package: "--package=talkable-cli --features=outbox-postgres",
        max_crates: 255,
    },
    Published { table: "cli/DEPENDENCIES.md", package: "--package=talkable-cli --features=outbox", max_crates: 240 },
    Published { table: "cli/DEPENDENCIES.md", package: "--package=talkable-cli", max_crates: 200 },
];

/// The cargo arguments that list the dependencies on Linux, regardless of the host.
const TREE: &str = "tree --locked --edges=normal,build --target=x86_64-unknown-linux-gnu \
                    --prefix=depth --no-dedupe --color=never";

/// The crates in a tree, each with the crates that depend on it.
type Dependents<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

pub(super) fn check(context: &mut Context<'_>, cargo: &Cargo) -> Result {
    let metadata = output(cargo.command().args(["metadata", "--no-deps", "--format-version=1", "--locked"]))?;
    let unlisted = unlisted(&metadata)?;
    if !unlisted.is_empty() {
        let error = Failure::new(format!("published without a table of dependencies: {}", unlisted.join(", ")));
        return Err(error.help("add the crate to `PUBLISHED` in xtask/src/check/dependencies.rs"));
    }
    let mut checked = None;
    for published in PUBLISHED {
        let arguments = TREE.split(' ').chain(published.package.split(' '));
        let tree = output(cargo.command().args(arguments).args(["--format", " {p}"]))?;
        let count = count(&tree);
        let mut complaints = Vec::new();
        // The first entry of a table has all features of the table.
        if checked.replace(published.table) != Some(published.table) {
            complaints = differences(&dependents(&tree), &context.file(published.table).read_text()?);
        }
        let limit = published.max_crates;
        if count > limit {
            complaints.push(format!("a build with {} has {count} crates; the limit is {limit}", published.package));
        }
        if !complaints.is_empty() {
            let (table, complaints) = (published.table, complaints.join("\n  "));
            return Err(Failure::new(format!("{table} does not match the crates that cargo builds\n  {complaints}")));
        }
        writeln!(context.out, "{count} crates with {}", published.package)?;
    }
    Ok(())
}

/// The published crates in the output of `cargo metadata` that are missing from [`PUBLISHED`].
fn unlisted(metadata: &str) -> Result<Vec<String>> {
    let metadata: Value = serde_json::from_str(metadata).map_err(|error| Failure::new(error.to_string()))?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let names = packages.filter(|package| package["publish"].is_null()).filter_map(|package| package["name"].as_str());
    let is_listed =
        |name| PUBLISHED.iter().any(|it| it.package.split(' ').next() == Some(&format!("--package={name}")));
    Ok(names.filter(|name| !is_listed(*name)).map(str::to_owned).collect())
}

/// The number of crates, counting each version separately.
fn count(tree: &str) -> usize {
    tree.lines().filter_map(|line| line.split_once(' ')).map(|(_, package)| package).collect::<BTreeSet<_>>().len()
}

/// Returns the crates in a dependency tree with their dependents. Each line of the tree has the form `depth name version`. A
/// package follows the package that depends on it, whose depth is one less.
fn dependents(tree: &str) -> Dependents<'_> {
    let mut dependents = Dependents::new();
    let mut above: Vec<&str> = Vec::new();
    for line in tree.lines() {
        let mut words = line.split(' ');
        let (Some(Ok(depth)), Some(name)) = (words.next().map(str::parse::<usize>), words.next()) else { continue };
        above.truncate(depth);
        dependents.entry(name).or_default().extend(above.last());
        above.push(name);
    }
    dependents
}

/// The differences between the dependency tree and the table in `DEPENDENCIES.md`.
fn differences(dependents: &Dependents<'_>, table: &str) -> Vec<String> {
    let mut rows: BTreeMap<&str, (&str, &str)> = table.lines().filter_map(row).collect();
    let mut complaints = Vec::new();
    for (name, by) in dependents {
        let by = by.iter().copied().collect::<Vec<_>>().join(", ");
        complaints.extend(match rows.remove(name) {
            None => Some(format!("the row for `{name}` is missing: | {name} | {by} | PURPOSE |")),
            Some((listed, reason)) if listed != by => {
                Some(format!("the row for `{name}` should be: | {name} | {by} | {reason} |"))
            }
            Some((_, "")) => Some(format!("the row for `{name}` does not state a purpose")),
            Some(_) => None,
        });
    }
    complaints.extend(rows.keys().map(|name| format!("`{name}` is listed but no longer built")));
    complaints
}

/// Reads a row of the table: a crate, its dependents and its purpose.
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
    fn reads_the_dependents_of_each_crate() {
        let expected = [
            ("api", BTreeSet::new()),
            ("bytes", BTreeSet::from(["http", "tls"])),
            ("http", BTreeSet::from(["api", "tls"])),
            ("tls", BTreeSet::from(["api"])),
        ];
        assert_eq!((dependents(TREE), count(TREE)), (BTreeMap::from(expected), 5));
    }

    #[test]
    fn finds_published_crates_without_a_table() {
        let metadata = r#"{"packages": [
            {"name": "talkable-cli", "publish": null}, {"name": "talkable-new", "publish": null},
            {"name": "xtask", "publish": []}]}"#;
        assert_eq!(unlisted(metadata).unwrap(), ["talkable-new"]);
    }

    #[test]
    fn reports_differences_with_the_corrected_row() {
        let head = "# Crates\n\n| crate | dependents | purpose |\n|---|---|---|\n";
        let good =
            "| api |  | it |\n| bytes | http, tls | bodies |\n| http | api, tls | types |\n| tls | api | TLS |\n";
        assert_eq!(differences(&dependents(TREE), &format!("{head}{good}")), [""; 0]);
        let bad = "| api |  | it |\n| bytes | http | bodies |\n| tls | api |  |\n| old | api | nothing |\n";
        assert_eq!(
            differences(&dependents(TREE), &format!("{head}{bad}")),
            [
                "the row for `bytes` should be: | bytes | http, tls | bodies |",
                "the row for `http` is missing: | http | api, tls | PURPOSE |",
                "the row for `tls` does not state a purpose",
                "`old` is listed but no longer built",
            ]
        );
    }
}
