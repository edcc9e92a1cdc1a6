//! Matches the items of the older document with those of the newer one.
//!
//! Items with the same name match. Other items are matched by similarity, and such matches are reported as guesses.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Revision;
use super::operations::template;
use super::spell::named;
use crate::model::api::{Event, Operation, Resource, TypeItem, TypeKind};

/// The maximum number of pairs to compare when searching for similar items.
const MAX_COMPARISONS: usize = 250_000;

/// Two lists of items, split into matched and unmatched items.
#[derive(Debug)]
pub(super) struct Pairing<T> {
    /// Whether the lists were too long to match by similarity.
    pub(super) gave_up: bool,
    /// The matched pairs: the older item, the newer item, and whether the match is a guess.
    pub(super) both: Vec<(T, T, bool)>,
    /// The items that occur only in the older list.
    pub(super) old: Vec<T>,
    /// The items that occur only in the newer list.
    pub(super) new: Vec<T>,
}

impl<T: Copy> Pairing<T> {
    pub(super) fn start(old: impl IntoIterator<Item = T>, new: impl IntoIterator<Item = T>) -> Self {
        let (old, new) = (old.into_iter().collect(), new.into_iter().collect());
        Self { gave_up: false, both: Vec::new(), old, new }
    }

    /// Matches items with the same key. If several items have the same key, only the first one is matched.
    pub(super) fn by<K: Ord>(mut self, guess: bool, key: impl Fn(T) -> K) -> Self {
        let mut known: BTreeMap<K, T> = BTreeMap::new();
        for new in self.new.iter().rev() {
            known.insert(key(*new), *new);
        }
        let mut found = BTreeSet::new();
        self.old.retain(|old| {
            let location = key(*old);
            let Some(new) = known.remove(&location) else { return true };
            self.both.push((*old, new, guess));
            found.insert(location);
            false
        });
        self.new.retain(|new| !found.remove(&key(*new)));
        self
    }

    /// Matches items by similarity, starting with the most similar pair. Two items never match if `similarity` returns `None` for
    /// them.
    pub(super) fn by_similarity(mut self, similarity: impl Fn(T, T) -> Option<usize>) -> Self {
        if self.old.len().saturating_mul(self.new.len()) > MAX_COMPARISONS {
            self.gave_up = true;
            return self;
        }
        let mut candidates = Vec::new();
        for (index, old) in self.old.iter().enumerate() {
            let found =
                self.new.iter().enumerate().filter_map(|(other, new)| Some((similarity(*old, *new)?, index, other)));
            candidates.extend(found);
        }
        candidates.sort_by_key(|(similarity, old, new)| (usize::MAX - similarity, *old, *new));
        let (mut left, mut right) = (BTreeSet::new(), BTreeSet::new());
        for (_, old, new) in candidates {
            if !left.contains(&old) && !right.contains(&new) {
                left.insert(old);
                right.insert(new);
                self.both.extend(self.old.get(old).zip(self.new.get(new)).map(|(old, new)| (*old, *new, true)));
            }
        }
        let mut index = 0;
        self.old.retain(|_| (!left.contains(&index), index += 1).0);
        index = 0;
        self.new.retain(|_| (!right.contains(&index), index += 1).0);
        self
    }
}

/// An operation with its resource.
pub(super) type Located<'a> = (&'a Resource, &'a Operation);

/// The matched items of two documents.
#[derive(Debug)]
pub(super) struct Pairs<'a> {
    pub(super) operations: Pairing<Located<'a>>,
    pub(super) events: Pairing<&'a Event>,
    pub(super) types: Pairing<&'a TypeItem>,
    /// The newer name of each matched type, by its older name.
    names: BTreeMap<&'a str, &'a str>,
    /// The newer name of each renamed module, by its older name.
    modules: BTreeMap<&'a str, &'a str>,
}

impl<'a> Pairs<'a> {
    pub(super) fn find(old: &'a Revision, new: &'a Revision) -> Self {
        let operations = operations(old, new);
        let events = events(old, new);
        let types = Types::find(old, new, &operations, &events);
        let names = types.both.iter().map(|(old, new, _)| (old.name.as_str(), new.name.as_str())).collect();
        Self { modules: modules(old, new, &operations), operations, events, types, names }
    }

