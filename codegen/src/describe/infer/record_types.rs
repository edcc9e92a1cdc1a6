//! Groups the objects of the examples into types and names the types.
//!
//! A record is named after its key, in the singular if the key names a list. Two records have the same type if their keys end in
//! the same word and the records share at least half of their fields. For example, `reward`, `friend_reward` and the items of
//! `advocate_rewards` all have the `Reward` type. If two types compete for a name, the type with more keys that equal the name gets
//! it. The name of the other type is prefixed with the name of the type that contains it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::describe::infer::maps::find_maps;
use crate::describe::infer::shape::{ObjectShape, Shape, ValueKind};
use crate::openapi::words::{singular, type_name, words};

/// The maximum number of record pairs to compare per word. Only records whose keys end in the same word are compared, and real
/// documents have a few dozen such records. Above the limit, these records have the same type only if they have the same fields.
const MAX_PAIRS: usize = 2_000_000;

/// The result of one operation.
#[derive(Clone, Debug)]
pub struct Root {
    /// The name of the result type.
    pub name: String,
    /// If the result is a list, the words in the name of the item type.
    pub item: Vec<String>,
    /// The joined shape of the examples.
    pub shape: Shape,
}

/// The types of all records.
#[derive(Debug, Default)]
pub struct Records {
    /// All types by name, including the result types.
    pub types: BTreeMap<String, ObjectShape>,
    /// The type name of each field that contains records. A field is identified by the name of its owner and its key.
    pub fields: HashMap<(String, String), String>,
    /// The keys under which some records of a type have an object and others have a map, each with the number of lists and maps
    /// around the object.
    pub maps: BTreeMap<String, BTreeSet<usize>>,
}

/// An object in the examples.
struct Occurrence<'a> {
    /// The words of the key, in the singular for the items of a list. Empty if the object is the result of an operation.
    words: Vec<String>,
    key: String,
    /// The index of the object that contains this one.
    owner: usize,
    record: &'a ObjectShape,
}

/// Groups all objects in the results into types. The names in `taken` are not used for these types.
#[must_use]
pub fn records(roots: &[Root], mut taken: BTreeSet<String>) -> Records {
    let occurrences = occurrences(roots);
    let classes = classes(&occurrences, roots.len());
    taken.extend(roots.iter().map(|root| root.name.clone()));
    let names = names(&occurrences, &classes, roots, taken);
    let mut by_name: BTreeMap<&String, Vec<&ObjectShape>> = BTreeMap::new();
    let mut fields = HashMap::new();
    for (index, occurrence) in occurrences.iter().enumerate() {
        let Some(name) = names.get(&classes[index]) else { continue };
        if let Some(owner) = names.get(&classes[occurrence.owner]).filter(|_| index >= roots.len()) {
            fields.insert((owner.clone(), occurrence.key.clone()), name.clone());
        }
        if roots.get(index).is_none_or(|root| matches!(root.shape.kind, ValueKind::Object(_))) {
            by_name.entry(name).or_default().push(occurrence.record);
        }
    }
    let (mut types, mut maps) = (BTreeMap::new(), BTreeMap::new());
    for (name, records) in by_name {
        let joined = ObjectShape::all(records.iter().copied().cloned());
        for (key, field) in records.iter().flat_map(|record| &record.fields) {
            let all = joined.fields.get(key).map_or(&Shape::NEVER, |field| &field.shape);
            find_maps(key, 0, &field.shape, all, &mut maps);
        }
        types.insert(name.clone(), joined);
    }
    Records { types, fields, maps }
}

static EMPTY: ObjectShape = ObjectShape { fields: BTreeMap::new(), empty: true };

fn occurrences(roots: &[Root]) -> Vec<Occurrence<'_>> {
    let roots_first = roots.iter().enumerate().map(|(owner, root)| {
        let record = if let ValueKind::Object(record) = &root.shape.kind { record } else { &EMPTY };
        Occurrence { words: Vec::new(), key: String::new(), owner, record }
    });
    let mut occurrences: Vec<Occurrence<'_>> = roots_first.collect();
    for (index, root) in roots.iter().enumerate() {
        match &root.shape.kind {
            ValueKind::Object(record) => fields(record, index, &mut occurrences),
            _ => nested(&root.item, "", &root.shape, index, &mut occurrences),
        }
    }
    occurrences
}

fn fields<'a>(record: &'a ObjectShape, owner: usize, occurrences: &mut Vec<Occurrence<'a>>) {
    for (key, field) in &record.fields {
        nested(&words(key), key, &field.shape, owner, occurrences);
    }
}

fn nested<'a>(words: &[String], key: &str, shape: &'a Shape, owner: usize, occurrences: &mut Vec<Occurrence<'a>>) {
    match &shape.kind {
        ValueKind::List(inner) | ValueKind::Map(inner) => {
            nested(&singular(words.to_vec()), key, inner, owner, occurrences);
        }
        ValueKind::Object(record) => {
            let index = occurrences.len();
            occurrences.push(Occurrence { words: words.to_vec(), key: key.to_owned(), owner, record });
            fields(record, index, occurrences);
        }
        _ => {}
    }
}

