//! Formats a comparison as text, JSON or Markdown.

use ::codegen::Location;
use ::codegen::report::diff::{Action, CLASSES, Change, Class, Comparison};
use serde_json::{Value, json};

use crate::terminal::count;

/// Formats the comparison as text, with the location of each change.
pub(in crate::commands) fn text(comparison: &Comparison) -> String {
    let mut lines = Vec::new();
    for class in CLASSES {
        let changes: Vec<&Change> = comparison.of(class).collect();
        if changes.is_empty() {
            continue;
        }
        lines.push(format!("{} ({})", class.title(), changes.len()));
        for change in changes {
            lines.push(format!("  {}", sentence(change)));
            if change.location.pointer.as_ref().is_some_and(|pointer| !pointer.is_empty()) {
                lines.push(format!("      {}", change.location));
            }
        }
        lines.push(String::new());
    }
    lines.extend(comparison.notes.iter().map(|note| format!("note: {note}")));
    lines.push(verdict(comparison));
    lines.join("\n")
}

/// Formats the comparison as JSON.
pub(super) fn json(comparison: &Comparison) -> String {
    let changes: Vec<Value> = comparison.changes.iter().map(entry).collect();
    let counts = CLASSES.iter().map(|class| (class.key().to_owned(), comparison.of(*class).count().into()));
    let value = json!({
        "step": comparison.step().key(),
        "breaking": comparison.is_breaking(),
        "counts": counts.collect::<serde_json::Map<String, Value>>(),
        "changes": changes,
        "notes": comparison.notes,
    });
    format!("{value:#}\n")
}

fn entry(change: &Change) -> Value {
    let Location { file, line, pointer } = &change.location;
    json!({
        "class": change.class.key(),
        "item": change.item.key(),
        "action": change.action.key(),
        "name": change.name,
        "before": change.before,
        "after": change.after,
        "note": change.note,
        "guess": change.guess,
        "text": sentence(change),
        "location": {"file": file, "line": line, "pointer": pointer},
    })
}

/// The sections of the changelog, each with the kind of action that it lists. `Changed` lists all other actions.
const SECTIONS: [(&str, Option<Action>); 4] = [
    ("Added", Some(Action::Added)),
    ("Changed", None),
    ("Deprecated", Some(Action::Deprecated)),
    ("Removed", Some(Action::Removed)),
];

/// Formats the comparison as changelog entries, without locations.
pub(super) fn markdown(comparison: &Comparison) -> String {
    let named = |action: Action| SECTIONS.iter().any(|(_, section)| *section == Some(action));
    let mut sections = Vec::new();
    for (title, action) in SECTIONS {
        let belongs = |change: &&Change| action.map_or(!named(change.action), |action| change.action == action);
        let lines: Vec<String> = comparison.changes.iter().filter(belongs).map(bullet).collect();
        if !lines.is_empty() {
            sections.push(format!("### {title}\n\n{}\n", lines.join("\n")));
        }
    }
    sections.extend(comparison.notes.iter().map(|note| format!("<!-- {note} -->\n")));
    if sections.is_empty() { "No changes for users of the crate.\n".to_owned() } else { sections.join("\n") }
}

fn bullet(change: &Change) -> String {
    let sentence = sentence(change);
    match change.class {
        Class::Compile => format!("- **Breaking:** {sentence}."),
        Class::Run => format!("- **Breaking at run time:** {sentence}."),
        Class::Additive | Class::Documentation => format!("- {}.", capitalized(&sentence)),
    }
}

/// Describes one change in one line.
fn sentence(change: &Change) -> String {
    let note = change.note.as_deref().unwrap_or_default();
    let is_property = change.action == Action::Changed;
    let verb = match change.action {
        Action::Added => " added",
        Action::Removed => " removed",
        Action::Renamed => " renamed",
        Action::Retyped => ": type changed",
        Action::Changed if change.before.is_none() => &format!(": {note}"),
        Action::Changed => &format!(": {note} changed"),
        Action::Deprecated => " deprecated",
        Action::Undeprecated => " no longer deprecated",
    };
    let values = match (&change.before, &change.after) {
        (Some(before), Some(after)) => format!(" from `{before}` to `{after}`"),
        (Some(value), None) | (None, Some(value)) => format!(": `{value}`"),
        (None, None) => String::new(),
    };
    let guess = if change.guess { ", matched by similarity" } else { "" };
    let detail = if is_property || note.is_empty() { String::new() } else { format!(" ({note})") };
    format!("{} `{}`{verb}{values}{guess}{detail}", change.item.key(), change.name)
}

/// The number of changes in each class, and the version bump required by semver.
fn verdict(comparison: &Comparison) -> String {
    if comparison.changes.is_empty() {
        return "No changes for users of the crate; no new version is needed.\n".to_owned();
    }
    let counts: Vec<String> = CLASSES
        .iter()
        .map(|class| (class, comparison.of(*class).count()))
        .filter(|(_, number)| *number > 0)
        .map(|(class, number)| format!("{number} {}", short(*class)))
        .collect();
    let below_one = if comparison.is_breaking() { "second" } else { "third" };
    format!(
        "{}: {}\nversion bump: {} (before 1.0.0, raise the {below_one} number)\n",
        count(comparison.changes.len(), "change", "changes"),
        counts.join(", "),
        comparison.step().key()
    )
}

fn short(class: Class) -> &'static str {
    match class {
        Class::Compile => "breaking at compile time",
        Class::Run => "breaking at run time",
        Class::Additive => "additive",
        Class::Documentation => "in the documentation",
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
