//! Tests the sandbox through the client, with hand-written requests, and by running its binary.

mod api_docs;
mod batches;
mod clients;
mod edge_cases;
mod every_operation;
mod examples;
mod faults;
mod hostile;
mod library;
mod program;
mod raw_http;
mod scenario;
mod strict;
mod support;
mod webhooks;
