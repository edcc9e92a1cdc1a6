//! Splits names into English words, and derives singular forms from plurals.

use heck::{ToSnakeCase, ToUpperCamelCase};

/// Splits a key into words, in lower case.
pub fn words(key: &str) -> Vec<String> {
    key.to_snake_case().split('_').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Changes the last word to its singular form.
pub fn singular(mut words: Vec<String>) -> Vec<String> {
    if let Some(last) = words.last_mut() {
        *last = singular_word(last);
    }
    words
}

/// Joins words into a type name.
pub fn type_name(words: &[String]) -> String {
    words.join("_").to_upper_camel_case()
}

fn singular_word(word: &str) -> String {
    let ends = |suffix: &str| word.strip_suffix(suffix).filter(|stem| stem.len() > 1);
    match word {
        "people" => "person".to_owned(),
        _ if ends("ss").is_some() || ends("us").is_some() || ends("is").is_some() => word.to_owned(),
        _ => {
            if let Some(stem) = ends("ies") {
                format!("{stem}y")
            } else if let Some(stem) =
                ["sses", "xes", "ches", "shes"].iter().find_map(|suffix| ends(suffix).and(ends("es")))
            {
                stem.to_owned()
            } else {
                ends("s").unwrap_or(word).to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derives_singular_forms() {
        for (plural, expected) in [
            ("friend_rewards", "friend_reward"),
            ("redemption_batches", "redemption_batch"),
            ("categories", "category"),
            ("addresses", "address"),
            ("status", "status"),
            ("analysis", "analysis"),
            ("boxes", "box"),
            ("people", "person"),
            ("shares", "share"),
            ("s", "s"),
        ] {
            assert_eq!(singular(words(plural)).join("_"), expected);
        }
    }
}
