//! Property tests for the comparison of JSON values.

use proptest::prelude::*;
use talkable_tests::conform::compare::{Absent, Verdict, compare};
use talkable_tests::conform::json::Json;

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?".prop_map(Json::Number),
        "[a-z0-9:.T~/\u{e9}-]{0,12}".prop_map(Json::Text),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::List),
            prop::collection::btree_map("[a-z~/]{0,6}", inner, 0..6)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

/// Adds a null member to every object.
fn with_nulls(value: &Json) -> Json {
    match value {
        Json::Object(members) => {
            let mut members: Vec<_> = members.iter().map(|(name, value)| (name.clone(), with_nulls(value))).collect();
            members.push(("INSERTED".to_owned(), Json::Null));
            Json::Object(members)
        }
        Json::List(items) => Json::List(items.iter().map(with_nulls).collect()),
        other => other.clone(),
    }
}

/// Counts the objects at all depths.
fn count_objects(value: &Json) -> usize {
    match value {
        Json::Object(members) => 1 + members.iter().map(|(_, value)| count_objects(value)).sum::<usize>(),
        Json::List(items) => items.iter().map(count_objects).sum(),
        _ => 0,
    }
}

/// Changes the spelling of every number.
fn respelled(value: &Json) -> Json {
    match value {
        Json::Number(text) if !text.contains(['.', 'e', 'E']) => Json::Number(format!("{text}.000E+0")),
        Json::Number(text) => Json::Text(text.clone()),
        Json::Object(members) => {
            Json::Object(members.iter().map(|(name, value)| (name.clone(), respelled(value))).collect())
        }
        Json::List(items) => Json::List(items.iter().map(respelled).collect()),
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn every_value_equals_itself(value in json()) {
        for absent in [Absent::IsNull, Absent::IsOmitted] {
            prop_assert_eq!(compare(&value, &value, absent), Verdict::default());
        }
    }

    #[test]
    fn printing_and_reading_round_trips(value in json()) {
        prop_assert_eq!(Json::read(value.to_string().as_bytes()).expect("the output is JSON"), value);
    }

    #[test]
    fn added_nulls_change_nothing(value in json()) {
        prop_assert_eq!(compare(&value, &with_nulls(&value), Absent::IsNull), Verdict::default());
    }

    #[test]
    fn omitted_nulls_change_nothing_in_a_request(value in json()) {
        prop_assert_eq!(compare(&with_nulls(&value), &value, Absent::IsOmitted), Verdict::default());
    }

    #[test]
    fn unknown_nulls_are_found_in_a_response(value in json()) {
        let verdict = compare(&with_nulls(&value), &value, Absent::IsNull);
        prop_assert_eq!(verdict.unknown.len(), count_objects(&value));
        prop_assert!(verdict.unknown.iter().all(|pointer| pointer.ends_with("/INSERTED")));
        prop_assert!(verdict.changed.is_empty());
    }

    #[test]
    fn numbers_compare_by_value(value in json()) {
        prop_assert_eq!(compare(&value, &respelled(&value), Absent::IsNull), Verdict::default());
        prop_assert_eq!(compare(&respelled(&value), &value, Absent::IsNull), Verdict::default());
    }

    #[test]
    fn a_lost_list_item_is_a_change(items in prop::collection::vec(json(), 2..5)) {
        let verdict = compare(&Json::List(items.clone()), &Json::List(items[1..].to_vec()), Absent::IsNull);
        prop_assert_eq!(verdict.changed, vec![String::new()]);
    }
}
