//! Tests for skipping parts of the overlay.

use serde_json::json;

use super::*;
use crate::describe::overlay;
use crate::source::load::load;

/// Applies and reconciles an overlay. Returns the resulting document, and the pointer and message of each warning.
fn reconciled(document: &str, actions: &str) -> (Value, Vec<(String, String)>) {
    let before = load("a.yaml", document.as_bytes()).unwrap();
    let actions = format!("overlay: 1.0.0\ninfo: {{title: Additions, version: 1.0.0}}\nactions:\n{actions}");
    let mut overlay_document = load("overlay.yaml", actions.as_bytes()).unwrap();
    let mut document = before.clone();
    let mut applied = overlay(&mut document, &overlay_document).unwrap();
    let warnings = reconcile(&mut document, &before, &mut overlay_document, &mut applied).unwrap();
    let text = |warning: &Diagnostic| (warning.pointer.clone().unwrap(), warning.message.clone());
    assert!(warnings.iter().all(|warning| warning.span.is_some() && warning.help.is_some()), "{warnings:?}");
    (document.value, warnings.iter().map(text).collect())
}

fn pointers(warnings: &[(String, String)]) -> Vec<&str> {
    warnings.iter().map(|(pointer, _)| pointer.as_str()).collect()
}

const DOCUMENT: &str = "{choice: {}, holder: {}, list: {items: {$ref: '#/components/schemas/Old'}}, \
        components: {schemas: {Kept: {type: object}, Old: {type: string}}}}";

const REFERENCES: &str = "\
- target: $.components.schemas['Gone','Kept']
  update: {description: A record.}
- target: $.choice
  update: {oneOf: [{$ref: '#/components/schemas/Kept'}, {properties: {data: {$ref: '#/components/schemas/Gone'}}}]}
- target: $.holder
  update: {required: [a, b], properties: {a: {$ref: '#/components/schemas/Gone'}, b: {type: string},
    c: {type: array, items: {type: array, items: {$ref: '#/components/schemas/Gone'}}}}}
- target: $.list
  update: {description: A list., items: {$ref: '#/components/schemas/Gone'}}
- target: $.components.schemas.Old
  remove: true
";

#[test]
fn skips_references_to_a_missing_component() {
    let (value, warnings) = reconciled(DOCUMENT, REFERENCES);
    assert_eq!(value["choice"]["oneOf"], json!([{"$ref": "#/components/schemas/Kept"}]));
    assert_eq!(value["holder"], json!({"required": ["b"], "properties": {"b": {"type": "string"}}}));
    assert_eq!(value["list"], json!({"items": {"$ref": "#/components/schemas/Old"}, "description": "A list."}));
    // The new item schema is skipped. The list therefore still refers to `Old`, so `Old` stays.
    assert_eq!(value["components"]["schemas"]["Old"]["type"], "string");
    assert_eq!(
        pointers(&warnings),
        [
            "/actions/1/update/oneOf/1",
            "/actions/2/update/properties/a",
            "/actions/2/update/properties/c",
            "/actions/3/update/items",
            "/actions/4"
        ]
    );
    assert_eq!(warnings[0].1, "the overlay refers to `Gone`, which the document no longer has");
    assert_eq!(warnings[4].1, "the overlay removes `Old`, which the document still refers to");
}

#[test]
fn skips_a_union_without_branches() {
    let only = REFERENCES.replace("{$ref: '#/components/schemas/Kept'}, ", "");
    let (value, warnings) = reconciled(DOCUMENT, &only);
    assert_eq!(value["choice"], json!({}));
    assert_eq!(pointers(&warnings)[0], "/actions/1/update/oneOf/0");
}

#[test]
fn removing_an_item_moves_the_spans_of_later_items() {
    let actions = "\
overlay: 1.0.0
info: {title: Additions, version: 1.0.0}
actions:
- target: $.components.schemas.Gone
  update: {description: A record.}
- target: $.components.schemas
  update:
    A:
      oneOf:
      - $ref: '#/components/schemas/Gone'
      - properties:
          name: {description: The name.}
";
    let mut overlay_document = load("overlay.yaml", actions.as_bytes()).unwrap();
    let spans = overlay_document.spans.clone();
    remove(&mut overlay_document.value, "/actions/1/update/A/oneOf/0");
    remove_span(&mut overlay_document, "/actions/1/update/A/oneOf/0");
    let name = "/properties/name";
    assert_eq!(
        overlay_document.span(&format!("/actions/1/update/A/oneOf/0{name}")),
        spans.get(&format!("/actions/1/update/A/oneOf/1{name}")).copied()
    );
    assert!(!overlay_document.spans.contains_key("/actions/1/update/A/oneOf/1"));
}