    /// Returns the newer name of a type, given its older name.
    pub(super) fn name<'n>(&'n self, old: &'n str) -> &'n str {
        self.names.get(old).copied().unwrap_or(old)
    }

    /// Returns the newer name of a module, given its older name.
    pub(super) fn module<'n>(&'n self, old: &'n str) -> &'n str {
        self.modules.get(old).copied().unwrap_or(old)
    }
}

fn operations<'a>(old: &'a Revision, new: &'a Revision) -> Pairing<Located<'a>> {
    Pairing::start(old.api.operations(), new.api.operations())
        .by(false, |(_, operation)| operation.id.clone())
        .by(true, |(_, operation)| (operation.http.as_str(), template(&operation.path)))
        .by_similarity(|(_, one), (_, other)| {
            let same = [
                one.http == other.http,
                one.path_arguments.len() == other.path_arguments.len(),
                fields_of(old, one.query.as_deref()) == fields_of(new, other.query.as_deref()),
                fields_of(old, one.body.type_name()) == fields_of(new, other.body.type_name()),
            ];
            let answer = (types_of(old, &one.output.name)?, types_of(new, &other.output.name)?);
            // An empty response alone does not make operations similar.
            let distinctive = wires(answer.0).len() > 1 || one.query.is_some() || one.body.type_name().is_some();
            (distinctive && same.iter().all(|same| *same)).then(|| common(answer.0, answer.1)).flatten()
        })
}

/// Matches webhooks by kind, and the remaining ones by ID.
fn events<'a>(old: &'a Revision, new: &'a Revision) -> Pairing<&'a Event> {
    let pairing = Pairing::start(&old.api.events, &new.api.events).by(false, |event| event.kind.as_str());
    pairing.by(true, |event| event.id.as_str())
}

fn types_of<'a>(revision: &'a Revision, name: &str) -> Option<&'a TypeItem> {
    revision.types.get(name)
}

fn fields_of<'a>(revision: &'a Revision, name: Option<&str>) -> Option<BTreeSet<&'a str>> {
    name.and_then(|name| types_of(revision, name)).map(wires)
}

/// Finds renamed modules. A module is considered renamed if it is gone and one of its operations is now in a new module.
fn modules<'a>(old: &'a Revision, new: &'a Revision, operations: &Pairing<Located<'a>>) -> BTreeMap<&'a str, &'a str> {
    let exists =
        |revision: &Revision, module: &str| revision.api.resources.iter().any(|resource| resource.module == module);
    let mut found: BTreeMap<&str, &str> = BTreeMap::new();
    for (before, after, _) in &operations.both {
        let (before, after) = (before.0.module.as_str(), after.0.module.as_str());
        if !exists(new, before) && !exists(old, after) && !found.values().any(|known| *known == after) {
            found.entry(before).or_insert(after);
        }
    }
    found
}

/// The state of the type matching.
struct Types<'a> {
    old: &'a Revision,
    new: &'a Revision,
    both: BTreeMap<&'a str, (&'a str, bool)>,
    taken: BTreeSet<&'a str>,
    waiting: VecDeque<(&'a TypeItem, &'a TypeItem)>,
}

