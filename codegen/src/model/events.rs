//! Converts normalized webhooks to the input of `emit`: kinds, payloads, replies, and how each type is used.

use std::collections::BTreeSet;

use crate::model::api::{Api, Envelope, Event, Output, OutputKind, Role};
use crate::model::lower::{Root, object, uses_of};
use crate::model::names;
use crate::model::normalize::{Normalized, NormalizedOperation};
use crate::model::schema::{ComponentKind, Object};
use crate::{Diagnostic, Result};

/// The module that contains all webhooks. Operations have one module per resource instead.
pub const MODULE: &str = "webhooks";

/// Determines the kind, the payload and the reply of each webhook. Also returns a warning for each webhook that is left out,
/// because it has no payload type, or because another webhook has the same kind or payload type.
#[must_use]
pub fn events(normalized: &Normalized) -> (Api, Vec<Diagnostic>) {
    let (mut events, mut warnings) = (Vec::<Event>::new(), Vec::new());
    let (mut kinds, mut payloads) = (BTreeSet::new(), BTreeSet::new());
    for operation in &normalized.operations {
        let event = event(operation, normalized).and_then(|event| {
            if !kinds.insert(event.kind.clone()) {
                let warning = left_out(operation, format!("another webhook has the kind `{}`", event.kind));
                return Err(warning.help("give its `type` an enum with one value in the overlay"));
            }
            if !payloads.insert(event.payload.clone()) {
                let warning = left_out(operation, format!("another webhook has the payload type `{}`", event.payload));
                return Err(warning.help("describe its payload inline, or name it with `x-rust-name` in the overlay"));
            }
            Ok(event)
        });
        match event {
            Ok(event) => events.push(event),
            Err(warning) => warnings.push(warning),
        }
    }
    let variants = names::variants(events.iter().map(|event| variant(&event.payload)));
    events.iter_mut().zip(variants).for_each(|(event, variant)| event.variant = variant);
    let payloads = events.iter().map(|event| (event.payload.as_str(), Role::Inner, false));
    let replies = events.iter().filter_map(|event| Some((event.answer.as_ref()?.name.as_str(), Role::Input, true)));
    let roots = payloads.chain(replies).map(|(name, role, request)| Root { module: MODULE, name, role, request });
    let uses = uses_of(roots.collect(), normalized);
    (Api { events, uses, ..Api::default() }, warnings)
}

fn event(operation: &NormalizedOperation, normalized: &Normalized) -> Result<Event> {
    let body = operation.body.type_name().and_then(|name| object(normalized, name));
    let component = |key: &str| body.and_then(|body| body.property(key)?.component());
    let payload = component("payload").ok_or_else(|| {
        let warning = left_out(operation, "the webhook has no `payload` with properties");
        warning.help("describe the properties of `payload` in the overlay")
    })?;
    let kind = component("type").and_then(|name| only_value(normalized, name));
    Ok(Event {
        id: operation.id.clone(),
        variant: String::new(),
        kind: kind.unwrap_or_else(|| kind_of(&operation.path)),
        payload: payload.to_owned(),
        answer: reply(operation, normalized),
        deprecated: operation.deprecated,
        summary: operation.summary.clone(),
        description: operation.description.clone(),
    })
}

/// Derives the variant name from the payload type: `Reward` from `RewardEvent`. A payload type without a name in the overlay has
/// a default name, such as `RefundBodyPayload`, from which the variant name `Refund` is derived.
fn variant(payload: &str) -> &str {
    let variant = payload.strip_suffix("Event").or_else(|| payload.strip_suffix("BodyPayload"));
    variant.filter(|variant| !variant.is_empty()).unwrap_or(payload)
}

/// Returns the value of an enum, if it has exactly one value.
fn only_value(normalized: &Normalized, name: &str) -> Option<String> {
    match &normalized.components.get(name)?.kind {
        ComponentKind::Enum(values) => match values.as_slice() {
            [(only, _)] => Some(only.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Derives the kind of a webhook from its path: `reward_web_hook` for `/your_api_reward_web_hook_path`.
fn kind_of(path: &str) -> String {
    let last = path.rsplit('/').next().unwrap_or_default();
    let last = last.strip_prefix("your_api_").unwrap_or(last);
    last.strip_suffix("_path").unwrap_or(last).to_owned()
}

/// Returns the reply body of a webhook, if the document describes one.
fn reply(operation: &NormalizedOperation, normalized: &Normalized) -> Option<Output> {
    let name = match operation.output.kind {
        OutputKind::Json(Envelope::Bare) => &operation.output.name,
        // If the reply depends on the status, handlers always send the first variant that has a body.
        OutputKind::ByStatus => match &normalized.components.get(&operation.output.name)?.kind {
            ComponentKind::ByStatus(variants) => variants.iter().find_map(|variant| match &variant.value {
                Some((name, Envelope::Bare)) => Some(name),
                _ => None,
            })?,
            _ => return None,
        },
        _ => return None,
    };
    Some(match object(normalized, name).and_then(only_result) {
        Some(result) => Output::json(result.to_owned(), Envelope::Always),
        None => Output::json(name.clone(), Envelope::Bare),
    })
}

/// Returns the component of the `result` property, if the object has no other property.
fn only_result(object: &Object) -> Option<&str> {
    match object.properties.as_slice() {
        [(key, property)] if key == "result" => property.schema.component(),
        _ => None,
    }
}

fn left_out(operation: &NormalizedOperation, message: impl Into<String>) -> Diagnostic {
    let pointer = operation.pointer();
    Diagnostic::warning(message).at(&pointer).part(&pointer).note("the webhook is left out")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_are_named_after_payloads() {
        for (payload, expected) in [("RewardEvent", "Reward"), ("RefundBodyPayload", "Refund"), ("Event", "Event")] {
            assert_eq!(variant(payload), expected);
        }
    }

    #[test]
    fn kinds_are_read_from_paths() {
        for (path, kind) in [
            ("/your_api_reward_web_hook_path", "reward_web_hook"),
            ("/hooks/reward_web_hook", "reward_web_hook"),
            ("/", ""),
        ] {
            assert_eq!(kind_of(path), kind);
        }
    }
}