#[test]
fn orders_warnings_as_in_the_overlay() {
    let branches =
        ["{properties: {a: {$ref: '#/components/schemas/Gone'}, b: {$ref: '#/components/schemas/Gone'}}}"; 3];
    let many = REFERENCES.replace("{$ref: '#/components/schemas/Kept'}, ", &format!("{}, ", branches.join(", ")));
    let (value, warnings) = reconciled(DOCUMENT, &many);
    assert_eq!(value["choice"], json!({}));
    let expected = [0, 1, 2, 3].map(|index| format!("/actions/1/update/oneOf/{index}"));
    assert_eq!(pointers(&warnings)[..4], expected);
}

#[test]
fn skips_references_to_a_component_that_no_action_targets() {
    let (value, warnings) = reconciled(DOCUMENT, &REFERENCES.replace("['Gone','Kept']", ".Kept"));
    assert_eq!(warnings.len(), 5);
    assert!(!value.to_string().contains("/Gone"));
}

#[test]
fn finds_the_component_that_a_target_names() {
    for (target, names) in [
        ("$.components.schemas.Gone", true),
        ("$.components.schemas.Gone.properties.name", true),
        ("$.components.schemas['Kept','Gone'].properties", true),
        ("$.components.schemas[\"Gone\"]", true),
        ("$.components.schemas.Person.properties.Gone", false),
        ("$.components.schemas['Person'].properties['Gone']", false),
        ("$.components.schemas[?@.title=='Gone']", false),
        ("$.paths.Gone", false),
    ] {
        assert_eq!(names_component(target, "Gone"), names, "{target}");
    }
}

#[test]
fn skips_annotations_of_missing_properties() {
    let document = "{components: {schemas: {Person: {required: [id], properties: {id: {type: integer}}}, \
            Site: {type: object}}}}";
    let actions = "\
- target: $.components.schemas.Person.properties
  update:
    id: {description: The ID.}
    email: {description: The e-mail address., x-rust-field: mail}
    phone: {type: string, description: The phone number.}
    name: {type: string}
- target: $.components.schemas
  update:
    Site: {required: [email], properties: {email: {description: The e-mail address., x-rust-field: mail}}}
- target: $.components.schemas.Person.properties.email
  update: {deprecated: true}
- target: $.components.schemas
  update: {New: {type: object, properties: {anything: {description: Any value.}}}}
";
    let (value, warnings) = reconciled(document, actions);
    assert_eq!(
        pointers(&warnings),
        ["/actions/0/update/email", "/actions/1/update/Site/properties/email", "/actions/2/target"]
    );
    let message = "the overlay describes /components/schemas/Person/properties/email, which the document no longer has";
    assert_eq!(warnings[0].1, message);
    assert_eq!(value["components"]["schemas"]["Site"], json!({"type": "object"}));
    let fields = value["components"]["schemas"]["Person"]["properties"].as_object().unwrap();
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["id", "phone", "name"]);
    assert!(value.pointer("/components/schemas/New/properties/anything").is_some());
}

#[test]
fn keeps_annotations_in_matches_that_have_the_property() {
    let document = "{components: {schemas: {A: {properties: {id: {type: integer}, name: {type: string}}}, \
            B: {properties: {id: {type: integer}}}}}}";
    let actions = "\
- target: $.components.schemas.*
  update: {required: [id, name], properties: {name: {description: The name.}}}
";
    let (value, warnings) = reconciled(document, actions);
    let schemas = &value["components"]["schemas"];
    assert_eq!(schemas["A"]["properties"]["name"], json!({"type": "string", "description": "The name."}));
    assert_eq!(schemas["A"]["required"], json!(["id", "name"]));
    assert_eq!(schemas["B"], json!({"properties": {"id": {"type": "integer"}}, "required": ["id"]}));
    assert_eq!(pointers(&warnings), ["/actions/0/update/properties/name"]);
}
