//! Property tests for shapes: neither the order of the examples nor their repetition matters, and a placeholder has the shape of
//! its sample.

use codegen::describe::infer::shape::{Shape, ValueKind};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e12..1e12).prop_map(Value::from),
        "[a-z0-9 /.+@,:-]{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            "2026-01-02T03:04:05.000-08:00",
            "2026-01-02T03:04:05Z",
            "2026-01-02",
            "1/2/2026",
            "https://www.example.com/x",
            "00000000-0000-4000-8000-00000000000a",
            "someone@example.com",
            "+12025550100",
            "",
        ])
        .prop_map(Value::from),
    ]
}

fn sample() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(prop_oneof!["[a-d]", "[a-b]@example\\.com"], inner, 0..4)
                .prop_map(|entries| Value::Object(Map::from_iter(entries))),
        ]
    })
}

/// Generates the joined shape of up to two examples. Some records are turned into maps, because examples alone never produce maps.
fn shape() -> impl Strategy<Value = Shape> {
    (prop::collection::vec(sample(), 0..3), any::<bool>()).prop_map(|(samples, map)| {
        let joined = Shape::all(samples.iter().map(Shape::of));
        match joined.kind {
            ValueKind::Object(record) if map => Shape { kind: ValueKind::Map(Box::new(record.values())), ..joined },
            _ => joined,
        }
    })
}

proptest! {
    #[test]
    fn join_is_commutative(one in shape(), other in shape()) {
        prop_assert_eq!(one.clone().join(other.clone()), other.join(one));
    }

    #[test]
    fn join_is_associative(a in shape(), b in shape(), c in shape()) {
        prop_assert_eq!(a.clone().join(b.clone()).join(c.clone()), a.join(b.join(c)));
    }

    #[test]
    fn join_is_idempotent(shape in shape()) {
        prop_assert_eq!(shape.clone().join(shape.clone()), shape);
    }

    #[test]
    fn joining_all_equals_joining_one_by_one(shapes in prop::collection::vec(shape(), 0..9)) {
        let one_after_the_other = shapes.iter().cloned().fold(Shape::NEVER, Shape::join);
        prop_assert_eq!(Shape::all(shapes), one_after_the_other);
    }

    #[test]
    fn the_never_shape_is_neutral(shape in shape()) {
        prop_assert_eq!(shape.clone().join(Shape::NEVER), shape);
    }

    #[test]
    fn transcription_keeps_shapes_and_is_idempotent(sample in sample()) {
        let document = |value| codegen::Document::new("sample.yaml", value);
        let vendor = document(json!({"example": sample}));
        let ours = document(codegen::transcribe(&vendor, None));
        // The transcription replaces keys that are e-mail addresses with numbered placeholders, so only samples without such keys
        // keep their exact shape.
        let has_address_keys = sample.to_string().contains("@example.com\":");
        if !has_address_keys {
            prop_assert_eq!(Shape::of(&ours.value["example"]), Shape::of(&sample));
        }
        prop_assert_eq!(&codegen::transcribe(&vendor, Some(&ours)), &ours.value);
        prop_assert_eq!(&codegen::transcribe(&ours, Some(&ours)), &ours.value);
    }

    #[test]
    fn load_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[-a-c:{}\\[\\]&*!|>'\" \n#,0-9.]{0,80}") {
        let _ = codegen::load("x.yaml", &bytes);
        let _ = codegen::load("x.yaml", text.as_bytes());
    }
}
