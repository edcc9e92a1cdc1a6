//! Which of the objects seen in the examples are one type, and what it is called.
//!
//! A record is named after the key it sits under, in the singular where the key names a list. Two records are one type if their
//! keys end in the same word and they share at least half of their fields; so `reward`, `friend_reward` and the items of
//! `advocate_rewards` are all a `Reward`. Where two types want one name, the one whose key is just that name has it, and the
//! other takes its parent's name in front.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::describe::infer::shape::{Kind, Record, Shape};
use crate::openapi::schema_limits::MAX_TYPES;
use crate::openapi::words::{singular, type_name, words};

/// How many lists of fields are compared. Each may be a type, and there may be no more types than that.
const MAX_COMPARED: usize = MAX_TYPES;

/// How many keys of one object may be names of fields; of more, all are data. Real objects have some dozens.
const MAX_NAMES: usize = 1_000;

/// The root of a tree of shapes: the result of one operation.
#[derive(Clone, Debug)]
pub struct Root {
    /// The name of the result's type.
    pub name: String,
    /// The words that name the items, if the result is a bare list.
    pub item: Vec<String>,
    /// What was seen.
    pub shape: Shape,
}

/// The types that were found.
#[derive(Debug)]
pub struct Records {
    /// The name and the fields of each record, roots included.
    pub types: BTreeMap<String, Record>,
    /// The record under each field that holds one, by the name of the owner and the key.
    pub fields: HashMap<(String, String), String>,
}

/// One object of the examples.
struct Sighting<'a> {
    /// The words of the key, in the singular for items; none for a root.
    words: Vec<String>,
    key: String,
    owner: usize,
    record: &'a Record,
}

/// Finds the types among all objects under the roots. No name is `taken` twice.
#[must_use]
pub fn records(roots: &[Root], mut taken: BTreeSet<String>) -> Records {
    let sightings = sightings(roots);
    let classes = classes(&sightings, roots.len());
    taken.extend(roots.iter().map(|root| root.name.clone()));
    let names = names(&sightings, &classes, roots, taken);
    let mut seen: BTreeMap<&String, Vec<&Record>> = BTreeMap::new();
    let mut fields = HashMap::new();
    for (index, sighting) in sightings.iter().enumerate() {
        let Some(name) = names.get(&classes[index]) else { continue };
        if let Some(owner) = names.get(&classes[sighting.owner]).filter(|_| index >= roots.len()) {
            fields.insert((owner.clone(), sighting.key.clone()), name.clone());
        }
        if index < roots.len() && !matches!(roots[index].shape.kind, Kind::Record(_)) {
            continue;
        }
        seen.entry(name).or_default().push(sighting.record);
    }
    let types = seen.into_iter().map(|(name, records)| (name.clone(), Record::all(records.into_iter().cloned())));
    Records { types: types.collect(), fields }
}

/// The keys whose objects hold data under data's own keys: sometimes empty, and otherwise with values of one shape.
#[must_use]
pub fn map_keys(roots: &[Root]) -> BTreeSet<String> {
    fn gather<'a>(key: &'a str, shape: &'a Shape, seen: &mut BTreeMap<&'a str, Vec<&'a Record>>) {
        match &shape.kind {
            Kind::List(inner) | Kind::Map(inner) => gather(key, inner, seen),
            Kind::Record(record) => {
                seen.entry(key).or_default().push(record);
                for (key, field) in &record.fields {
                    gather(key, &field.shape, seen);
                }
            }
            _ => {}
        }
    }
    let mut seen = BTreeMap::new();
    for root in roots {
        gather("", &root.shape, &mut seen);
    }
    let is_map = |records: &[&Record]| {
        let values = records.iter().flat_map(|record| record.fields.values().map(|field| field.shape.clone()));
        records.iter().any(|record| record.empty) && Shape::all(values).kind != Kind::Any
    };
    seen.into_iter()
        .filter(|(key, records)| !key.is_empty() && is_map(records))
        .map(|(key, _)| key.to_owned())
        .collect()
}

