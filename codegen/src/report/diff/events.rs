//! Compares webhooks: the variants of `Event` and the replies to them.

use super::change::{Action, Change, Class, ItemKind};
use super::variants::deprecation;
use super::{DiffContext, Revision};
use crate::model::api::{Envelope, Event, Output};

pub(super) fn compare(context: &mut DiffContext<'_>) {
    let (old, new, pairs) = (context.old, context.new, context.pairs);
    for event in &pairs.events.old {
        context.add(change(Class::Compile, Action::Removed, event, old, event).note(kind(event)));
    }
    // `Event` is non-exhaustive, so a new variant does not break existing `match` expressions.
    for event in &pairs.events.new {
        context.add(change(Class::Additive, Action::Added, event, new, event).note(kind(event)));
    }
    for (before, after, guess) in &pairs.events.both {
        let change = |class, action| change(class, action, before, new, after);
        if before.variant != after.variant {
            let renamed = change(Class::Compile, Action::Renamed).from(&before.variant).to(&after.variant);
            context.add(renamed.guessed(*guess));
        }
        if before.kind != after.kind {
            context.add(change(Class::Run, Action::Changed).from(&before.kind).to(&after.kind).note("kind"));
        }
        let (from, to) = (held(before, |name| pairs.name(name)), held(after, |name| name));
        if from != to {
            context.add(change(Class::Compile, Action::Retyped).from(held(before, |name| name)).to(to));
        }
        if let (Some(one), Some(other)) = (&before.answer, &after.answer)
            && one.envelope != other.envelope
        {
            let change = change(Class::Run, Action::Changed);
            context.add(change.from(envelope(one)).to(envelope(other)).note("reply envelope"));
        }
        if let Some((class, action)) = deprecation(before.deprecated, after.deprecated) {
            context.add(change(class, action));
        }
        if (&before.summary, &before.description) != (&after.summary, &after.description) {
            context.add(change(Class::Documentation, Action::Changed).note("documentation changed"));
        }
    }
}

/// Creates a change to a webhook. Its location is that of the `at` webhook in `revision`.
fn change(class: Class, action: Action, event: &Event, revision: &Revision, at: &Event) -> Change {
    Change::new(class, ItemKind::Webhook, action, format!("Event::{}", event.variant), revision.locations.event(at))
}

fn kind(event: &Event) -> String {
    format!("\"{}\"", event.kind)
}

/// Describes the content of an event's variant, and the type of the reply if the event needs one.
fn held<'a>(event: &'a Event, name: impl Fn(&'a str) -> &'a str) -> String {
    let payload = name(&event.payload);
    match &event.answer {
        Some(answer) => format!("NeedsAnswer<{payload}>, replied to with {}", name(&answer.name)),
        None => format!("Box<{payload}>"),
    }
}

fn envelope(answer: &Output) -> &'static str {
    match answer.envelope {
        Envelope::Always | Envelope::OrDefault => "result",
        Envelope::Bare => "none",
    }
}
