//! The library's entry points: the builder and the running sandbox.

mod builder;
mod demo_shop;
mod sandbox;

pub use builder::Builder;
pub use sandbox::Sandbox;
