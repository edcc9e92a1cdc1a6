//! Compares the outline of the bindings for small documents with the expected outline.
//!
//! Each `tests/cases/NAME.yaml` is a document with one kind of defect or one unusual construct. `NAME.expected` contains the
//! methods and types generated from it, and all diagnostics. `UPDATE=1 cargo test -p talkable-codegen --test cases` updates the
//! expected files.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use codegen::model::api::{
    Api, BodyFormat, HeaderSource, Operation, StatusVariant, Struct, Test, TypeItem, TypeKind, Variant,
};
use codegen::{Diagnostic, DocumentKind, Inputs, Output, Progress, Published, STAGES, Source, generate};

const OVERLAY: &[u8] = b"overlay: 1.0.0\ninfo: {title: Empty, version: 1.0.0}\nactions: []\n";
const WEBHOOKS: &[u8] = b"openapi: 3.0.3\ninfo: {title: Empty, version: 1.0.0}\npaths: {}\n";

fn inputs(bytes: &[u8]) -> Inputs<'_> {
    let published = |name, bytes| {
        let (document, overlay) = (Source { name, bytes }, Source { name: "overlay.yaml", bytes: OVERLAY });
        Published { document, transcription: document, overlay }
    };
    Inputs {
        v2: published("case.yaml", bytes),
        webhooks: published("webhooks.yaml", WEBHOOKS),
        shared: Source { name: "schemas.yaml", bytes: b"{}" },
    }
}

/// Returns the outline of the bindings, or the error.
fn outline(bytes: &[u8]) -> String {
    let inputs = inputs(bytes);
    match generate(&inputs) {
        Ok(Output { report, .. }) => {
            let mut progress = Progress::new(&inputs, DocumentKind::Api);
            let mut stages = STAGES.iter().take_while(|stage| stage.name != "emit");
            stages.try_for_each(|stage| stage.run(&mut progress)).expect("the document was generated before");
            let mut text = methods(&progress.api);
            let used = |item: &&TypeItem| !progress.api.uses.get(&item.name).is_none_or(|it| it.resources.is_empty());
            text.extend(progress.types.iter().filter(used).map(type_of));
            text.extend(report.diagnostics.iter().map(diagnostic));
            text
        }
        Err(error) => diagnostic(&error),
    }
}

fn methods(api: &Api) -> String {
    let mut text = String::new();
    for resource in &api.resources {
        for operation in &resource.operations {
            let Operation { method, http, path, path_arguments, headers, query, body, files, format, output, .. } =
                operation;
            let arguments = path_arguments.iter().map(|argument| format!("{}: {}", argument.name, argument.ty));
            let headers = headers.iter().filter_map(|header| match &header.source {
                HeaderSource::Argument { name, ty } => Some(format!("{name}: {ty}")),
                _ => None,
            });
            let files = files.iter().map(|file| format!("{} = {:?} {:?}", file.name, file.count, file.wire));
            let arguments: Vec<_> =
                arguments.chain(headers).chain(query.clone()).chain([format!("{body:?}")]).chain(files).collect();
            let kind =
                output.envelope().map_or_else(|| format!("{:?}", output.kind), |envelope| format!("{envelope:?}"));
            let _ = writeln!(
                text,
                "{}.{method}({}) -> {} ({kind})\n    {http} {path}",
                resource.module,
                arguments.join(", "),
                output.name,
            );
            let sent = format!(
                "{}{}?{}",
                operation.server.as_deref().unwrap_or_default(),
                operation.template,
                operation.fixed_query
            );
            let sent = sent.trim_end_matches('?');
            if sent != path {
                let _ = writeln!(text, "    sent to {sent}");
            }
            for header in &operation.headers {
                let _ = writeln!(text, "    header {}: {:?}", header.name, header.source);
            }
            for (name, style) in &operation.query_styles {
                let _ = writeln!(text, "    query {name}: {style:?}");
            }
            if *format != BodyFormat::default() {
                let _ = writeln!(text, "    {:?} {:?} {:?}", format.encoding, format.content_type, format.styles);
            }
            if let Some(accept) = &output.accept {
                let _ = writeln!(text, "    Accept: {accept}");
            }
        }
    }
    text
}

