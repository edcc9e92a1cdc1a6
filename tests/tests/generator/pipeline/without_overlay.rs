//! Without the overlay, names are plainer, but every operation is still typed.

use crate::{INFORMED, PLAIN};

#[test]
fn every_operation_is_typed_without_the_overlay() {
    let output = &*PLAIN;
    let operations = output.report.operations;
    assert!(operations > 0);

    let methods: String =
        output.files.iter().filter(|file| file.path.contains("/methods")).map(|file| file.text.as_str()).collect();
    let text = methods.split_whitespace().collect::<Vec<_>>().join(" ");
    let signatures: Vec<&str> = text.split("pub fn ").skip(1).filter_map(|rest| rest.split(" {").next()).collect();
    let calls: Vec<&&str> = signatures.iter().filter(|signature| signature.contains("-> Call<")).collect();
    assert_eq!(calls.len(), operations, "{calls:#?}");
    for signature in calls {
        let result = signature.rsplit("-> Call<").next().unwrap_or_default();
        assert!(result.trim_end_matches('>').ends_with("Result"), "{signature}");
        assert!(!signature.contains("Value") && !signature.contains("()"), "{signature}");
    }
}

#[test]
fn the_overlay_is_not_needed_for_any_result() {
    let results = |output: &codegen::Output| {
        let text: String = output.files.iter().map(|file| file.text.as_str()).collect();
        text.split("pub struct ")
            .skip(1)
            .filter(|rest| rest.split_whitespace().next().is_some_and(|name| name.ends_with("Result")))
            .count()
    };
    assert_eq!(results(&PLAIN), results(&INFORMED));
}
