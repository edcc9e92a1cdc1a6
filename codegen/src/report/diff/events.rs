//! Webhooks: the variants of the enum of all kinds, and what the site answers.

use super::change::{Action, Change, Class, Item};
use super::members::deprecation;
use super::{News, Side};
use crate::model::api::{Envelope, Event, Output};

pub(super) fn compare(news: &mut News<'_>) {
    let (old, new, pairs) = (news.old, news.new, news.pairs);
    for event in &pairs.events.old {
        news.add(change(Class::Compile, Action::Removed, event, old, event).note(kind(event)));
    }
    // Whoever matches an `Event` has an arm for the kinds to come.
    for event in &pairs.events.new {
        news.add(change(Class::Additive, Action::Added, event, new, event).note(kind(event)));
    }
    for (before, after, guess) in &pairs.events.both {
        let change = |class, action| change(class, action, before, new, after);
        if before.variant != after.variant {
            let renamed = change(Class::Compile, Action::Renamed).from(&before.variant).to(&after.variant);
            news.add(renamed.guessed(*guess));
        }
        if before.kind != after.kind {
            news.add(change(Class::Run, Action::Changed).from(&before.kind).to(&after.kind).note("its kind"));
        }
        let (from, to) = (held(before, |name| pairs.name(name)), held(after, |name| name));
        if from != to {
            news.add(change(Class::Compile, Action::Retyped).from(held(before, |name| name)).to(to));
        }
        if let (Some(one), Some(other)) = (&before.answer, &after.answer)
            && one.envelope != other.envelope
        {
            let note = format!("the answer stands {}; before, {}", stands(other), stands(one));
            news.add(change(Class::Run, Action::Changed).note(note));
        }
        if let Some((class, action, note)) = deprecation(before.deprecated, after.deprecated) {
            news.add(change(class, action).note(note));
        }
        if (&before.summary, &before.description) != (&after.summary, &after.description) {
            news.add(change(Class::Documentation, Action::Changed).note("what is said about it"));
        }
    }
}

/// A change of a kind of webhook, at the place of one of the two documents.
fn change(class: Class, action: Action, event: &Event, side: &Side, at: &Event) -> Change {
    Change::new(class, Item::Webhook, action, format!("Event::{}", event.variant), side.places.event(at))
}

fn kind(event: &Event) -> String {
    format!("\"{}\"", event.kind)
}

/// The field of the variant, and the answer that it needs.
fn held<'a>(event: &'a Event, name: impl Fn(&'a str) -> &'a str) -> String {
    let payload = name(&event.payload);
    match &event.answer {
        Some(answer) => format!("NeedsAnswer<{payload}>, answered by {}", name(&answer.name)),
        None => format!("Box<{payload}>"),
    }
}

fn stands(answer: &Output) -> &'static str {
    match answer.envelope {
        Envelope::Always | Envelope::OrDefault => "under `result`",
        Envelope::Bare => "by itself",
    }
}
