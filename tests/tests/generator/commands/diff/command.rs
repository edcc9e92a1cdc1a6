//! Tests the output formats and exit statuses of `diff`, and the documents that it accepts.

use crate::commands::scratch::Scratch;

const SMALL: &str = include_str!("../../../../fixtures/changes/small.yaml");

/// Writes two versions of a small document. The second version has a changed path and a new parameter.
fn two_versions() -> Scratch {
    let scratch = Scratch::without_overlays();
    scratch.write("old.yaml", SMALL);
    let parameter = "      - {name: limit, in: query, schema: {type: integer}}\n";
    let both = format!("{parameter}      - {{name: sort, in: query, schema: {{type: string}}}}\n");
    scratch.write("new.yaml", SMALL.replace("/api/v2/ping", "/api/v2/status").replace(parameter, &both));
    scratch
}

#[test]
fn prints_a_text_report() {
    let ran = two_versions().xtask(&["diff", "old.yaml", "new.yaml"]);
    assert_eq!(ran.status, 1, "{}", ran.err);
    let expected = "\
Breaking at run time (1)
  operation `status().ping`: path changed from `/api/v2/ping` to `/api/v2/status`
      new.yaml:103 /paths/~1api~1v2~1status/get

Additive (1)
  argument `ListOrdersQuery::sort` added: `Option<String>`
      new.yaml:60 /paths/~1api~1v2~1orders/get/parameters/3

2 changes: 1 breaking at run time, 1 additive
version bump: major (before 1.0.0, raise the second number)
";
    assert_eq!(ran.out, expected);
}

#[test]
fn prints_markdown_for_the_changelog() {
    let ran = two_versions().xtask(&["diff", "old.yaml", "new.yaml", "--format", "markdown"]);
    let expected = "\
### Added

- Argument `ListOrdersQuery::sort` added: `Option<String>`.

### Changed

- **Breaking at run time:** operation `status().ping`: path changed from `/api/v2/ping` to `/api/v2/status`.
";
    assert_eq!(ran.out, expected);
}

#[test]
fn the_exit_status_depends_on_the_changes() {
    let scratch = two_versions();
    scratch.write("page.html", "<html></html>");
    for (old, new, status) in [
        ("old.yaml", "old.yaml", 0),
        ("old.yaml", "new.yaml", 1),
        ("old.yaml", "page.html", 2),
        ("nowhere.yaml", "new.yaml", 2),
        ("spec/published/webhooks.yaml", "spec/published/webhooks.yaml", 0),
        ("spec/talkable.yaml", "spec/webhooks.yaml", 2),
    ] {
        let ran = scratch.xtask(&["diff", old, new]);
        assert_eq!(ran.status, status, "{old} {new}: {}{}", ran.out, ran.err);
        assert_eq!(ran.err.starts_with("error: "), status == 2, "{}", ran.err);
    }
    for wrong in [&["diff", "old.yaml"][..], &["diff", "old.yaml", "new.yaml", "--format", "pdf"]] {
        let ran = scratch.xtask(wrong);
        assert_eq!(ran.status, 2);
        assert!(ran.err.contains("usage: cargo xtask diff OLD NEW"), "{}", ran.err);
    }
}

#[test]
fn the_complete_description_has_no_changes_for_users() {
    let scratch = Scratch::new();
    for (published, complete) in
        [("spec/published/v2.yaml", "spec/talkable.yaml"), ("spec/published/webhooks.yaml", "spec/webhooks.yaml")]
    {
        // `diff` reads the description instead of a document in `spec/published/`.
        scratch.write("published.yaml", scratch.read(published));
        let ran = scratch.xtask(&["diff", "published.yaml", complete]);
        assert_eq!(ran.succeeded(), "No changes for users of the crate; no new version is needed.\n");
    }
}

#[test]
fn a_changed_summary_is_a_documentation_change() {
    let scratch = Scratch::new();
    let description = scratch.read("spec/talkable.yaml");
    assert!(description.contains("summary: Finds a person.\n"));
    scratch.write("new.yaml", description.replace("summary: Finds a person.\n", "summary: Looks a person up.\n"));
    let out = scratch.xtask(&["diff", "spec/talkable.yaml", "new.yaml"]).succeeded();
    assert!(out.starts_with("Documentation (1)\n  operation `people().find`: documentation changed"), "{out}");
    assert!(out.ends_with("version bump: patch (before 1.0.0, raise the third number)\n"), "{out}");
}

#[test]
fn compares_unrelated_documents() {
    let scratch = two_versions();
    let out = scratch.xtask(&["diff", "old.yaml", "spec/published/v2.yaml"]);
    assert_eq!(out.status, 1, "{}", out.err);
    assert!(out.out.contains("resource `metrics` added"), "{}", out.out);
}

#[test]
fn notes_when_renames_are_not_detected() {
    let document = |name: &str| {
        let path = |number| {
            format!(
                "  /api/v2/{name}{number}: {{get: {{operationId: {name}{number}, tags: [T], responses: {{200: {{description: ''}}}}}}}}\n"
            )
        };
        let paths: String = (0..501).map(path).collect();
        format!("openapi: 3.0.3\ninfo: {{title: Shop, version: v2}}\npaths:\n{paths}")
    };
    let scratch = Scratch::without_overlays();
    scratch.write("old.yaml", document("one"));
    scratch.write("new.yaml", document("other"));
    let note = "too many differences to detect renames; they are reported as removals and additions";
    for (format, expected) in
        [("text", format!("\nnote: {note}\n")), ("json", note.to_owned()), ("markdown", note.to_owned())]
    {
        let ran = scratch.xtask(&["diff", "old.yaml", "new.yaml", "--format", format]);
        assert_eq!(ran.status, 1, "{}", ran.err);
        assert!(ran.out.contains(&expected), "{}", ran.out.lines().rev().take(5).collect::<Vec<_>>().join("\n"));
    }
}
