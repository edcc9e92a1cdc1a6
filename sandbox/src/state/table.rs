//! Tables of records by id. Records are never removed, so the ids in other records stay valid.

use std::ops::{Index, IndexMut};

/// The records in the order of their ids, which start at 1.
#[derive(Debug)]
pub(crate) struct Table<T>(Vec<T>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Table<T> {
    /// Builds a record with the next id, stores it and returns the id.
    pub(crate) fn insert(&mut self, build: impl FnOnce(u64) -> T) -> u64 {
        let id = self.last_id() + 1;
        self.0.push(build(id));
        id
    }

    /// Finds a record by an id that might not exist, such as one from a request.
    pub(crate) fn get(&self, id: u64) -> Option<&T> {
        self.0.get(position(id)?)
    }

    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut T> {
        self.0.get_mut(position(id)?)
    }

    /// Returns the records with these ids, in the given order.
    pub(crate) fn select<'a>(&'a self, ids: &'a [u64]) -> impl DoubleEndedIterator<Item = &'a T> + Clone {
        ids.iter().map(|id| &self[*id])
    }

    /// Returns the id of the newest record, or 0 if the table is empty.
    pub(crate) fn last_id(&self) -> u64 {
        self.0.len() as u64
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.0.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
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

impl<T> IndexMut<u64> for Table<T> {
    fn index_mut(&mut self, id: u64) -> &mut T {
        self.get_mut(id).expect("records are never removed")
    }
}
