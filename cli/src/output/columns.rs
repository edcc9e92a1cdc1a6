//! The names of columns, which are the same in tables and in CSV.

use crate::failure::{Failure, Result};

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
    if let Some(index) = columns.iter().position(|column| column == name) {
        return vec![index];
    }
    let part = format!(".{name}.");
    let parts = columns.iter().map(|column| format!(".{column}.").contains(&part));
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
        ] {
            assert_eq!(matching(&columns, name), expected, "{name}");
        }
        assert_eq!(choose(&columns, &[]).expect("all").len(), 6);
        assert_eq!(choose(&columns, &["email".to_owned(), "id".to_owned()]).expect("columns"), [2, 3, 0]);
        assert!(choose(&columns, &["nope".to_owned()]).is_err());
    }
}
