//! Changes that users of the crate can notice, and the version step required by each change.

use crate::report::Location;

/// The effect of a change on programs that use the crate, ordered from most to least severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Programs that use the item no longer compile.
    Compile,
    /// Programs that use the item still compile, but send or decode different values.
    Run,
    /// An addition: existing programs still compile, and send and decode the same values.
    Additive,
    /// Only documentation differs.
    Documentation,
}

/// All classes, from most to least severe.
pub const CLASSES: [Class; 4] = [Class::Compile, Class::Run, Class::Additive, Class::Documentation];

impl Class {
    /// Returns the name used in JSON reports.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Compile => "compile",
            Self::Run => "run",
            Self::Additive => "additive",
            Self::Documentation => "documentation",
        }
    }

    /// Returns the name used in headings.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Compile => "Breaking at compile time",
            Self::Run => "Breaking at run time",
            Self::Additive => "Additive",
            Self::Documentation => "Documentation",
        }
    }

    /// Returns the version step required by a change of this class.
    #[must_use]
    pub fn step(self) -> VersionStep {
        match self {
            Self::Compile | Self::Run => VersionStep::Major,
            Self::Additive => VersionStep::Minor,
            Self::Documentation => VersionStep::Patch,
        }
    }
}

/// The part of the version number to increase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VersionStep {
    /// The version stays the same, because there is nothing to publish.
    None,
    /// The third number of the version.
    Patch,
    /// The second number of the version.
    Minor,
    /// The first number of the version.
    Major,
}

impl VersionStep {
    /// Returns the name used in JSON reports.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }
}

/// The kinds of items that can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    Type,
    /// A field of a type.
    Field,
    /// A variant of an enum.
    Value,
}

impl ItemKind {
    /// Returns the name used in JSON reports.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Operation => "operation",
            Self::Webhook => "webhook",
            Self::Argument => "argument",
            Self::Type => "type",
            Self::Field => "field",
            Self::Value => "value",
        }
    }
}

/// The kind of a change to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// The item was added.
    Added,
    /// The item was removed.
    Removed,
    /// The item has a different name or module.
    Renamed,
    /// The item has a different type.
    Retyped,
    /// A property of the item differs. The note names the property.
    Changed,
    /// The item became deprecated.
    Deprecated,
    /// The item is no longer deprecated.
    Undeprecated,
}

impl Action {
    /// Returns the name used in JSON reports.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Renamed => "renamed",
            Self::Retyped => "retyped",
            Self::Changed => "changed",
            Self::Deprecated => "deprecated",
            Self::Undeprecated => "undeprecated",
        }
    }
}

/// A change to an item.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// A note about the change. For [`Action::Changed`], this is the name of the changed property, or a whole clause if `before`
    /// and `after` are `None`.
    pub note: Option<String>,
    /// Whether the match between the older and the newer item is a guess.
    pub guess: bool,
    /// The location of the item in the newer document, or in the older one if the item was removed.
    pub location: Location,
}

impl Change {
    pub(super) fn new(
        class: Class,
        item: ItemKind,
        action: Action,
        name: impl Into<String>,
        location: Location,
    ) -> Self {
        let name = name.into();
        Self { class, item, action, name, before: None, after: None, note: None, guess: false, location }
    }

    pub(super) fn from(mut self, before: impl Into<String>) -> Self {
        self.before = Some(before.into());
        self
    }

    pub(super) fn to(mut self, after: impl Into<String>) -> Self {
        self.after = Some(after.into());
        self
    }

    pub(super) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    pub(super) fn guessed(mut self, guess: bool) -> Self {
        self.guess = guess;
        self
    }
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
    pub(super) fn of_changes(mut changes: Vec<Change>) -> Self {
        changes.sort_by(|one, other| (one.class, one.item, &one.name).cmp(&(other.class, other.item, &other.name)));
        Self { changes, notes: Vec::new() }
    }

    /// Merges two comparisons.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.changes.extend(other.changes);
        self.notes.extend(other.notes);
        Self { notes: self.notes, ..Self::of_changes(self.changes) }
    }

    /// Returns the changes of the given class.
    pub fn of(&self, class: Class) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.class == class)
    }

    /// Returns the version step required by semver for a crate at version 1.0.0 or later.
    #[must_use]
    pub fn step(&self) -> VersionStep {
        self.changes.iter().map(|change| change.class.step()).max().unwrap_or(VersionStep::None)
    }

    /// Whether the changes can break programs.
    #[must_use]
    pub fn is_breaking(&self) -> bool {
        self.step() == VersionStep::Major
    }
}
