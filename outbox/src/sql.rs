//! Statements in the dialects of both databases.

/// A statement in both dialects.
pub(crate) struct Sql {
    #[cfg(feature = "sqlite")]
    pub(crate) sqlite: &'static str,
    #[cfg(feature = "postgres")]
    pub(crate) postgres: &'static str,
}

/// Builds an [`Sql`] from literals and the names of parts that differ:
///
/// - `NOW` is the time in milliseconds since 1970. The statement's first argument overrides the clock of the database.
/// - `EACH` is a table whose column `value` contains the items of the JSON array in the second argument.
/// - `SKIP_LOCKED` locks the selected rows of the table `o` and skips those that are already locked. A transaction in SQLite locks the whole database.
/// - `GREATEST` is the function that returns the greatest of its arguments.
macro_rules! sql {
    ($($part:tt)*) => {
        $crate::sql::Sql {
            #[cfg(feature = "sqlite")]
            sqlite: concat!($($crate::sql::part!(sqlite $part)),*),
            #[cfg(feature = "postgres")]
            postgres: concat!($($crate::sql::part!(postgres $part)),*),
        }
    };
}

// The planner evaluates a scalar sub-select once, so that an index on the time applies.
macro_rules! part {
    (sqlite NOW) => {
        "(SELECT $1)"
    };
    (postgres NOW) => {
        "(SELECT coalesce($1, talkable_outbox_now()))"
    };
    (sqlite EACH) => {
        "json_each($2)"
    };
    (postgres EACH) => {
        "json_array_elements($2::json) AS each(value)"
    };
    (sqlite SKIP_LOCKED) => {
        ""
    };
    (postgres SKIP_LOCKED) => {
        " FOR UPDATE OF o SKIP LOCKED"
    };
    (sqlite GREATEST) => {
        "max"
    };
    (postgres GREATEST) => {
        "greatest"
    };
    ($dialect:ident $text:literal) => {
        $text
    };
}

pub(crate) use {part, sql};
