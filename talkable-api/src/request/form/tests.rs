//! Tests of forms, including a property test that reads them as Rack does.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::*;

fn names(json: &Json, styles: &[(&str, FieldStyle)]) -> Result<String, &'static str> {
    let fields = fields(json.to_string().as_bytes(), styles)?;
    Ok(fields.iter().map(|field| format!("{}={}", field.name, field.value)).collect::<Vec<_>>().join("&"))
}

fn check(json: &Json, expected: &str) {
    assert_eq!(names(json, &[]).as_deref(), Ok(expected), "{json}");
}

#[test]
fn nests_objects_and_lists_like_rails() {
    check(&json!({"a": "x", "b": 1.50, "c": false, "d": null}), "a=x&b=1.5&c=false");
    check(&json!({"a": {"b": {"c": 1}, "d": []}}), "a[b][c]=1&a[d][]=");
    check(&json!({"a": [1, "x", null], "b[]": [2]}), "a[]=1&a[]=x&a[]=&b[]=2");
    check(&json!({"a": [{"b": 1, "c": [2, 3]}, {"b": 4}]}), "a[][b]=1&a[][c][]=2&a[][c][]=3&a[][b]=4");
    check(&json!({}), "");
}

#[test]
fn numbers_keep_their_digits() {
    let fields = fields(br#"{"a":12345678901234567890123.4500}"#, &[]).unwrap();
    assert_eq!(fields, [Field::text("a", "12345678901234567890123.4500")]);
}

#[test]
fn objects_in_a_list_start_with_a_common_field() {
    check(&json!({"a": [{"a1": 1, "b": 2}, {"b": 3, "c": 4}]}), "a[][b]=2&a[][a1]=1&a[][b]=3&a[][c]=4");
    check(&json!({"a": [{"b": {"c": 1}}, {"b": {"c": 2}}]}), "a[][b][c]=1&a[][b][c]=2");
}

#[test]
fn rejects_what_a_form_cannot_contain() {
    for (json, reason) in [
        (json!({"a": [{"b": 1}, {"c": 1}]}), NO_COMMON_FIELD),
        (json!({"a": [{"b": [1]}, {"b": [2]}]}), NO_COMMON_FIELD),
        (json!({"a": [{}]}), EMPTY_OBJECT),
        (json!({"a": [[1]]}), "list of lists"),
        (json!({"a": [{"b": 1}, 2]}), "both objects"),
        (json!({"a": {"b]": 1}}), "brackets"),
        (json!({"a": {"": 1}}), "empty"),
        (json!([1]), "must be an object"),
        (json!("a"), "must be an object"),
    ] {
        let error = names(&json, &[]).unwrap_err();
        assert!(error.contains(reason), "{json}: {error}");
    }
    let deep = (0..40).fold(json!(1), |inner, _| json!({"a": inner}));
    assert!(names(&deep, &[]).unwrap_err().contains("32 levels"));
}

#[test]
fn styles_apply_to_the_fields_of_the_form() {
    let json = json!({"a": {"b": [1]}, "ids": [1, 2], "c": null, "sizes": [1, 2]});
    let styles = [("a", FieldStyle::Json), ("ids", FieldStyle::Repeated), ("c", FieldStyle::Json)];
    let styles = [&styles[..], &[("sizes", FieldStyle::Joined("|"))]].concat();
    assert_eq!(names(&json, &styles).as_deref(), Ok(r#"a={"b":[1]}&ids=1&ids=2&sizes=1|2"#));
    assert!(names(&json!({"sizes": [{}]}), &styles).is_err());
    assert_eq!(names(&json!({"sizes": ["1|2"]}), &styles), Err(SEPARATOR_IN_ITEM));
}

/// Reads fields like Rack's `normalize_params`.
fn insert(params: &mut Map<String, Json>, name: &str, value: &str) {
    let (key, rest) = name.split_once('[').map_or((name, ""), |(key, _)| (key, &name[key.len()..]));
    let has = |object: &Json, path: &str| {
        let mut steps = path.split(['[', ']']).filter(|step| !step.is_empty());
        !path.contains("[]") && steps.try_fold(object, |object, step| object.get(step)).is_some()
    };
    if rest.is_empty() {
        params.insert(key.to_owned(), value.into());
        return;
    }
    if let Some(inner) = rest.strip_prefix("[]") {
        let list = params.entry(key).or_insert_with(|| json!([])).as_array_mut().expect("a list");
        if inner.is_empty() {
            list.push(value.into());
            return;
        }
        if list.last().is_none_or(|last| !last.is_object() || has(last, inner)) {
            list.push(json!({}));
        }
        let last = list.last_mut().and_then(Json::as_object_mut).expect("an object");
        return insert(last, &inner.replacen('[', "", 1).replacen(']', "", 1), value);
    }
    let object = params.entry(key).or_insert_with(|| json!({})).as_object_mut().expect("an object");
    insert(object, &rest.replacen('[', "", 1).replacen(']', "", 1), value);
}

/// Objects with the required field `id`, like a record of the bindings.
fn object(inner: BoxedStrategy<Json>) -> BoxedStrategy<Json> {
    let fields = proptest::collection::btree_map("[a-z]{1,3}", inner, 0..4);
    let objects = (".*", fields).prop_map(|(id, fields): (String, BTreeMap<String, Json>)| {
        fields.into_iter().chain([("id".to_owned(), id.into())]).collect::<Map<_, _>>().into()
    });
    objects.boxed()
}

fn tree() -> BoxedStrategy<Json> {
    let leaf = prop_oneof![".*".prop_map(Json::from), proptest::collection::vec(".*", 1..4).prop_map(Json::from)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![object(inner.clone()), proptest::collection::vec(object(inner), 1..4).prop_map(Json::from)]
    })
    .boxed()
}

proptest! {
    #[test]
    fn a_server_reads_what_was_sent(sent in object(tree())) {
        let encoded = encode(&fields(sent.to_string().as_bytes(), &[]).expect("a form"));
        let pairs: Vec<(String, String)> = serde_html_form::from_str(&encoded).expect("a form");
        let mut read = Map::new();
        for (name, value) in pairs {
            insert(&mut read, &name, &value);
        }
        prop_assert_eq!(Json::from(read), sent);
    }

    #[test]
    fn any_object_is_encoded_or_rejected(keys in proptest::collection::btree_map(".*", ".*", 0..5)) {
        let _ = fields(json!({"a": keys, "b": [keys, keys]}).to_string().as_bytes(), &[]);
    }
}
