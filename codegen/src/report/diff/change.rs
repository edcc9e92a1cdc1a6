//! A change as the users of the crate see it, and what it asks of the next version.

/// What a change does to a program that uses the crate; the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A program that used it no longer compiles.
    Compile,
    /// A program that used it compiles, and something else is sent or understood.
    Run,
    /// Programs can do more than before.
    Additive,
    /// Only what is said about it is different.
    Documentation,
}

/// The classes, in their order.
pub const CLASSES: [Class; 4] = [Class::Compile, Class::Run, Class::Additive, Class::Documentation];

impl Class {
    /// The word that stands for it in data.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Compile => "compile",
            Self::Run => "run",
            Self::Additive => "additive",
            Self::Documentation => "documentation",
        }
    }

    /// Its name in prose.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Compile => "Breaking at compile time",
            Self::Run => "Breaking at run time",
            Self::Additive => "Additive",
            Self::Documentation => "Documentation",
        }
    }

    /// The step that one such change asks for.
    #[must_use]
    pub fn step(self) -> Step {
        match self {
            Self::Compile | Self::Run => Step::Major,
            Self::Additive => Step::Minor,
            Self::Documentation => Step::Patch,
        }
    }
}

/// Which part of the version is raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// No part: there is nothing to publish.
    None,
    /// The third number.
    Patch,
    /// The second number.
    Minor,
    /// The first number.
    Major,
}

impl Step {
    /// Its name.
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

/// What kind of thing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// A handle with its module and its cargo feature.
    Resource,
    /// A method.
    Operation,
    /// A kind of webhook.
    Webhook,
    /// What a method is given, in its path, query or body.
    Argument,
    /// A type.
    Type,
    /// A field of a type.
    Field,
    /// A variant of an enum.
    Value,
}

impl Item {
    /// Its name.
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

/// What has happened to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It has another name, or stands elsewhere.
    Renamed,
    /// It has another type.
    Retyped,
    /// Something else about it is different; the note says what.
    Changed,
    /// Whoever uses it is warned from now on.
    Deprecated,
}

impl Action {
    /// Its name.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Renamed => "renamed",
            Self::Retyped => "retyped",
            Self::Changed => "changed",
            Self::Deprecated => "deprecated",
        }
    }
}

/// Where a document says something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file, as the user called it.
    pub file: String,
    /// The line, counted from one.
    pub line: Option<usize>,
    /// The JSON pointer in it.
    pub pointer: Option<String>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it does to programs.
    pub class: Class,
    /// What has changed.
    pub item: Item,
    /// What has happened to it.
    pub action: Action,
    /// Its name in Rust: the one that users know, or the new one of what is new.
    pub name: String,
    /// The name or type of before, where that has changed.
    pub before: Option<String>,
    /// The name or type from now on, where that has changed.
    pub after: Option<String>,
    /// What else there is to know.
    pub note: Option<String>,
    /// Whether it is only likely that the two are the same thing under different names.
    pub guess: bool,
    /// Where the document says so: the older one for what is gone, else the newer one.
    pub place: Place,
}

impl Change {
    pub(super) fn new(class: Class, item: Item, action: Action, name: impl Into<String>, place: Place) -> Self {
        let name = name.into();
        Self { class, item, action, name, before: None, after: None, note: None, guess: false, place }
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

/// All that has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The gravest first.
    pub changes: Vec<Change>,
    /// What there is to know about the comparison itself.
    pub notes: Vec<String>,
}

impl Comparison {
    pub(super) fn of_changes(mut changes: Vec<Change>) -> Self {
        changes.sort_by(|one, other| (one.class, one.item, &one.name).cmp(&(other.class, other.item, &other.name)));
        Self { changes, notes: Vec::new() }
    }

    /// Both comparisons in one.
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

    /// Which part of the version semver wants to be raised, as for a crate of version 1 or later.
    #[must_use]
    pub fn step(&self) -> Step {
        self.changes.iter().map(|change| change.class.step()).max().unwrap_or(Step::None)
    }

    /// Whether programs may break.
    #[must_use]
    pub fn is_breaking(&self) -> bool {
        self.step() == Step::Major
    }
}
