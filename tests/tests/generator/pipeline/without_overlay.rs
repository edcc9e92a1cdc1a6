//! Tests the output without the overlay: names are less specific, but every operation is typed.

use codegen::Output;

use super::{WITH_OVERLAY, WITHOUT_OVERLAY};

/// Returns the signatures of all methods that call operations, each on one line.
fn signatures(output: &Output) -> Vec<String> {
    let methods = output.files.iter().filter(|file| file.path.contains("/methods")).map(|file| file.text.as_str());
    let text = methods.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
    let signatures = text.split("pub fn ").skip(1).filter_map(|rest| rest.split(" {").next());
    signatures.filter(|signature| signature.contains("-> Call<")).map(str::to_owned).collect()
}

fn result_type(signature: &str) -> &str {
    signature.rsplit("-> Call<").next().unwrap_or_default().trim_end_matches('>')
}

#[test]
fn every_operation_is_typed_without_the_overlay() {
    let signatures = signatures(&WITHOUT_OVERLAY);
    assert!(!signatures.is_empty());
    assert_eq!(signatures.len(), WITHOUT_OVERLAY.report.operations, "{signatures:#?}");
    for signature in signatures {
        assert!(result_type(&signature).ends_with("Result"), "{signature}");
        assert!(!signature.contains("Value") && !signature.contains("()"), "{signature}");
    }
}

#[test]
fn every_result_type_is_a_struct_with_and_without_the_overlay() {
    for output in [&*WITHOUT_OVERLAY, &*WITH_OVERLAY] {
        let text: String = output.files.iter().map(|file| file.text.as_str()).collect();
        let signatures = signatures(output);
        assert_eq!(signatures.len(), output.report.operations);
        for signature in signatures {
            assert!(text.contains(&format!("pub struct {} ", result_type(&signature))), "{signature}");
        }
    }
}
