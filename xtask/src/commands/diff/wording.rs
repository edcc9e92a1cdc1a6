//! Formats a comparison as text, JSON or Markdown.

use ::codegen::report::diff::{Action, CLASSES, Change, Class, Comparison};
use serde_json::{Map, Value, json};

use crate::terminal::count;

/// Formats the comparison as text, with the location of each change.
pub(in crate::commands) fn text(comparison: &Comparison) -> String {
    let (mut lines, mut counts) = (Vec::new(), Vec::new());
    for (class, _, title) in CLASSES {
        let number = comparison.of(class).count();
        if number == 0 {
            continue;
        }
        counts.push(format!("{number} {}", title.to_lowercase()));
        lines.push(format!("{title} ({number})"));
        for change in comparison.of(class) {
            lines.push(format!("  {}", sentence(change)));
            if change.location.pointer.as_ref().is_some_and(|pointer| !pointer.is_empty()) {
                lines.push(format!("      {}", change.location));
            }
        }
        lines.push(String::new());
    }
    lines.extend(comparison.notes.iter().map(|note| format!("note: {note}")));
    if counts.is_empty() {
        return "No changes for users of the crate; no new version is needed.\n".to_owned();
    }
    let below_one = if comparison.is_breaking() { "second" } else { "third" };
    lines.push(format!("{}: {}", count(comparison.changes.len(), "change", "changes"), counts.join(", ")));
    lines.push(format!("version bump: {} (before 1.0.0, raise the {below_one} number)\n", comparison.step()));
    lines.join("\n")
}

/// Formats the comparison as JSON.
pub(super) fn json(comparison: &Comparison) -> String {
    let change = |change: &Change| {
        let mut value = json!(change);
        value["text"] = sentence(change).into();
        value
    };
    let counts = CLASSES.iter().map(|(class, key, _)| ((*key).to_owned(), comparison.of(*class).count().into()));
    let value = json!({
        "step": comparison.step(),
        "breaking": comparison.is_breaking(),
        "counts": counts.collect::<Map<String, Value>>(),
        "changes": comparison.changes.iter().map(change).collect::<Vec<_>>(),
        "notes": comparison.notes,
    });
    format!("{value:#}\n")
}

/// Formats the comparison as changelog entries, without locations.
pub(super) fn markdown(comparison: &Comparison) -> String {
    let mut sections = Vec::new();
    for title in ["Added", "Changed", "Deprecated", "Removed"] {
        let changes = comparison.changes.iter().filter(|change| section(change.action) == title);
        let lines: Vec<String> = changes.map(bullet).collect();
        if !lines.is_empty() {
            sections.push(format!("### {title}\n\n{}\n", lines.join("\n")));
        }
    }
    sections.extend(comparison.notes.iter().map(|note| format!("<!-- {note} -->\n")));
    if sections.is_empty() { "No changes for users of the crate.\n".to_owned() } else { sections.join("\n") }
}

fn section(action: Action) -> &'static str {
    match action {
        Action::Added => "Added",
        Action::Deprecated => "Deprecated",
        Action::Removed => "Removed",
        _ => "Changed",
    }
}

fn bullet(change: &Change) -> String {
    let sentence = sentence(change);
    match change.class {
        Class::Compile => format!("- **Breaking:** {sentence}."),
        Class::Run => format!("- **Breaking at run time:** {sentence}."),
        Class::Additive | Class::Documentation => {
            let (first, rest) = sentence.split_at(1);
            format!("- {}{rest}.", first.to_uppercase())
        }
    }
}

/// Describes one change in one line.
fn sentence(change: &Change) -> String {
    let Change { name, note, before, after, guess, .. } = change;
    let item = json!(change.item);
    let subject = format!("{} `{name}`", item.as_str().unwrap_or_default());
    let note = note.as_deref().unwrap_or_default();
    let (from, to) = (before.as_deref().unwrap_or_default(), after.as_deref().unwrap_or_default());
    let detail = if note.is_empty() { String::new() } else { format!(" ({note})") };
    let value = |verb: &str, value: &str| match value {
        "" => format!("{subject} {verb}{detail}"),
        value => format!("{subject} {verb}: `{value}`{detail}"),
    };
    match (change.action, before, after) {
        (Action::Added, ..) => value("added", to),
        (Action::Removed, ..) => value("removed", from),
        (Action::Deprecated, ..) => format!("{subject} deprecated"),
        (Action::Undeprecated, ..) => format!("{subject} no longer deprecated"),
        (Action::Renamed, ..) => {
            let guess = if *guess { ", matched by similarity" } else { "" };
            let is_whole = name.trim_end_matches(')').ends_with(from) || from.ends_with(name.as_str());
            if !is_whole {
                return format!("{subject}: {note} renamed from `{from}` to `{to}`");
            }
            format!("{subject} renamed to `{to}`{guess}{detail}")
        }
        (Action::Retyped, ..) => format!("{subject}: type changed from `{from}` to `{to}`{detail}"),
        (Action::Changed, None, None) => format!("{subject}: {note}"),
        (Action::Changed, None, _) => format!("{subject}: {note} added: `{to}`"),
        (Action::Changed, _, None) => format!("{subject}: {note} removed: `{from}`"),
        (Action::Changed, ..) => format!("{subject}: {note} changed from `{from}` to `{to}`"),
    }
}
