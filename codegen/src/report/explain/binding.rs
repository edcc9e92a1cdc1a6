//! Explains the method and the types of an operation, and the source of each decision: the overlay, the document or a rule.

use super::Explanation;
use crate::Diagnostic;
use crate::emit::{Module, emit};
use crate::model::api::{Event, HeaderSource, Operation, Resource, Type, TypeKind};
use crate::openapi::reach::is_within;
use crate::source::document::child;

impl Explanation<'_> {
    /// Explains why the operation or webhook is not in the bindings.
    fn left_out(&mut self) {
        let pointer = &self.operation.pointer;
        let is_reason = |it: &&Diagnostic| it.parts.iter().any(|part| is_within(pointer, part));
        let reason = self.stages.bindings.normalized.diagnostics.iter().find(is_reason);
        let reason = reason.map_or_else(|| "it is left out".to_owned(), |reason| reason.message.clone());
        self.heading("bindings: none");
        self.line(1, reason);
    }

    pub(super) fn bindings(&mut self) {
        let bindings = &self.stages.bindings;
        let Some((resource, operation)) =
            bindings.api.operations().find(|(_, it)| it.http == self.operation.http && it.path == self.operation.path)
        else {
            self.left_out();
            return;
        };
        let event = bindings.events.iter().find(|event| event.id == operation.id);
        if bindings.is_webhooks() {
            match event {
                Some(event) => self.event(event),
                None => self.left_out(),
            }
            return;
        }
        self.decisions(resource, operation);
        self.arguments(operation);
        let modules = emit(&bindings.api, bindings.types.values().cloned().collect());
        let modules: Vec<(String, String)> =
            modules.into_iter().map(|Module { path, tokens, .. }| (path, tokens.to_string())).collect();
        let mut types = self.response_types(operation, &modules);
        types.extend(operation.query.iter().cloned().chain(operation.body.type_name().map(str::to_owned)));
        let is_method = |(path, tokens): &&(String, String)| {
            path.starts_with(&resource.module) && tokens.contains(&format!("fn {} ", operation.method))
        };
        let method = modules.iter().find(is_method).map(|(path, _)| path.as_str());
        let mut files: Vec<&str> =
            types.iter().filter_map(|name| declaring_file(&modules, name)).chain(method).collect();
        files.sort_unstable();
        files.dedup();
        self.heading("files");
        for file in files {
            self.line(1, format!("{}/{file}", self.generated));
        }
    }

    fn event(&mut self, event: &Event) {
        self.heading("bindings");
        self.line(1, format!("event    webhook::Event::{}, of kind `{}`", event.variant, event.kind));
        self.line(1, format!("payload  webhook::{}", event.payload));
        let reply = event.answer.as_ref().map_or("a status", |answer| answer.name.as_str());
        self.line(1, format!("reply    {reply}"));
    }

    fn decisions(&mut self, resource: &Resource, operation: &Operation) {
        let tagged =
            self.stages.bindings.normalized.operations.iter().any(|it| it.id == operation.id && it.resource.is_some());
        let resource_rule = if tagged { "the first tag of the operation" } else { "the operation has no tag" };
        let retry_rule =
            if operation.http == "GET" { "GET is idempotent" } else { "only GET is idempotent by default" };
        let retry = if operation.retry_safe { "safe" } else { "refused-only" };
        self.heading("bindings");
        for (decision, value, extension, rule) in [
            ("resource", resource.module.as_str(), "x-resource", resource_rule),
            ("method", &operation.method, "x-method", "the operationId"),
            ("retry", retry, "x-retry", retry_rule),
        ] {
            let pointer = child(&self.operation.pointer, extension);
            let reason = match self.overlay_lines(&pointer) {
                Some(lines) => format!("`{extension}` in the overlay, {lines}"),
                None if self.stages.complete.document.value.pointer(&pointer).is_some() => {
                    format!("`{extension}` in the document")
                }
                None => format!("by rule: {rule}"),
            };
            self.line(1, format!("{decision:<9} {value:<20} {reason}"));
        }
    }

    fn arguments(&mut self, operation: &Operation) {
        self.heading("arguments");
        for argument in &operation.path_arguments {
            let ty = if argument.ty == Type::Text { "&str".to_owned() } else { argument.ty.to_string() };
            self.line(1, format!("path.{}: {ty}, required", argument.name));
        }
        for header in &operation.headers {
            self.line(
                1,
                match &header.source {
                    HeaderSource::Argument { name, ty } => format!("header.{name}: {ty}, required"),
                    HeaderSource::Constant(value) => format!("header {}: always `{value}`", header.name),
                    HeaderSource::Optional => format!("header {}: optional, with `Call::header`", header.name),
                },
            );
        }
        let types = &self.stages.bindings.types;
        let inputs = operation.query.as_deref().into_iter().chain(operation.body.type_name());
        for item in inputs.filter_map(|name| types.get(name)) {
            match &item.kind {
                TypeKind::Struct(record) => {
                    for field in &record.fields {
                        let required = if field.required { "required" } else { "optional" };
                        self.line(1, format!("{}.{}: {}, {required}", item.name, field.name, field.ty));
                    }
                }
                TypeKind::Tagged(tagged) => {
                    for (variant, ty) in &tagged.variants {
                        self.line(1, format!("{}::{}: {ty}", item.name, variant.name));
                    }
                }
                TypeKind::Union(union) => {
                    for (variant, ty) in &union.variants {
                        self.line(1, format!("{}::{}: {ty}", item.name, variant.name));
                    }
                }
                TypeKind::Enum(_) | TypeKind::ByStatus(_) => {}
            }
        }
        for file in &operation.files {
            self.line(1, format!("{}: a file in the part `{}`", file.name, file.wire));
        }
    }
}

/// Returns the path of the file in which a type is declared.
pub(super) fn declaring_file<'a>(modules: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let declarations = ["struct", "enum"].map(|keyword| format!("pub {keyword} {name} "));
    let module = modules.iter().find(|(_, tokens)| declarations.iter().any(|it| tokens.contains(it)));
    module.map(|(path, _)| path.as_str())
}
