//! From normalized webhooks to the plain data that `emit` writes: kinds, payloads, answers, and who uses which type.

use std::collections::BTreeSet;

use openapiv3::{ObjectType, ReferenceOr, Schema, SchemaKind, Type as SchemaType};

use crate::model::api::{Api, Envelope, Event, Output, Role};
use crate::model::lower::{Root, component, reference_name, uses_of};
use crate::model::names;
use crate::model::normalize::{Normalized, NormalizedOperation};
use crate::source::document::child;
use crate::{Diagnostic, Result};

/// The module of all webhooks, where operations have one for each resource.
pub const MODULE: &str = "webhooks";

/// Gives every webhook its kind, its payload and its answer.
///
/// # Errors
///
/// If a webhook has no payload of its own, or two of them are of one kind.
pub fn events(normalized: &Normalized) -> Result<Api> {
    let mut events: Vec<Event> =
        normalized.operations.iter().map(|operation| event(operation, normalized)).collect::<Result<_>>()?;
    apart(&events, normalized)?;
    let variants = names::variants(events.iter().map(|event| word(&event.payload)));
    events.iter_mut().zip(variants).for_each(|(event, variant)| event.variant = variant);
    let payloads = events.iter().map(|event| (event.payload.as_str(), Role::Inner, false));
    let answers = events.iter().filter_map(|event| Some((event.answer.as_ref()?.name.as_str(), Role::Input, true)));
    let roots =
        payloads.chain(answers).map(|(name, role, request)| Root { module: MODULE, name, role, request }).collect();
    let uses = uses_of(roots, normalized)?;
    Ok(Api { resources: Vec::new(), events, uses })
}

fn event(operation: &NormalizedOperation, normalized: &Normalized) -> Result<Event> {
    let body = operation.body.type_name().and_then(|name| component(normalized, name));
    let property = |key: &str| body.and_then(|body| body.properties.get(key)).cloned().map(ReferenceOr::unbox);
    let payload = property("payload").and_then(|payload| reference_name(&payload)).ok_or_else(|| {
        let error = at(operation, "the webhook has no payload with fields");
        error.help("describe the fields of its `payload` in the overlay")
    })?;
    Ok(Event {
        id: operation.id.clone(),
        variant: String::new(),
        kind: only_value(property("type"), normalized).unwrap_or_else(|| kind_of(&operation.path)),
        payload,
        answer: answer(operation, normalized),
        deprecated: operation.about.deprecated,
        summary: operation.about.summary.clone(),
        description: operation.about.description.clone(),
    })
}

/// The word that the variant of a webhook shares with its payload: `Reward` for `RewardEvent`, and `Refund` for
/// `RefundBodyPayload`, the default name of a payload that the overlay doesn't name.
fn word(payload: &str) -> &str {
    let word = payload.strip_suffix("Event").or_else(|| payload.strip_suffix("BodyPayload"));
    word.filter(|word| !word.is_empty()).unwrap_or(payload)
}

/// The value of an enum that has only one.
fn only_value(property: Option<ReferenceOr<Schema>>, normalized: &Normalized) -> Option<String> {
    let name = reference_name(&property?)?;
    let schema = normalized.openapi.components.as_ref()?.schemas.get(&name)?.as_item()?;
    match &schema.schema_kind {
        SchemaKind::Type(SchemaType::String(text)) => match text.enumeration.as_slice() {
            [Some(only)] => Some(only.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// The kind that a path is named after: `/your_api_reward_web_hook_path` is for `reward_web_hook`.
fn kind_of(path: &str) -> String {
    let last = path.rsplit('/').next().unwrap_or_default();
    let last = last.strip_prefix("your_api_").unwrap_or(last);
    last.strip_suffix("_path").unwrap_or(last).to_owned()
}

/// What the site answers: nothing if the document describes no body.
fn answer(operation: &NormalizedOperation, normalized: &Normalized) -> Option<Output> {
    if operation.output.envelope != Envelope::Bare {
        return None;
    }
    let wrapped = component(normalized, &operation.output.name).and_then(only_result);
    Some(match wrapped {
        Some(name) => Output { name, envelope: Envelope::Always },
        None => operation.output.clone(),
    })
}

/// The type of `result`, if there is nothing beside it.
fn only_result(object: &ObjectType) -> Option<String> {
    let mut properties = object.properties.iter();
    match (properties.next(), properties.next()) {
        (Some((key, schema)), None) if key == "result" => reference_name(&schema.clone().unbox()),
        _ => None,
    }
}

/// A type tells its kind, so no two kinds can share one, and no kind can have two.
fn apart(events: &[Event], normalized: &Normalized) -> Result<()> {
    let (mut kinds, mut payloads) = (BTreeSet::new(), BTreeSet::new());
    for (event, operation) in events.iter().zip(&normalized.operations) {
        if !kinds.insert(&event.kind) {
            let error = at(operation, format!("there is another webhook of the kind `{}`", event.kind));
            return Err(error.help("give its `type` an enum of its one value in the overlay"));
        }
        if !payloads.insert(&event.payload) {
            let error = at(operation, format!("another webhook has the payload `{}` as well", event.payload));
            return Err(error.help("describe its payload in place, or name it by `x-rust-name` in the overlay"));
        }
    }
    Ok(())
}

fn at(operation: &NormalizedOperation, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(message).at(child(&child("/paths", &operation.path), &operation.http.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_share_a_word_with_their_payload() {
        for (payload, variant) in [("RewardEvent", "Reward"), ("RefundBodyPayload", "Refund"), ("Event", "Event")] {
            assert_eq!(word(payload), variant);
        }
    }

    #[test]
    fn kinds_come_from_paths() {
        for (path, kind) in [
            ("/your_api_reward_web_hook_path", "reward_web_hook"),
            ("/hooks/reward_web_hook", "reward_web_hook"),
            ("/", ""),
        ] {
            assert_eq!(kind_of(path), kind);
        }
    }
}
