//! Renders failures and diagnostics as text.

mod failure;
mod render;
mod summary;

pub(crate) use failure::{Failure, Result};
pub(crate) use render::render;
pub(crate) use summary::{kind, summarized};

/// Formats a number with its noun, in the singular or the plural.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