/// Turns the objects under the given keys, and those whose keys are no identifiers or too many for names, into maps.
#[must_use]
pub fn with_maps(key: &str, shape: Shape, keys: &BTreeSet<String>) -> Shape {
    let kind = match shape.kind {
        Kind::List(inner) => Kind::List(Box::new(with_maps(key, *inner, keys))),
        Kind::Map(inner) => Kind::Map(Box::new(with_maps(key, *inner, keys))),
        Kind::Record(mut record) => {
            for (key, field) in &mut record.fields {
                let inner = std::mem::replace(&mut field.shape, Shape::NEVER);
                field.shape = with_maps(key, inner, keys);
            }
            let many = record.fields.len() > MAX_NAMES;
            if many || keys.contains(key) || record.fields.keys().any(|key| !is_identifier(key)) {
                // Joined, the values may have names that are too many in turn.
                Kind::Map(Box::new(with_maps("", record.values(), &BTreeSet::new())))
            } else {
                Kind::Record(record)
            }
        }
        kind => kind,
    };
    Shape { kind, ..shape }
}

fn is_identifier(key: &str) -> bool {
    let mut bytes = key.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

static EMPTY: Record = Record { fields: BTreeMap::new(), empty: true };

fn sightings(roots: &[Root]) -> Vec<Sighting<'_>> {
    let mut sightings: Vec<Sighting<'_>> = Vec::new();
    for (index, root) in roots.iter().enumerate() {
        let record = match &root.shape.kind {
            Kind::Record(record) => record,
            _ => &EMPTY,
        };
        sightings.push(Sighting { words: Vec::new(), key: String::new(), owner: index, record });
    }
    for (index, root) in roots.iter().enumerate() {
        match &root.shape.kind {
            Kind::Record(record) => fields(record, index, &mut sightings),
            _ => nested(&root.item, "", &root.shape, index, &mut sightings),
        }
    }
    sightings
}

fn fields<'a>(record: &'a Record, owner: usize, sightings: &mut Vec<Sighting<'a>>) {
    for (key, field) in &record.fields {
        nested(&words(key), key, &field.shape, owner, sightings);
    }
}

fn nested<'a>(words: &[String], key: &str, shape: &'a Shape, owner: usize, sightings: &mut Vec<Sighting<'a>>) {
    match &shape.kind {
        Kind::List(inner) | Kind::Map(inner) => nested(&singular(words.to_vec()), key, inner, owner, sightings),
        Kind::Record(record) => {
            let index = sightings.len();
            sightings.push(Sighting { words: words.to_vec(), key: key.to_owned(), owner, record });
            fields(record, index, sightings);
        }
        _ => {}
    }
}

/// The class of each sighting, as the index of its first member.
fn classes(sightings: &[Sighting<'_>], roots: usize) -> Vec<usize> {
    let mut union = Union((0..sightings.len()).collect());
    let mut by_word: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, sighting) in sightings.iter().enumerate().skip(roots) {
        if let Some(word) = sighting.words.last() {
            by_word.entry(word).or_default().push(index);
        }
    }
    let mut compared = 0;
    for members in by_word.values() {
        // Sightings of the same fields are alike without a comparison, which keeps large documents cheap.
        let mut distinct: BTreeMap<Vec<&String>, usize> = BTreeMap::new();
        for member in members {
            let first = *distinct.entry(sightings[*member].record.fields.keys().collect()).or_insert(*member);
            union.link(first, *member);
        }
        compared += distinct.len();
        // Of more than that the limits have the last word.
        if compared <= MAX_COMPARED {
            link_alike(&distinct, &mut union);
        }
    }
    // One field has one type: where two owners became one, so do the records under the same key.
    loop {
        let mut changed = false;
        let mut under: HashMap<(usize, &str), usize> = HashMap::new();
        for (index, sighting) in sightings.iter().enumerate().skip(roots) {
            let owner = union.find(sighting.owner);
            let first = *under.entry((owner, &sighting.key)).or_insert(index);
            changed |= union.link(first, index);
        }
        if !changed {
            return (0..sightings.len()).map(|index| union.find(index)).collect();
        }
    }
}

