//! Tests `cargo xtask corpus`, which starts a process for each document.

mod copy;

use std::fs;

use serde_json::Value;

use self::copy::Copy;

const OPERATION: &str = "{tags: [a], operationId: list, responses: {'200': {description: d}}}";

/// Runs the command on the documents, and returns its output.
fn corpus(copy: &Copy, arguments: &[&str]) -> String {
    let folder = copy.0.join("documents").display().to_string();
    let output =
        copy.xtask(&[&["corpus", &folder], arguments].concat(), &copy.tree()).output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the output is UTF-8")
}

fn documents(copy: &Copy) {
    let head = "openapi: 3.0.3\ninfo: {title: A, version: '1'}\n";
    let cookie = OPERATION
        .replace("responses", "parameters: [{name: c, in: cookie, required: true, schema: {type: string}}], responses");
    for (name, text) in [
        ("good.yaml", format!("{head}paths: {{/a: {{get: {OPERATION}}}}}\n")),
        ("nested/cookie.yaml", format!("{head}paths: {{/a: {{get: {cookie}}}, /b: {{get: {OPERATION}}}}}\n")),
        ("other.json", "{\"swagger\": \"2.0\"}".to_owned()),
        ("ignored.txt", "not a document".to_owned()),
    ] {
        let path = copy.0.join("documents").join(name);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the temporary folder is writable");
        fs::write(path, text).expect("the temporary folder is writable");
    }
}

#[test]
fn reports_each_document() {
    let copy = Copy::new("corpus");
    documents(&copy);
    let text = corpus(&copy, &["--json"]);
    let results: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    let rows: Vec<_> = results
        .iter()
        .map(|it| {
            (
                it["document"].as_str().unwrap_or_default(),
                it["operations"].as_u64(),
                it["left_out"].as_u64(),
                it["lost"].as_u64(),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("good.yaml", Some(1), Some(0), Some(0)),
            ("nested/cookie.yaml", Some(1), Some(1), Some(0)),
            ("other.json", None, None, None),
        ]
    );
    assert!(results[2]["error"].to_string().contains("OpenAPI"), "{}", results[2]);

    let table = corpus(&copy, &[]);
    assert!(table.contains("generated code for 2 of 3 documents"), "{table}");
    assert!(table.contains("cookie"), "{table}");
}

#[test]
fn continues_an_interrupted_run() {
    let copy = Copy::new("corpus-continued");
    documents(&copy);
    corpus(&copy, &[]);
    let result = copy.tree().join("target/corpus/good.yaml/result.json");
    let marked =
        fs::read_to_string(&result).expect("the result was saved").replace("\"operations\":1", "\"operations\":77");
    fs::write(&result, &marked).expect("the temporary folder is writable");
    assert!(corpus(&copy, &["--json"]).contains("\"operations\":77"), "the saved result is used");

    let document = copy.0.join("documents/good.yaml");
    let text = fs::read_to_string(&document).expect("the document exists");
    fs::write(&document, text.replace("title: A", "title: B")).expect("the temporary folder is writable");
    assert!(!corpus(&copy, &["--json"]).contains("\"operations\":77"), "the document has changed");
}
