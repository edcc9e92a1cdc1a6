//! Names that were probably meant.

/// The names nearest to a wrong one, nearest first; none if nothing is near.
pub fn near<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wrong = wrong.to_lowercase();
    let mut ranked: Vec<(usize, &str)> = names
        .into_iter()
        .filter_map(|name| {
            let candidate = name.to_lowercase();
            let contained = wrong.len() >= 4 && (candidate.contains(&wrong) || wrong.contains(&candidate));
            let distance = distance(&wrong, &candidate);
            (contained || distance * 3 <= candidate.len()).then_some((distance, name))
        })
        .collect();
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, name)| name).take(5).collect()
}

/// How many characters must be added, dropped or replaced to make one text of the other.
fn distance(left: &str, right: &str) -> usize {
    let mut previous: Vec<usize> = (0..=right.chars().count()).collect();
    for (row, left) in left.chars().enumerate() {
        let mut current = vec![row + 1];
        for (above_left, (above, right)) in previous.iter().zip(previous.iter().skip(1).zip(right.chars())) {
            let beside = current.last().copied().unwrap_or_default();
            current.push((above_left + usize::from(left != right)).min(above + 1).min(beside + 1));
        }
        previous = current;
    }
    previous.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::near;

    fn check(wrong: &str, expected: &[&str]) {
        assert_eq!(near(wrong, ["findPerson", "updatePerson", "findCoupon", "createOrigin"]), expected, "{wrong}");
    }

    #[test]
    fn what_was_meant_is_found() {
        check("findPersn", &["findPerson"]);
        check("find_person", &["findPerson"]);
        check("FINDPERSON", &["findPerson"]);
        check("person", &["findPerson", "updatePerson"]);
        check("findCupon", &["findCoupon"]);
        check("listTrafficSources", &[]);
        check("", &[]);
    }
}
