//! The sandbox from outside: through the real client, by requests written by hand, and by clients that mean no good.

mod batches;
mod every_operation;
mod hostile;
mod library;
mod odd;
mod page;
mod program;
mod raw;
mod scenario;
mod support;
mod trouble;
mod webhooks;
