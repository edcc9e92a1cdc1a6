//! Hooks that run before a request is sent.

use std::pin::Pin;

use crate::call_info::CallInfo;
use crate::error::BoxError;

/// A hook of one call. It runs before each attempt, while the call holds a slot of the throttle.
pub(crate) struct BeforeSend(pub(crate) Box<dyn Fn(CallInfo) -> HookFuture + Send + Sync>);

type HookFuture = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;
