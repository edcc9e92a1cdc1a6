//! The text of failures and diagnostics.

mod failure;
mod render;

pub(crate) use failure::Failure;
pub(crate) use render::render;

/// A number with its noun.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