/// Links the sightings whose fields are alike.
///
/// Two lists that are alike have at least a third of the fields of both together in common. So the longer one has one of those
/// among the rarer half of its fields and one more, and the shorter one among the rarest third and one more. Only lists that meet
/// there are compared; each with each would take too long where a document has thousands. The shorter ones come first.
fn link_alike(distinct: &BTreeMap<Vec<&String>, usize>, union: &mut Union) {
    let mut frequency: HashMap<&String, usize> = HashMap::new();
    distinct.keys().flatten().for_each(|field| *frequency.entry(field).or_default() += 1);
    let mut holders: HashMap<&String, Vec<(&Vec<&String>, usize)>> = HashMap::new();
    let mut by_length: Vec<(&Vec<&String>, usize)> =
        distinct.iter().map(|(fields, member)| (fields, *member)).collect();
    by_length.sort_by_key(|(fields, _)| fields.len());
    for (fields, member) in by_length {
        let mut rarest = fields.clone();
        rarest.sort_by_key(|field| (frequency.get(field), *field));
        for field in rarest.iter().take(fields.len() / 2 + 1) {
            for (others, other) in holders.get(field).into_iter().flatten() {
                if union.find(member) != union.find(*other) && alike(fields, others) {
                    union.link(member, *other);
                }
            }
        }
        for field in rarest.into_iter().take(fields.len() / 3 + 1) {
            holders.entry(field).or_default().push((fields, member));
        }
    }
}

/// Whether two sorted lists of fields have at least half of all their fields in common.
fn alike(one: &[&String], other: &[&String]) -> bool {
    let common = one.iter().filter(|key| other.binary_search(key).is_ok()).count();
    2 * common >= one.len() + other.len() - common
}

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

    /// Links two classes under the earlier one, and tells whether they were two.
    fn link(&mut self, one: usize, other: usize) -> bool {
        let (one, other) = (self.find(one), self.find(other));
        self.0[one.max(other)] = one.min(other);
        one != other
    }
}

/// The name of each class.
fn names(
    sightings: &[Sighting<'_>],
    classes: &[usize],
    roots: &[Root],
    mut taken: BTreeSet<String>,
) -> BTreeMap<usize, String> {
    let mut members: BTreeMap<usize, Vec<&Sighting<'_>>> = BTreeMap::new();
    for (sighting, class) in sightings.iter().zip(classes).skip(roots.len()) {
        members.entry(*class).or_default().push(sighting);
    }
    let mut names: BTreeMap<usize, String> =
        roots.iter().enumerate().map(|(index, root)| (classes[index], root.name.clone())).collect();
    let mut wanted: Vec<(usize, Vec<String>, usize, usize)> = members
        .iter()
        .map(|(class, members)| {
            let base = common_end(members);
            let exact = members.iter().filter(|member| member.words == base).count();
            (*class, base, exact, members.len())
        })
        .collect();
    wanted.sort_by(|one, other| (other.2, other.3, one.0).cmp(&(one.2, one.3, other.0)));
    let mut left = Vec::new();
    for (class, base, ..) in wanted {
        let name = type_name(&base);
        if taken.insert(name.clone()) {
            names.insert(class, name);
        } else {
            left.push((class, name));
        }
    }
    // A parent may itself wait for its parent's name; one that waits for itself goes without.
    let parent = |class: usize| classes[sightings[class].owner];
    let mut waiting: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut ready = BTreeSet::new();
    for (index, (class, _)) in left.iter().enumerate() {
        waiting.entry(parent(*class)).or_default().push(index);
        ready.extend(names.contains_key(&parent(*class)).then_some(index));
    }
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut left: BTreeMap<usize, (usize, String)> = left.into_iter().enumerate().collect();
    while let Some(index) = ready.pop_first().or_else(|| left.keys().next().copied()) {
        let Some((class, base)) = left.remove(&index) else { continue };
        ready.extend(waiting.remove(&class).into_iter().flatten().filter(|index| left.contains_key(index)));
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

/// The words that the keys of all members end in.
fn common_end(members: &[&Sighting<'_>]) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    use proptest::collection::{btree_set, vec};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_short_way_links_what_the_long_way_links(lists in vec(btree_set("[a-i]", 0..7), 0..20)) {
            let lists: Vec<Vec<String>> = lists.into_iter().map(|list| list.into_iter().collect()).collect();
            let mut distinct = BTreeMap::new();
            for (index, list) in lists.iter().enumerate() {
                distinct.entry(list.iter().collect::<Vec<&String>>()).or_insert(index);
            }
            let (mut short, mut long) = (Union((0..lists.len()).collect()), Union((0..lists.len()).collect()));
            link_alike(&distinct, &mut short);
            for (one, first) in &distinct {
                for (other, second) in distinct.iter().filter(|(other, _)| alike(one, other)) {
                    prop_assert!(!other.is_empty() || one.is_empty());
                    long.link(*first, *second);
                }
            }
            let classes = |union: &mut Union| (0..lists.len()).map(|index| union.find(index)).collect::<Vec<_>>();
            prop_assert_eq!(classes(&mut short), classes(&mut long));
        }
    }
}
