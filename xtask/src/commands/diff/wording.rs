//! The text of a comparison: for a terminal, for programs, and for the changelog.

use ::codegen::report::diff::{Action, CLASSES, Change, Class, Comparison, Place, Step};
use serde_json::{Value, json};

use crate::terminal::count;

/// The comparison for a terminal, each change with its place.
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
            lines.extend(place(&change.place).map(|place| format!("      {place}")));
        }
        lines.push(String::new());
    }
    lines.extend(comparison.notes.iter().map(|note| format!("note: {note}")));
    lines.push(verdict(comparison));
    lines.join("\n")
}

/// The comparison for programs.
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
        "place": {"file": change.place.file, "line": change.place.line, "pointer": change.place.pointer},
    })
}

/// The sections of the changelog with the action that belongs in each; all other actions are changes.
const SECTIONS: [(&str, Option<Action>); 4] = [
    ("Added", Some(Action::Added)),
    ("Changed", None),
    ("Deprecated", Some(Action::Deprecated)),
    ("Removed", Some(Action::Removed)),
];

/// The comparison for the changelog, which has no use for places in the documents.
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
    if sections.is_empty() { "Nothing changes for users of the crate.\n".to_owned() } else { sections.join("\n") }
}

fn bullet(change: &Change) -> String {
    let sentence = sentence(change);
    match change.class {
        Class::Compile => format!("- **Breaking:** {sentence}."),
        Class::Run => format!("- **Breaking at run time:** {sentence}."),
        Class::Additive | Class::Documentation => format!("- {}.", capitalized(&sentence)),
    }
}

/// One change in one line.
fn sentence(change: &Change) -> String {
    let code = |text: &Option<String>| text.as_ref().map(|text| format!("`{text}`"));
    let (before, after) = (code(&change.before), code(&change.after));
    let subject = format!("{} `{}`", change.item.key(), change.name);
    let note = change.note.as_ref();
    let mut line = match (change.action, &before, &after) {
        (Action::Added, _, Some(after)) => format!("{subject} is new: {after}"),
        (Action::Added, ..) => format!("{subject} is new"),
        (Action::Removed, Some(before), _) => format!("{subject} is gone: {before}"),
        (Action::Removed, ..) => format!("{subject} is gone"),
        (Action::Deprecated, ..) => format!("{subject} is deprecated"),
        (Action::Renamed, Some(before), Some(after)) => format!("{subject} is renamed: {before} is {after} now"),
        (Action::Retyped, Some(before), Some(after)) => format!("{subject} has another type: {before} is {after} now"),
        (_, Some(before), Some(after)) => {
            return match note {
                Some(note) => format!("{subject} changes, {note}: {before} is {after} now"),
                None => format!("{subject} changes: {before} is {after} now"),
            };
        }
        _ => format!("{subject} changes"),
    };
    if change.guess {
        line.push_str(", as far as likeness tells");
    }
    match note {
        Some(note) => format!("{line} ({note})"),
        None => line,
    }
}

fn place(place: &Place) -> Option<String> {
    let line = place.line.map(|line| format!(":{line}")).unwrap_or_default();
    let pointer = place.pointer.as_ref().filter(|pointer| !pointer.is_empty())?;
    Some(format!("{}{line} {pointer}", place.file))
}

/// The counts, and the version step that semver requires.
fn verdict(comparison: &Comparison) -> String {
    if comparison.changes.is_empty() {
        return "Nothing changes for users of the crate; no new version is needed.\n".to_owned();
    }
    let counts: Vec<String> = CLASSES
        .iter()
        .map(|class| (class, comparison.of(*class).count()))
        .filter(|(_, number)| *number > 0)
        .map(|(class, number)| format!("{number} {}", short(*class)))
        .collect();
    let below_one = match comparison.step() {
        Step::Major => "below 1.0.0, where cargo takes the second number for the first, raise the second",
        _ => "below 1.0.0 raise the third number",
    };
    format!(
        "{}: {}\nversion step: {} ({below_one})\n",
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
