//! Tables of records by id. Records are never removed, so the ids in other records stay valid.

use std::ops::{Deref, DerefMut, Index};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::heap_size::HeapSize;

/// The estimated size of a record's ids in other records.
const ID_BYTES: usize = 48;

/// The records in the order of their ids, which start at 1, and their total size.
#[derive(Debug)]
pub(crate) struct Table<T> {
    records: Vec<T>,
    heap_bytes: usize,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { records: Vec::new(), heap_bytes: 0 }
    }
}

impl<T: HeapSize> Table<T> {
    /// Builds a record with the next id, stores it and returns the id.
    pub(crate) fn insert(&mut self, build: impl FnOnce(u64) -> T) -> u64 {
        let id = self.last_id() + 1;
        let record = build(id);
        self.heap_bytes += record.heap_bytes();
        self.records.push(record);
        id
    }

    /// Returns a record for editing, or `None` if the id does not exist. Use this for ids from requests.
    pub(crate) fn find_mut(&mut self, id: u64) -> Option<Edit<'_, T>> {
        let record = self.records.get_mut(position(id)?)?;
        let before = record.heap_bytes();
        Some(Edit { record, before, total: &mut self.heap_bytes })
    }

    /// Returns a record for editing. The id must come from another record, so it is known to exist.
    pub(crate) fn edit(&mut self, id: u64) -> Edit<'_, T> {
        self.find_mut(id).expect("records are never removed")
    }

    pub(crate) fn edit_each(&mut self, change: impl FnMut(&mut T)) {
        self.records.iter_mut().for_each(change);
        self.heap_bytes = self.records.iter().map(T::heap_bytes).sum();
    }

    /// Returns the estimated size of all records in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.records.len() * (size_of::<T>() + ID_BYTES) + self.heap_bytes
    }
}

impl<T> Table<T> {
    /// Returns a record, or `None` if the id does not exist. Use this for ids from requests.
    pub(crate) fn get(&self, id: u64) -> Option<&T> {
        self.records.get(position(id)?)
    }

    /// Returns the records with these ids, in the given order.
    pub(crate) fn select<'a>(&'a self, ids: &'a [u64]) -> impl DoubleEndedIterator<Item = &'a T> + Clone {
        ids.iter().map(|id| &self[*id])
    }

    /// Returns the id of the newest record, or 0 if the table is empty.
    pub(crate) fn last_id(&self) -> u64 {
        self.records.len() as u64
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.records.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }
}

fn position(id: u64) -> Option<usize> {
    usize::try_from(id).ok()?.checked_sub(1)
}

/// Looks up a record by an id stored in another record. Such ids are always valid, because records are never removed.
impl<T> Index<u64> for Table<T> {
    type Output = T;

    fn index(&self, id: u64) -> &T {
        self.get(id).expect("records are never removed")
    }
}

impl<T: Serialize> Serialize for Table<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.records.serialize(serializer)
    }
}

impl<'de, T: HeapSize + Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut table = Self::default();
        for record in Vec::deserialize(deserializer)? {
            table.insert(|_| record);
        }
        Ok(table)
    }
}

/// Mutable access to a record. Updates the size of the table when it is dropped.
pub(crate) struct Edit<'a, T: HeapSize> {
    record: &'a mut T,
    before: usize,
    total: &'a mut usize,
}

impl<T: HeapSize> Deref for Edit<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.record
    }
}

impl<T: HeapSize> DerefMut for Edit<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.record
    }
}

impl<T: HeapSize> Drop for Edit<'_, T> {
    fn drop(&mut self) {
        *self.total = self.total.saturating_sub(self.before) + self.record.heap_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn updates_the_size_after_a_change() {
        let mut table: Table<Option<String>> = Table::default();
        let id = table.insert(|_| Some("x".repeat(100)));
        let before = table.bytes();
        table.edit(id).replace("x".repeat(300));
        assert_eq!(table.bytes(), before + 200);
        table.edit_each(|record| *record = None);
        assert_eq!(table.bytes(), size_of::<Option<String>>() + ID_BYTES);
    }
}
