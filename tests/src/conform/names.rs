//! Suggestions for misspelled names.

use codegen::report::explain::distance;

/// The most similar names, nearest first.
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

#[cfg(test)]
mod tests {
    use super::near;

    fn check(wrong: &str, expected: &[&str]) {
        assert_eq!(near(wrong, ["findPerson", "updatePerson", "findCoupon", "createOrigin"]), expected, "{wrong}");
    }

    #[test]
    fn suggests_similar_names() {
        check("findPersn", &["findPerson"]);
        check("find_person", &["findPerson"]);
        check("FINDPERSON", &["findPerson"]);
        check("person", &["findPerson", "updatePerson"]);
        check("findCupon", &["findCoupon"]);
        check("listTrafficSources", &[]);
        check("", &[]);
    }
}
