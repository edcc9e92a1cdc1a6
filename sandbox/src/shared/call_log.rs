//! The log of calls, for tests to inspect.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use crate::call::Call;
use crate::description::{DESCRIPTION, Operation};

/// Older calls are dropped.
const MAX_CALLS: usize = 10_000;

/// A call of the API and its response.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RecordedCall {
    /// The operation's id in the description, such as `createPurchase`.
    pub operation: String,
    /// The path parameters, decoded. Empty if the request could not be read.
    pub path: Vec<(String, String)>,
    /// The query and the body, merged. Empty if the request could not be read.
    pub arguments: Map<String, Value>,
    /// The status of the response.
    pub status: u16,
    /// The body of the response; null if it was empty.
    pub response: Value,
}

impl RecordedCall {
    /// Validates the response against the description, and returns a message for each violation.
    pub fn violations(&self) -> Vec<String> {
        let operation = DESCRIPTION.operation(&self.operation);
        operation.map(|operation| operation.responses.violations(self.status, &self.response)).unwrap_or_default()
    }
}

#[derive(Debug, Default)]
pub(crate) struct CallLog {
    is_enabled: bool,
    calls: Mutex<VecDeque<RecordedCall>>,
}

impl CallLog {
    pub(crate) fn new(is_enabled: bool) -> Self {
        Self { is_enabled, calls: Mutex::default() }
    }

    /// Records a response, without the call if the request could not be read.
    pub(crate) fn add(&self, operation: &Operation, call: Option<Call>, status: u16, response: &Value) {
        if !self.is_enabled {
            return;
        }
        let (path, arguments) = call.map(|call| (call.path, call.arguments)).unwrap_or_default();
        let operation = operation.id.clone();
        let mut calls = self.calls();
        if calls.len() == MAX_CALLS {
            calls.pop_front();
        }
        calls.push_back(RecordedCall { operation, path, arguments, status, response: response.clone() });
    }

    /// Returns the recorded calls, oldest first.
    pub(crate) fn all(&self) -> Vec<RecordedCall> {
        self.calls().iter().cloned().collect()
    }

    fn calls(&self) -> MutexGuard<'_, VecDeque<RecordedCall>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
