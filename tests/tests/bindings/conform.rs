//! Recorded payloads against the bindings, and the program `conform` that compares them.

mod command;
mod compare;
mod fixtures;
mod published;
mod untyped;
mod values;
