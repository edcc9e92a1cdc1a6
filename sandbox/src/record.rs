//! The calls that a sandbox answered, for tests to look at.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use crate::call::Call;
use crate::description::{DESCRIPTION, Operation};

/// No more calls than this are kept, the newest.
const MOST: usize = 10_000;

/// A call that was answered.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Recorded {
    /// The id of the operation in the description, such as `createPurchase`.
    pub operation: String,
    /// The parameters in the path, decoded.
    pub path: Vec<(String, String)>,
    /// The query and the body together.
    pub arguments: Map<String, Value>,
    /// The status of the answer.
    pub status: u16,
    /// The body of the answer; null if it was empty.
    pub answer: Value,
}

impl Recorded {
    /// What the description says against the answer, one sentence for each fault.
    pub fn faults(&self) -> Vec<String> {
        let operation = DESCRIPTION.operation(&self.operation);
        operation.map(|operation| operation.answers.faults(self.status, &self.answer)).unwrap_or_default()
    }
}

/// Where calls are written down, if anybody wants them.
#[derive(Debug, Default)]
pub(crate) struct Record {
    is_kept: bool,
    calls: Mutex<VecDeque<Recorded>>,
}

impl Record {
    pub(crate) fn new(is_kept: bool) -> Self {
        Self { is_kept, calls: Mutex::default() }
    }

    /// Writes a call down. One that could not be read has no arguments.
    pub(crate) fn add(&self, operation: &Operation, call: Option<Call>, status: u16, answer: &Value) {
        if !self.is_kept {
            return;
        }
        let (path, arguments) = call.map(|call| (call.path, call.arguments)).unwrap_or_default();
        let recorded = Recorded { operation: operation.id.clone(), path, arguments, status, answer: answer.clone() };
        let mut calls = self.calls();
        if calls.len() == MOST {
            calls.pop_front();
        }
        calls.push_back(recorded);
    }

    /// Those that were written down, the oldest first.
    pub(crate) fn all(&self) -> Vec<Recorded> {
        self.calls().iter().cloned().collect()
    }

    fn calls(&self) -> MutexGuard<'_, VecDeque<Recorded>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