fn variant_of(variant: &Variant) -> String {
    let doc = variant.doc.as_deref().map(|doc| format!(" {doc}")).unwrap_or_default();
    format!("    {} = {:?}{doc}", variant.name, variant.wire)
}

fn type_of(item: &TypeItem) -> String {
    let mut text = format!("{}\n", item.name);
    match &item.kind {
        TypeKind::Struct(Struct { fields, transparent, constant, .. }) => {
            if *transparent {
                text = format!("{}, serialized as its only field\n", item.name);
            }
            if let Some((tag, value)) = constant {
                let _ = writeln!(text, "    always {tag}: {value:?}");
            }
            for field in fields {
                let mut line = format!("    {}: {}", field.name, field.ty);
                for (is_set, word) in [
                    (!field.required, "optional"),
                    (field.nullable, "nullable"),
                    (field.flatten, "flatten"),
                    (field.read_only, "only in responses"),
                    (field.write_only, "only in requests"),
                ] {
                    if is_set {
                        line = format!("{line}, {word}");
                    }
                }
                if field.wire != field.name {
                    line = format!("{line}, wire name {:?}", field.wire);
                }
                text = format!("{text}{line}\n");
            }
        }
        TypeKind::Enum(variants) => {
            for variant in variants {
                let _ = writeln!(text, "{}", variant_of(variant));
            }
        }
        TypeKind::Union(union) => {
            for (index, test) in &union.tests {
                let (variant, ty) = &union.variants[*index];
                let test = match test {
                    Test::Type(json_type) => format!("it is {json_type:?}"),
                    Test::Tag(tag, values) => {
                        let values: Vec<_> = values.iter().map(ToString::to_string).collect();
                        format!("{tag} is {}", values.join(" or "))
                    }
                    Test::Keys(keys) => format!("it has {keys:?}"),
                };
                let _ = writeln!(text, "    {}({ty}) if {test}", variant.name);
            }
        }
        TypeKind::ByStatus(variants) => {
            for StatusVariant { name, statuses: (first, last), value } in variants {
                let value = value.as_ref().map(|(ty, envelope)| format!("{ty}, {envelope:?}")).unwrap_or_default();
                let _ = writeln!(text, "    {name}({value}) if the status is {first} to {last}");
            }
        }
        TypeKind::Tagged(tagged) => {
            for (variant, component) in &tagged.variants {
                let _ = writeln!(text, "    {}({component}) if {} is {:?}", variant.name, tagged.tag, variant.wire);
            }
        }
    }
    text
}

fn diagnostic(diagnostic: &Diagnostic) -> String {
    let line = diagnostic.line().map(|line| line.to_string()).unwrap_or_default();
    let pointer = diagnostic.pointer.as_deref().unwrap_or_default();
    let mut text = format!("{:?}, line {line}, {pointer}\n    {}\n", diagnostic.severity, diagnostic.message);
    for note in &diagnostic.notes {
        let _ = writeln!(text, "    note: {note}");
    }
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(text, "    help: {help}");
    }
    text
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let entries = std::fs::read_dir(folder).expect("the cases folder can be read");
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension().is_none_or(|extension| extension != "expected")).collect();
    paths.sort();
    paths
}

#[test]
fn generates_the_expected_outline() {
    let mut stale = Vec::new();
    for path in cases() {
        let text = outline(&std::fs::read(&path).expect("the case can be read"));
        let expected = path.with_extension("expected");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&expected, &text).expect("the outline can be written");
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != text {
            stale.push(format!("{}:\n{text}", expected.display()));
        }
    }
    let help = "run `UPDATE=1 cargo test -p talkable-codegen --test cases`";
    assert!(stale.is_empty(), "{}\nhelp: {help}", stale.join("\n"));
}
