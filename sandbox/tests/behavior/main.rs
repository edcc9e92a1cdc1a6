//! The sandbox from outside: through the real client, by requests written by hand, and by clients that mean no good.

mod api_docs;
mod batches;
mod edge_cases;
mod every_operation;
mod faults;
mod hostile;
mod library;
mod program;
mod raw_http;
mod scenario;
mod support;
mod webhooks;
