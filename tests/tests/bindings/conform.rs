//! Tests the bindings against recorded payloads, and tests the `conform` program.

mod command;
mod compare;
mod fixtures;
mod published;
mod untyped;
mod values;
