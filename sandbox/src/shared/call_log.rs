//! The log of calls, for tests to inspect.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};

use crate::call::Call;
use crate::description::{DESCRIPTION, Operation};

/// The maximum number of recorded calls. If there are more, the oldest ones are dropped.
const MAX_CALLS: usize = 10_000;

/// An API call and its response.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RecordedCall {
    /// The operation's id in the description, such as `createPurchase`.
    pub operation: String,
    /// The path parameters, decoded. The list is empty if the request could not be read.
    pub path: Vec<(String, String)>,
    /// The arguments in the query and the body, merged. The map is empty if the request could not be read.
    pub arguments: Map<String, Value>,
    /// The status of the response.
    pub status: u16,
    /// The body of the response, or null if the body was empty.
    pub response: Value,
}

impl RecordedCall {
    /// Validates the response against the description, and returns a message for each violation.
    pub fn violations(&self) -> Vec<String> {
        let operation = DESCRIPTION.operation(&self.operation);
        operation.map(|operation| operation.responses.violations(self.status, &self.response)).unwrap_or_default()
    }
}

/// The most recent calls, or `None` if calls are not recorded.
#[derive(Debug)]
pub(crate) struct CallLog(pub(crate) Option<Mutex<VecDeque<RecordedCall>>>);

impl CallLog {
    /// Records a response and its call. The call is `None` if the request could not be read.
    pub(crate) fn add(&self, operation: &Operation, call: Option<Call>, status: u16, response: &Value) {
        let Some(calls) = &self.0 else {
            return;
        };
        let (path, arguments) = call.map(|call| (call.path, call.arguments)).unwrap_or_default();
        let operation = operation.id.clone();
        let mut calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
        if calls.len() == MAX_CALLS {
            calls.pop_front();
        }
        calls.push_back(RecordedCall { operation, path, arguments, status, response: response.clone() });
    }

    /// Returns the recorded calls, oldest first.
    pub(crate) fn all(&self) -> Vec<RecordedCall> {
        let calls = self.0.as_ref().map(|calls| calls.lock().unwrap_or_else(PoisonError::into_inner));
        calls.iter().flat_map(|calls| calls.iter()).cloned().collect()
    }
}
