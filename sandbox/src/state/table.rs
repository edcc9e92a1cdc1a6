//! Records by id, assigned in ascending order.

use std::collections::BTreeMap;

#[derive(Debug)]
pub(crate) struct Table<T> {
    records: BTreeMap<u64, T>,
    last_id: u64,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { records: BTreeMap::new(), last_id: 0 }
    }
}

impl<T> Table<T> {
    /// Stores the record that is built with the next id.
    pub(crate) fn insert(&mut self, build: impl FnOnce(u64) -> T) -> &mut T {
        self.last_id += 1;
        self.records.entry(self.last_id).or_insert(build(self.last_id))
    }

    pub(crate) fn get(&self, id: u64) -> Option<&T> {
        self.records.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut T> {
        self.records.get_mut(&id)
    }

    /// Returns the records with these ids, in their order.
    pub(crate) fn select<'a>(&'a self, ids: &'a [u64]) -> impl DoubleEndedIterator<Item = &'a T> + Clone {
        ids.iter().filter_map(|id| self.records.get(id))
    }

    /// The id of the newest record.
    pub(crate) fn last_id(&self) -> u64 {
        self.last_id
    }

    /// Returns all records, oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.records.values()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.records.values_mut()
    }

    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }
}
