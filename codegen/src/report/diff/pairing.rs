//! Pairs the items of the older document with those of the newer one.
//!
//! Items with the same identity are paired. Other items are paired if they have the same role in paired items, or if they are
//! similar. Such pairs are reported as guesses.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use super::item::Item;
use super::{ItemKind, Revision};

/// The maximum number of pairs to compare when searching for similar items.
const MAX_COMPARISONS: usize = 250_000;

/// The newer names of types and modules, by older name.
pub(super) type Names<'a> = BTreeMap<&'a str, &'a str>;

/// Two lists of items, split into paired and unpaired items.
#[derive(Debug)]
pub(super) struct Pairing<'a> {
    /// Whether the lists were too long to find similar items.
    pub(super) gave_up: bool,
    /// The older item, the newer item, and whether the pair is a guess.
    pub(super) both: Vec<(&'a Item, &'a Item, bool)>,
    pub(super) old: Vec<&'a Item>,
    pub(super) new: Vec<&'a Item>,
}

impl<'a> Pairing<'a> {
    pub(super) fn start(old: &'a [Item], new: &'a [Item]) -> Self {
        Self { gave_up: false, both: Vec::new(), old: old.iter().collect(), new: new.iter().collect() }
    }

    /// Pairs items with an equal key, beginning with the most reliable keys.
    pub(super) fn by_identity(mut self) -> Self {
        let most = self.old.iter().map(|item| item.identity.len()).max().unwrap_or_default();
        for index in 0..most {
            let mut known: HashMap<&str, &Item> = HashMap::new();
            for item in self.new.iter().rev() {
                known.extend(item.identity.get(index).map(|key| (key.as_str(), *item)));
            }
            let find = |old: &&'a Item| {
                let new = known.remove(old.identity.get(index)?.as_str())?;
                Some((*old, new, false))
            };
            let found: Vec<_> = self.old.iter().filter_map(find).collect();
            self.add(found);
        }
        self
    }

    /// Pairs items that share at least `least` features, beginning with the most similar ones.
    pub(super) fn by_similarity(mut self, least: usize, names: &Names<'_>) -> Self {
        if self.old.len().saturating_mul(self.new.len()) > MAX_COMPARISONS {
            self.gave_up = true;
            return self;
        }
        let mut candidates = Vec::new();
        for (one, old) in self.old.iter().enumerate() {
            for (other, new) in self.new.iter().enumerate() {
                let common = similarity(old, new, names).filter(|common| *common >= least);
                candidates.extend(common.map(|common| (usize::MAX - common, one, other, *old, *new)));
            }
        }
        candidates.sort_by_key(|(rank, one, other, ..)| (*rank, *one, *other));
        let (mut left, mut right) = (BTreeSet::new(), BTreeSet::new());
        candidates.retain(|(_, one, other, ..)| {
            let free = !left.contains(one) && !right.contains(other);
            free && left.insert(*one) && right.insert(*other)
        });
        self.add(candidates.into_iter().map(|(.., old, new)| (old, new, true)).collect());
        self
    }

    fn add(&mut self, pairs: Vec<(&'a Item, &'a Item, bool)>) {
        let left: HashSet<*const Item> = pairs.iter().map(|(old, ..)| std::ptr::from_ref(*old)).collect();
        let right: HashSet<*const Item> = pairs.iter().map(|(_, new, _)| std::ptr::from_ref(*new)).collect();
        self.old.retain(|item| !left.contains(&std::ptr::from_ref(*item)));
        self.new.retain(|item| !right.contains(&std::ptr::from_ref(*item)));
        self.both.extend(pairs);
    }

    /// Pairs the items with the same role in paired items.
    fn by_role(mut self, calls: &Self) -> Self {
        let index = |items: &[&'a Item]| -> HashMap<&'a str, &'a Item> {
            items.iter().map(|item| (item.name.as_str(), *item)).collect()
        };
        let (mut left, mut right) = (index(&self.old), index(&self.new));
        let mut waiting: VecDeque<_> = calls.both.iter().chain(&self.both).map(|(old, new, _)| (*old, *new)).collect();
        let mut found = Vec::new();
        while let Some((old, new)) = waiting.pop_front() {
            for (role, name) in &old.links {
                let other = new.links.get(role).map_or("", String::as_str);
                let (Some(one), Some(other)) = (left.get(name.as_str()), right.get(other)) else { continue };
                let (one, other) = (*one, *other);
                let empty = one.equal == other.equal && one.features.is_empty() && other.features.is_empty();
                if empty || similarity(one, other, &Names::new()).is_some() {
                    left.remove(one.name.as_str());
                    right.remove(other.name.as_str());
                    found.push((one, other, true));
                    waiting.push_back((one, other));
                }
            }
        }
        self.add(found);
        self
    }
}

/// Pairs the operations and webhooks of two documents, and then their resources and types.
pub(super) fn pair<'a>(old: &'a Revision, new: &'a Revision) -> (Pairing<'a>, Pairing<'a>) {
    let names = Names::new();
    let calls = Pairing::start(&old.calls, &new.calls).by_identity().by_similarity(1, &names);
    let named = Pairing::start(&old.named, &new.named).by_identity().by_role(&calls);
    // One common field is not enough, because most records have an `id`.
    (calls, named.by_similarity(2, &names))
}

/// Counts the features that two items share. Returns `None` if they share fewer than half of their features.
fn similarity(old: &Item, new: &Item, names: &Names<'_>) -> Option<usize> {
    let common = old.features.intersection(&new.features).count();
    // The features of a field or value are the pairs of letters in its name, so a longer name has more features.
    let weight = if matches!(old.kind, ItemKind::Argument | ItemKind::Field | ItemKind::Value) { 4 } else { 3 };
    let enough = common > 0 && weight * common >= old.features.len() + new.features.len();
    (enough && renamed(&old.equal, names) == new.equal).then_some(common)
}

/// Replaces the older names of types and modules in a string with the newer ones.
pub(super) fn renamed(text: &str, names: &Names<'_>) -> String {
    let mut result = String::new();
    for part in text.split_inclusive(|letter: char| !letter.is_alphanumeric() && letter != '_') {
        let end = part.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        result.extend([names.get(name).copied().unwrap_or(name), rest]);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(number: usize) -> Vec<Item> {
        let item = |index: usize| {
            let mut item = Item::new(ItemKind::Type, "T", None, [format!("{number} {index}").as_str()]);
            item.features.insert(index.to_string());
            item
        };
        (0..number).map(item).collect()
    }

    #[test]
    fn gives_up_on_too_many_pairs() {
        let (few, new, many) = (items(499), items(500), items(501));
        let pairing = Pairing::start(&few, &new).by_similarity(1, &Names::new());
        assert_eq!((pairing.gave_up, pairing.both.len()), (false, 499));
        let pairing = Pairing::start(&many, &new).by_similarity(1, &Names::new());
        assert_eq!((pairing.gave_up, pairing.both.len(), pairing.old.len()), (true, 0, 501));
    }

    #[test]
    fn renames_whole_words() {
        let names = [("Order", "Purchase"), ("orders", "purchases")].into();
        assert_eq!(renamed("Option<Vec<Order>>", &names), "Option<Vec<Purchase>>");
        assert_eq!(renamed("orders().list_orders", &names), "purchases().list_orders");
        assert_eq!(renamed("OrderLine", &names), "OrderLine");
    }
}