impl<'a> Types<'a> {
    fn find(
        old: &'a Revision,
        new: &'a Revision,
        operations: &Pairing<Located<'a>>,
        events: &Pairing<&'a Event>,
    ) -> Pairing<&'a TypeItem> {
        let by_name = Pairing::start(old.reached(), new.reached()).by(false, |item| item.name.as_str());
        let mut types = Self { old, new, both: BTreeMap::new(), taken: BTreeSet::new(), waiting: VecDeque::new() };
        for (one, other, _) in &by_name.both {
            types.pair(one, other, false);
        }
        for ((_, one), (_, other), _) in &operations.both {
            types.try_pair(Some(&one.output.name), Some(&other.output.name));
            types.try_pair(one.query.as_deref(), other.query.as_deref());
            types.try_pair(one.body.type_name(), other.body.type_name());
        }
        for (one, other, _) in &events.both {
            let answer = |event: &'a Event| event.answer.as_ref().map(|output| output.name.as_str());
            types.try_pair(Some(&one.payload), Some(&other.payload));
            types.try_pair(answer(one), answer(other));
        }
        types.follow();
        let (both, taken) = (types.both, types.taken);
        let left = by_name.old.into_iter().filter(|item| !both.contains_key(item.name.as_str()));
        let right = by_name.new.into_iter().filter(|item| !taken.contains(item.name.as_str()));
        // One common field is not enough, because most records have an `id`.
        let similarity = |one, other| common(one, other).filter(|common| *common > 1);
        let mut pairing = Pairing::start(left, right).by_similarity(similarity);
        let known =
            both.iter().filter_map(|(one, (other, guess))| Some((types_of(old, one)?, types_of(new, other)?, *guess)));
        pairing.both.extend(known);
        pairing.both.sort_by(|one, other| one.0.name.cmp(&other.0.name));
        pairing
    }

    fn pair(&mut self, old: &'a TypeItem, new: &'a TypeItem, guess: bool) {
        self.both.insert(&old.name, (&new.name, guess));
        self.taken.insert(&new.name);
        self.waiting.push_back((old, new));
    }

    /// Matches two types with the same role if they are similar.
    fn try_pair(&mut self, old: Option<&str>, new: Option<&str>) {
        let (Some(old), Some(new)) = (old, new) else { return };
        let (Some(old), Some(new)) = (types_of(self.old, old), types_of(self.new, new)) else { return };
        let free = !self.both.contains_key(old.name.as_str()) && !self.taken.contains(new.name.as_str());
        if free && (common(old, new).is_some() || wires(old).is_empty() && wires(new).is_empty()) {
            self.pair(old, new, true);
        }
    }

    /// Matches the types of equally named fields in matched records.
    fn follow(&mut self) {
        while let Some((old, new)) = self.waiting.pop_front() {
            let (TypeKind::Struct(old), TypeKind::Struct(new)) = (&old.kind, &new.kind) else { continue };
            for field in &old.fields {
                let other = new.fields.iter().find(|other| other.wire == field.wire);
                self.try_pair(named(&field.ty), other.and_then(|other| named(&other.ty)));
            }
        }
    }
}

/// Returns the wire names of a type's fields or variants.
fn wires(item: &TypeItem) -> BTreeSet<&str> {
    match &item.kind {
        TypeKind::Struct(record) => record.fields.iter().map(|field| field.wire.as_str()).collect(),
        TypeKind::Enum(variants) => variants.iter().map(|variant| variant.wire.as_str()).collect(),
        TypeKind::Tagged(tagged) => tagged.variants.iter().map(|(variant, _)| variant.wire.as_str()).collect(),
    }
}

/// Counts the fields or variants shared by two types. Returns `None` if the types have different kinds or share less than half of
/// their fields or variants.
fn common(one: &TypeItem, other: &TypeItem) -> Option<usize> {
    let same_kind = std::mem::discriminant(&one.kind) == std::mem::discriminant(&other.kind);
    let (one, other) = (wires(one), wires(other));
    let common = one.intersection(&other).count();
    (same_kind && common > 0 && 2 * common >= one.union(&other).count()).then_some(common)
}

/// Counts the pairs of adjacent letters shared by two names. Returns `None` if the names share less than half of their pairs.
pub(super) fn name_similarity(one: &str, other: &str) -> Option<usize> {
    let pairs = |name: &str| -> BTreeSet<(char, char)> { name.chars().zip(name.chars().skip(1)).collect() };
    let (one, other) = (pairs(one), pairs(other));
    let common = one.intersection(&other).count();
    (common > 0 && 4 * common >= one.len() + other.len()).then_some(common)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_up_on_too_many_pairs() {
        let few = Pairing::start(0..500, 0..500).by_similarity(|old, new| (old == new).then_some(1));
        assert_eq!((few.gave_up, few.both.len()), (false, 500));
        let many = Pairing::start(0..501, 0..500).by_similarity(|old, new| (old == new).then_some(1));
        assert_eq!((many.gave_up, many.both.len(), many.old.len()), (true, 0, 501));
    }
}