/// Groups the objects into classes, one for each type. Returns the class of each object, as the index of the first object in the
/// class.
fn classes(occurrences: &[Occurrence<'_>], roots: usize) -> Vec<usize> {
    let mut union = Union((0..occurrences.len()).collect());
    let mut by_word: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, occurrence) in occurrences.iter().enumerate().skip(roots) {
        if let Some(word) = occurrence.words.last() {
            by_word.entry(word).or_default().push(index);
        }
    }
    for members in by_word.values() {
        let mut distinct: BTreeMap<Vec<&String>, usize> = BTreeMap::new();
        for member in members {
            let first = *distinct.entry(occurrences[*member].record.fields.keys().collect()).or_insert(*member);
            union.link(first, *member);
        }
        if distinct.len() * distinct.len() / 2 <= MAX_PAIRS {
            for (index, (fields, one)) in distinct.iter().enumerate() {
                for (_, other) in distinct.iter().skip(index + 1).filter(|(others, _)| alike(fields, others)) {
                    union.link(*one, *other);
                }
            }
        }
    }
    // A field has only one type, so if two records have the same type, the objects under the same key in both records must also
    // have the same type.
    loop {
        let mut changed = false;
        let mut by_field: HashMap<(usize, &str), usize> = HashMap::new();
        for (index, occurrence) in occurrences.iter().enumerate().skip(roots) {
            let owner = union.find(occurrence.owner);
            let first = *by_field.entry((owner, &occurrence.key)).or_insert(index);
            changed |= union.link(first, index);
        }
        if !changed {
            return (0..occurrences.len()).map(|index| union.find(index)).collect();
        }
    }
}

/// Returns whether two sorted lists of keys share at least half of their distinct keys.
fn alike(one: &[&String], other: &[&String]) -> bool {
    let common = one.iter().filter(|key| other.binary_search(key).is_ok()).count();
    2 * common >= one.len() + other.len() - common
}

/// Disjoint sets, each identified by its smallest member.
struct Union(Vec<usize>);

impl Union {
    fn find(&mut self, index: usize) -> usize {
        let mut root = index;
        while self.0[root] != root {
            self.0[root] = self.0[self.0[root]];
            root = self.0[root];
        }
        root
    }

    /// Joins two sets. Returns whether they were distinct.
    fn link(&mut self, one: usize, other: usize) -> bool {
        let (one, other) = (self.find(one), self.find(other));
        self.0[one.max(other)] = one.min(other);
        one != other
    }
}

/// Chooses a type name for each class of objects.
fn names(
    occurrences: &[Occurrence<'_>],
    classes: &[usize],
    roots: &[Root],
    mut taken: BTreeSet<String>,
) -> BTreeMap<usize, String> {
    let mut members: BTreeMap<usize, Vec<&Occurrence<'_>>> = BTreeMap::new();
    for (occurrence, class) in occurrences.iter().zip(classes).skip(roots.len()) {
        members.entry(*class).or_default().push(occurrence);
    }
    let mut names: BTreeMap<usize, String> =
        roots.iter().enumerate().map(|(index, root)| (classes[index], root.name.clone())).collect();
    let claims = members.iter().map(|(class, members)| {
        let base = common_end(members);
        let exact = members.iter().filter(|member| member.words == base).count();
        (*class, base, exact, members.len())
    });
    let mut claims: Vec<(usize, Vec<String>, usize, usize)> = claims.collect();
    claims.sort_by(|one, other| (other.2, other.3, one.0).cmp(&(one.2, one.3, other.0)));
    let mut unnamed = Vec::new();
    for (class, base, ..) in claims {
        let name = type_name(&base);
        if taken.insert(name.clone()) {
            names.insert(class, name);
        } else {
            unnamed.push((class, name));
        }
    }
    // The prefix is the name of the enclosing type, so enclosing types are named first. If the unnamed classes enclose each other
    // in a cycle, one of them gets no prefix.
    let parent = |class: usize| classes[occurrences[class].owner];
    let mut numbers: HashMap<String, usize> = HashMap::new();
    while !unnamed.is_empty() {
        let next = unnamed.iter().position(|(class, _)| names.contains_key(&parent(*class)));
        let (class, base) = unnamed.remove(next.unwrap_or_default());
        let parent = names.get(&parent(class)).cloned().unwrap_or_default();
        let base = format!("{parent}{base}");
        let mut name = base.clone();
        let number = numbers.entry(base.clone()).or_insert(2);
        while !taken.insert(name.clone()) {
            name = format!("{base}{number}");
            *number += 1;
        }
        names.insert(class, name);
    }
    names
}

/// Returns the trailing words shared by the keys of all members. If the keys share no words, returns the words of the first key.
fn common_end(members: &[&Occurrence<'_>]) -> Vec<String> {
    let Some((first, others)) = members.split_first() else { return Vec::new() };
    let length = others.iter().fold(first.words.len(), |length, other| {
        let common = first.words.iter().rev().zip(other.words.iter().rev());
        length.min(common.take_while(|(one, other)| one == other).count())
    });
    match first.words.get(first.words.len() - length..) {
        Some([]) | None => first.words.clone(),
        Some(end) => end.to_vec(),
    }
}
