//! What documents of other APIs once broke, in small: each generates.

use std::fs;

use super::{NOTHING_KNOWN, generate, read, root};

#[test]
fn documents_of_other_apis_generate() {
    let folder = fs::read_dir(root().join("tests/fixtures/foreign")).expect("there are some");
    let mut names: Vec<_> =
        folder.flatten().map(|entry| entry.file_name().into_string().expect("the names are ours")).collect();
    names.sort();
    assert!(!names.is_empty());
    for name in names {
        let output = generate(&read(&format!("tests/fixtures/foreign/{name}")), NOTHING_KNOWN);
        assert_eq!(output.report.operations, 1, "{name}");
    }
}
