//! Records by their numbers, which are given out in order.

use std::collections::BTreeMap;

#[derive(Debug)]
pub(crate) struct Table<T> {
    records: BTreeMap<u64, T>,
    last: u64,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { records: BTreeMap::new(), last: 0 }
    }
}

impl<T> Table<T> {
    /// Stores the record that is made with the next number.
    pub(crate) fn insert(&mut self, make: impl FnOnce(u64) -> T) -> &mut T {
        self.last += 1;
        self.records.entry(self.last).or_insert(make(self.last))
    }

    pub(crate) fn get(&self, id: u64) -> Option<&T> {
        self.records.get(&id)
    }

    /// The newest.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut T> {
        self.records.get_mut(&id)
    }

    /// All of them, the oldest first.
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
