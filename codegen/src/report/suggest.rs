//! Suggestions for misspelled names.

/// The maximum number of suggestions.
const MAX: usize = 5;

/// Returns the names that are similar to a misspelled one, the most similar first. If the misspelled name contains a slash, it is
/// compared with the beginnings of the names.
pub fn suggest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wrong = wrong.trim().to_lowercase();
    let length = wrong.chars().count();
    let mut ranked: Vec<(usize, &str)> = names
        .into_iter()
        .filter_map(|name| {
            let candidate = name.to_lowercase();
            let contained = length >= 4 && (candidate.contains(&wrong) || wrong.contains(&candidate));
            let compared: String =
                candidate.chars().take(if wrong.contains('/') { length } else { usize::MAX }).collect();
            let distance = distance(&wrong, &compared);
            (contained || distance * 3 <= compared.chars().count()).then_some((distance, name))
        })
        .collect();
    ranked.sort_unstable();
    ranked.dedup();
    ranked.into_iter().map(|(_, name)| name).take(MAX).collect()
}

/// Returns the name with the fewest edits from a misspelled one.
pub(crate) fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.trim().to_lowercase();
    names.into_iter().min_by_key(|name| distance(&wrong, &name.to_lowercase()))
}

/// Returns the Levenshtein distance between two strings.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (index, letter) in one.chars().enumerate() {
        let (mut diagonal, mut left) = (index, index + 1);
        for (cell, same) in row.iter_mut().skip(1).zip(other.chars().map(|other| other == letter)) {
            let above = *cell;
            *cell = if same { diagonal } else { 1 + diagonal.min(left).min(above) };
            (diagonal, left) = (above, *cell);
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        for (one, other, expected) in
            [("", "", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("ab", "ba", 2), ("é", "e", 1)]
        {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
    }

    #[test]
    fn suggests_similar_names() {
        let names = ["findPerson", "updatePerson", "findCoupon", "createOrigin", "GET /a/{b}"];
        for (wrong, expected) in [
            ("findPersn", &["findPerson"][..]),
            ("find_person", &["findPerson"]),
            ("FINDPERSON", &["findPerson"]),
            ("person", &["findPerson", "updatePerson"]),
            ("findCupon", &["findCoupon"]),
            ("get /a/b", &["GET /a/{b}"]),
            ("listTrafficSources", &[]),
            ("", &[]),
        ] {
            assert_eq!(suggest(wrong, names), expected, "{wrong}");
        }
    }
}
