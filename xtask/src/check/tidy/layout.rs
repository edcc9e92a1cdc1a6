//! The folders of each crate and, for each folder, the folders that it may import from.
//!
//! Here "folder" means a folder in `src/` together with the file of the same name, or a single file in `src/`. A folder may import
//! only from folders before it in the table, so imports cannot be circular. The crate root, `lib.rs` or `main.rs`, may import from
//! all folders.

/// The layout of one crate.
pub(super) struct Layout {
    /// The crate's source folder.
    pub(super) source: &'static str,
    /// Each folder, with the folders that it may import from. These must be listed before it.
    pub(super) folders: &'static [(&'static str, &'static [&'static str])],
}

#[rustfmt::skip]
pub(super) const LAYOUTS: &[Layout] = &[
    Layout {
        source: "codegen/src",
        folders: &[
            ("source", &[]),
            ("openapi", &["source"]),
            ("describe", &["source", "openapi"]),
            ("model", &["source", "openapi"]),
            ("emit", &["source", "model"]),
            ("edition", &["source", "openapi", "model", "emit"]),
            ("pipeline", &["source", "openapi", "describe", "model", "emit", "edition"]),
            ("report", &["source", "openapi", "describe", "model", "emit", "pipeline"]),
        ],
    },
    Layout {
        source: "talkable-api/src",
        folders: &[
            ("operation", &[]),
            ("period", &[]),
            ("decode", &["operation", "period"]),
            ("call_info", &["operation"]),
            // `error` recognizes the generated reasons.
            ("error", &["operation", "decode", "call_info", "generated"]),
            ("request", &["operation", "call_info", "error"]),
            ("observe", &["operation", "call_info", "error", "request"]),
            ("send", &["operation", "decode", "call_info", "error", "observe", "request"]),
            ("throttle", &["send"]),
            ("client", &["decode", "error", "observe", "request", "send"]),
            ("call", &["operation", "decode", "call_info", "error", "observe", "request", "send", "client", "generated"]),
            ("bulk", &["operation", "call_info", "error", "call"]),
            // `webhook` re-exports the payload types, which are generated.
            ("webhook", &["decode", "error", "generated"]),
            ("__private", &["operation", "decode", "send", "webhook"]),
            ("blocking", &["error", "request", "call", "bulk"]),
        ],
    },
    Layout {
        source: "cli/src",
        folders: &[
            ("text", &[]),
            ("session", &[]),
            ("failure", &["text"]),
            // The table of operations is generated.
            ("operation", &["generated"]),
            ("input", &["session", "failure", "operation"]),
            ("request", &["text", "session", "failure", "operation", "input"]),
            ("output", &["text", "session", "failure", "input"]),
            ("profile", &["session", "failure", "input"]),
            ("import", &["text", "failure", "operation", "input", "request"]),
            ("commands", &["text", "session", "failure", "generated", "operation", "input", "request", "output", "profile", "import"]),
            ("tree", &["text", "failure", "generated", "operation", "input", "commands"]),
        ],
    },
    Layout {
        source: "outbox/src",
        folders: &[
            ("sql", &[]),
            ("error", &[]),
            ("mask", &[]),
            ("fail_point", &[]),
            ("database", &["sql", "error"]),
            ("schema", &["sql", "error", "database"]),
            ("outbox", &["error", "database", "schema"]),
            ("entry", &["error", "mask"]),
            ("enqueue", &["sql", "error", "database", "outbox", "entry"]),
            ("claimed", &["entry"]),
            ("outcome", &["mask", "claimed"]),
            ("turn", &["sql", "error", "fail_point", "database", "schema", "outbox", "entry", "claimed", "outcome"]),
            ("marker", &["sql", "error", "outbox", "entry"]),
            ("send", &["fail_point", "outbox", "entry", "claimed", "marker"]),
            ("wake", &["error", "database"]),
            ("throttle", &[]),
            ("inbox", &["sql", "error", "mask", "fail_point", "database", "outbox", "wake"]),
            ("worker", &["error", "outbox", "entry", "claimed", "outcome", "turn", "marker", "send", "wake"]),
            ("admin", &["sql", "error", "mask", "database", "outbox", "entry", "turn"]),
            ("look_up", &["sql", "error", "database", "outbox", "entry", "admin"]),
        ],
    },
    Layout {
        source: "sandbox/src",
        folders: &[
            ("settings", &[]),
            ("state", &["settings"]),
            ("call", &["settings", "state"]),
            ("validation", &["call"]),
            ("body", &["call"]),
            ("description", &["validation"]),
            ("view", &["state"]),
            ("behavior", &["settings", "state", "call", "validation", "description", "view"]),
            ("faults", &["settings"]),
            ("activity", &[]),
            ("shared", &["settings", "state", "call", "description", "behavior", "faults", "activity"]),
            ("webhooks", &["settings", "state", "behavior", "activity", "shared"]),
            ("pipeline", &["settings", "state", "call", "body", "description", "behavior", "faults", "activity", "shared"]),
            ("admin", &["settings", "state", "call", "validation", "view", "behavior", "faults", "activity", "shared", "pipeline"]),
            ("public_pages", &["state", "call", "validation", "behavior", "shared"]),
            ("web_page", &["shared"]),
            ("api_docs", &["state", "description", "shared", "web_page"]),
            ("http", &["call", "description", "behavior", "faults", "activity", "shared", "pipeline", "admin", "public_pages", "web_page", "api_docs"]),
            ("api", &["settings", "state", "call", "behavior", "faults", "activity", "shared", "webhooks", "http"]),
            ("program", &[]),
        ],
    },
    Layout { source: "tests/src", folders: &[("workspace", &[]), ("conform", &["workspace"]), ("simulation", &[])] },
    Layout {
        source: "xtask/src",
        folders: &[
            ("terminal", &[]),
            ("workspace", &["terminal"]),
            ("command", &["terminal", "workspace"]),
            ("inputs", &["workspace", "command"]),
            ("runtime_copy", &["workspace", "command", "inputs"]),
            ("tools", &["workspace", "command"]),
            ("round_trip", &["workspace", "command"]),
            ("commands", &["terminal", "workspace", "command", "inputs", "runtime_copy", "round_trip", "tools"]),
            ("bench", &["terminal", "workspace", "command", "inputs", "tools"]),
            ("check", &["terminal", "workspace", "command", "inputs", "runtime_copy", "round_trip", "tools", "commands"]),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_import_only_those_before_them() {
        for layout in LAYOUTS {
            for (index, (folder, allowed)) in layout.folders.iter().enumerate() {
                for other in *allowed {
                    // The generated bindings have no row in the table.
                    let before = layout.folders[..index].iter().any(|(name, _)| name == other);
                    assert!(before || *other == "generated", "{}: {folder} imports {other}", layout.source);
                }
            }
        }
    }
}
