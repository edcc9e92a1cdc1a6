//! Tests name collisions: code is still generated, and each collision is reported as a warning with both locations.

use super::scratch::{Scratch, contents};

const DOCUMENT: &str = "\
openapi: 3.0.3
info: {title: Shop, version: v2}
paths:
  /api/v2/person:
    get:
      operationId: findPerson
      tags: [People]
      responses:
        '200':
          description: Found.
          content:
            application/json:
              example: {ok: true, result: {name: Jane}}
  /api/v2/persons:
    get:
      operationId: find_person
      tags: [People]
      responses:
        '200':
          description: Found.
          content:
            application/json:
              example: {ok: true, result: [{age: 7}]}
components:
  schemas: {}
";

const OVERLAY: &str = "\
overlay: 1.0.0
info: {title: Known, version: 1.0.0}
actions:
- target: $.components.schemas['FindPersonResult','Person']
  update: {x-rust-name: Found}
";

#[test]
fn operations_with_the_same_rust_name_are_numbered() {
    let scratch = Scratch::without_overlays();
    scratch.write("v2.yaml", DOCUMENT);
    let ran = scratch.xtask(&["codegen", "--published", "v2.yaml", "--out", "out"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    for said in [
        "warning: the method `people.find_person` belongs to GET /api/v2/person; \
         GET /api/v2/persons becomes `find_person_2`\n  --> v2.yaml:15:5\n",
        "= at: /paths/~1api~1v2~1persons/get\n",
        "warning: `findPerson` and `find_person` both become `FindPerson` in Rust; ",
        "the first operation is GET /api/v2/person\n",
    ] {
        assert!(ran.err.contains(said), "`{said}` is not in\n{}", ran.err);
    }
    let text: String = contents(&scratch.path("out")).values().map(|bytes| String::from_utf8_lossy(bytes)).collect();
    for code in ["fn find_person(", "fn find_person_2(", "struct FindPersonResult", "struct FindPerson2Result"] {
        assert!(text.contains(code), "`{code}` is not in\n{text}");
    }
    // The two operations have different result types.
    assert!(text.contains("pub name: Option<String>") && text.contains("pub age: Option<i64>"), "{text}");
}

#[test]
fn a_taken_type_name_gets_a_number() {
    let scratch = Scratch::without_overlays();
    scratch.write("v2.yaml", DOCUMENT.replace("find_person", "listPeople"));
    scratch.write("spec/overlay/v2.yaml", OVERLAY);
    let ran = scratch.xtask(&["codegen", "--published", "v2.yaml", "--out", "out"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let warning = "the name `Found` in `x-rust-name` is taken; the type is named `Found2`\n";
    assert!(ran.err.contains(warning), "{}", ran.err);
    assert!(ran.err.contains("help: choose another name in the overlay"), "{}", ran.err);
}
