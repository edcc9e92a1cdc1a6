//! Tests of the program against a sandbox. Most of them call its library in the process of the test.

mod errors;
mod export;
mod help;
mod import;
#[cfg(unix)]
mod interruptions;
mod jobs;
mod manual;
mod operations;
#[cfg(feature = "outbox")]
mod outbox;
mod output;
mod profiles;
mod secrets;
mod support;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod webhooks;
