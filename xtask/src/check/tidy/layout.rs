//! The folders of each crate, and the folders that each may import.
//!
//! A folder is a folder below `src/` with the file of its name next to it; a single file there counts as one. The crate's root,
//! `lib.rs` or `main.rs`, may import everything.

/// The layout of one crate.
pub(super) struct Layout {
    /// The folder of the crate's sources.
    pub(super) source: &'static str,
    /// Every folder with those that it may import, the independent ones first.
    pub(super) folders: &'static [(&'static str, &'static [&'static str])],
}

pub(super) const LAYOUTS: &[Layout] = &[Layout {
    source: "xtask/src",
    folders: &[
        ("terminal", &[]),
        ("workspace", &["terminal"]),
        ("context", &["terminal", "workspace"]),
        ("command", &["terminal", "context"]),
        ("inputs", &["terminal", "workspace", "context"]),
        ("tools", &["terminal", "workspace"]),
        ("commands", &["terminal", "workspace", "context", "command", "inputs", "tools"]),
        ("bench", &["terminal", "workspace", "context", "command", "inputs", "tools"]),
        ("check", &["terminal", "workspace", "context", "command", "inputs", "tools", "commands"]),
    ],
}];
