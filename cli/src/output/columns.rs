//! The names of columns, which are the same in tables and in CSV. Their case is ignored, because the headers of tables
//! are in upper case.

use clap::ArgMatches;

use crate::failure::{Failure, Result};
use crate::input::check::closest;

/// Reads `--columns`.
pub(crate) fn chosen(matches: &ArgMatches) -> Result<Vec<String>> {
    let names = matches.get_many::<String>("columns").into_iter().flatten();
    let names: Vec<_> = names.map(|name| name.trim().to_owned()).collect();
    if names.iter().any(String::is_empty) {
        return Err(Failure::usage("invalid --columns: a name is empty").help("for example: --columns id,email"));
    }
    Ok(names)
}

/// Fails if a result with these fields, at any depth, can't have one of the columns. A field whose name ends with `.*` can
/// contain other fields. If there are no fields, they are unknown.
pub(super) fn check(names: &[String], fields: &[&str]) -> Result {
    let has = |name: &str| fields.iter().any(|field| field.eq_ignore_ascii_case(name));
    let is_known = |name: &&String| name.split('.').take_while(|part| !has(&format!("{part}.*"))).all(has);
    let unknown = names.iter().find(|name| !is_known(name)).filter(|_| !fields.is_empty());
    let Some(name) = unknown else { return Ok(()) };
    let failure = Failure::usage(format!("invalid --columns: the result has no column `{name}`"));
    let last = name.rsplit('.').next().unwrap_or(name);
    Err(match closest(last, fields.iter().copied()) {
        Some(similar) => failure.help(format!("a similar field exists: `{similar}`")),
        None => failure.help(format!("the fields are {}", fields.join(", "))),
    })
}

/// Returns the indices of the chosen columns, or of all columns if none is chosen.
pub(crate) fn choose(columns: &[String], names: &[String]) -> Result<Vec<usize>> {
    if names.is_empty() {
        return Ok((0..columns.len()).collect());
    }
    let mut chosen = Vec::new();
    for name in names {
        let found = matching(columns, name);
        if found.is_empty() {
            let known = columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", ");
            let failure = Failure::output(format!("the result has no column `{name}`"));
            return Err(failure.note(format!("the columns are {known}")));
        }
        chosen.extend(found);
    }
    Ok(chosen)
}

/// Returns the column with this name, or else the columns that have it as a part of their dotted name.
fn matching(columns: &[String], name: &str) -> Vec<usize> {
    let is_same = |column: &String| column.eq_ignore_ascii_case(name);
    if let Some(index) = columns.iter().position(|column| column == name).or_else(|| columns.iter().position(is_same)) {
        return vec![index];
    }
    let part = format!(".{name}.").to_ascii_lowercase();
    let parts = columns.iter().map(|column| format!(".{column}.").to_ascii_lowercase().contains(&part));
    parts.enumerate().filter_map(|(index, is_part)| is_part.then_some(index)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_short_or_that_of_an_object() {
        let columns =
            ["id", "person.id", "person.email", "friend.email", "email_count", "person.counts.all"].map(str::to_owned);
        for (name, expected) in [
            ("id", &[0][..]),
            ("person.email", &[2]),
            ("email", &[2, 3]),
            ("person", &[1, 2, 5]),
            ("count", &[]),
            ("", &[]),
            ("counts", &[5]),
            ("EMAIL", &[2, 3]),
            ("Person.Email", &[2]),
        ] {
            assert_eq!(matching(&columns, name), expected, "{name}");
        }
        assert_eq!(choose(&columns, &[]).expect("all").len(), 6);
        assert_eq!(choose(&columns, &["email".to_owned(), "id".to_owned()]).expect("columns"), [2, 3, 0]);
        assert!(choose(&columns, &["nope".to_owned()]).is_err());
    }

    #[test]
    fn a_column_consists_of_fields_of_the_result() {
        for (name, is_known) in [
            ("email", true),
            ("PERSON.email", true),
            ("person.properties.color", true),
            ("properties", true),
            ("person.emial", false),
            ("color", false),
        ] {
            let checked = check(&[name.to_owned()], &["email", "person", "properties.*"]);
            assert_eq!(checked.is_ok(), is_known, "{name}");
        }
        assert!(check(&["anything".to_owned()], &[]).is_ok());
    }
}
