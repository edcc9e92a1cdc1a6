//! Changes that affect users of the crate, and the version bump required by each change.

use serde::Serialize;

use crate::report::Location;

/// The effect of a change on programs that use the crate, ordered from most to least severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Programs that use the item no longer compile.
    Compile,
    /// Programs that use the item still compile, but send or decode different values, or send values that the API now rejects.
    Run,
    /// An addition: existing programs still compile, and send and decode the same values.
    Additive,
    /// Only documentation differs.
    Documentation,
}

/// All classes, from most to least severe. Each class has one name for JSON reports and another for headings.
pub const CLASSES: [(Class, &str, &str); 4] = [
    (Class::Compile, "compile", "Breaking at compile time"),
    (Class::Run, "run", "Breaking at run time"),
    (Class::Additive, "additive", "Additive"),
    (Class::Documentation, "documentation", "Documentation"),
];

/// The kinds of items that can change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemKind {
    /// A resource handle with its module and its cargo feature.
    Resource,
    /// A method.
    Operation,
    /// A webhook.
    Webhook,
    /// A method argument, or a field of a method argument.
    Argument,
    /// A type.
    #[default]
    Type,
    /// A field of a type.
    Field,
    /// A variant of an enum.
    Value,
}

/// The kind of a change to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// The item was added.
    Added,
    /// The item was removed.
    Removed,
    /// The item has a different name or module.
    Renamed,
    /// The item has a different type.
    Retyped,
    /// An attribute of the item differs. The note names the attribute.
    Changed,
    /// The item became deprecated.
    Deprecated,
    /// The item is no longer deprecated.
    Undeprecated,
}

/// A change to an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The effect of the change on programs.
    pub class: Class,
    /// The kind of the changed item.
    pub item: ItemKind,
    /// The kind of the change.
    pub action: Action,
    /// The Rust name of the item. For a renamed item, this is the older name.
    pub name: String,
    /// The older name, type or value, if it changed.
    pub before: Option<String>,
    /// The newer name, type or value, if it changed.
    pub after: Option<String>,
    /// A note about the change. For [`Action::Changed`], this is the name of the changed attribute, or a whole clause if `before`
    /// and `after` are `None`.
    pub note: Option<String>,
    /// Whether the match between the older and the newer item is a guess.
    pub guess: bool,
    /// The location of the item in the newer document, or in the older one if the item was removed.
    pub location: Location,
}

/// The differences between two documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// All changes, from most to least severe.
    pub changes: Vec<Change>,
    /// Limitations of the comparison.
    pub notes: Vec<String>,
}

impl Comparison {
    pub(super) fn new(mut changes: Vec<Change>, notes: Vec<String>) -> Self {
        changes.sort_by(|one, other| (one.class, one.item, &one.name).cmp(&(other.class, other.item, &other.name)));
        Self { changes, notes }
    }

    /// Merges two comparisons.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::new([self.changes, other.changes].concat(), [self.notes, other.notes].concat())
    }

    /// Returns the changes of the given class.
    pub fn of(&self, class: Class) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.class == class)
    }

    /// Returns the version bump required by semver for a crate at version 1.0.0 or later.
    #[must_use]
    pub fn step(&self) -> &'static str {
        match self.changes.iter().map(|change| change.class).min() {
            Some(Class::Compile | Class::Run) => "major",
            Some(Class::Additive) => "minor",
            Some(Class::Documentation) => "patch",
            None => "none",
        }
    }

    /// Returns whether the changes can break programs.
    #[must_use]
    pub fn is_breaking(&self) -> bool {
        self.step() == "major"
    }
}
