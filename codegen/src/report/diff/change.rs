//! A change as the users of the crate see it, and the version step that it requires.

use crate::report::Location;

/// The effect of a change on a program that uses the crate; the most severe first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Programs that use the item no longer compile.
    Compile,
    /// Programs that use the item compile, but send or decode something else.
    Run,
    /// Programs can do more than before.
    Additive,
    /// Only documentation differs.
    Documentation,
}

/// The classes, in their order.
pub const CLASSES: [Class; 4] = [Class::Compile, Class::Run, Class::Additive, Class::Documentation];

impl Class {
    /// The name in JSON.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Compile => "compile",
            Self::Run => "run",
            Self::Additive => "additive",
            Self::Documentation => "documentation",
        }
    }

    /// The name as a heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Compile => "Breaking at compile time",
            Self::Run => "Breaking at run time",
            Self::Additive => "Additive",
            Self::Documentation => "Documentation",
        }
    }

    /// The version step that one such change requires.
    #[must_use]
    pub fn step(self) -> VersionStep {
        match self {
            Self::Compile | Self::Run => VersionStep::Major,
            Self::Additive => VersionStep::Minor,
            Self::Documentation => VersionStep::Patch,
        }
    }
}

/// The part of the version to raise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VersionStep {
    /// None: there is nothing to publish.
    None,
    /// The third number.
    Patch,
    /// The second number.
    Minor,
    /// The first number.
    Major,
}

impl VersionStep {
    /// The name in JSON.
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
    /// A handle with its module and its cargo feature.
    Resource,
    /// A method.
    Operation,
    /// A kind of webhook.
    Webhook,
    /// An argument of a method, or a field of one.
    Argument,
    /// A type.
    Type,
    /// A field of a type.
    Field,
    /// A variant of an enum.
    Value,
}

impl ItemKind {
    /// The name in JSON.
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

/// What happened to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It was added.
    Added,
    /// It was removed.
    Removed,
    /// It has another name or module.
    Renamed,
    /// It has another type.
    Retyped,
    /// One of its properties differs; the note names it.
    Changed,
    /// It became deprecated.
    Deprecated,
    /// It is no longer deprecated.
    Undeprecated,
}

impl Action {
    /// The name in JSON.
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

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its effect on programs.
    pub class: Class,
    /// The kind of item.
    pub item: ItemKind,
    /// What happened to the item.
    pub action: Action,
    /// The name of the item in Rust: the older one, unless it was added.
    pub name: String,
    /// The older name, type or value, if that changed.
    pub before: Option<String>,
    /// The newer name, type or value, if that changed.
    pub after: Option<String>,
    /// A detail. Of [`Action::Changed`]: the property that changed, or without older and newer value a clause.
    pub note: Option<String>,
    /// Whether the items of the two documents were matched by similarity.
    pub guess: bool,
    /// The place in the document: in the older one for removed items, else in the newer one.
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
    /// The most severe first.
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

    /// The changes of a class.
    pub fn of(&self, class: Class) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.class == class)
    }

    /// The version step that semver requires of a crate of version 1.0.0 or later.
    #[must_use]
    pub fn step(&self) -> VersionStep {
        self.changes.iter().map(|change| change.class.step()).max().unwrap_or(VersionStep::None)
    }

    /// Whether programs may stop working.
    #[must_use]
    pub fn is_breaking(&self) -> bool {
        self.step() == VersionStep::Major
    }
}
