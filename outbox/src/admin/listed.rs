//! Lists entries.

use std::time::Duration;

use crate::database::Row;
use crate::entry::{Doubt, EntryId, State};
use crate::error::Error;
use crate::mask::mask;
use crate::outbox::Outbox;
use crate::sql::{Sql, sql};

macro_rules! list {
    ($condition:literal) => {
        sql! {
            "SELECT id, site, key, dedup, operation, state, attempts, error, " NOW " - created, " NOW " - changed, token
            FROM talkable_outbox
            WHERE id > $2 AND " $condition " AND (CAST($4 AS TEXT) IS NULL OR site = $4)
            ORDER BY id LIMIT $5"
        }
    };
}

const LIST: Sql = list!("(CAST($3 AS TEXT) IS NULL OR state = $3)");

/// Dead and doubtful entries have an index, so that processed entries cost nothing.
const LIST_FAILED: Sql = list!("state = $3 AND state IN ('dead', 'doubtful')");

/// Selects the entries of [`Outbox::list`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Filter {
    /// The state of the entries, or `None` for all.
    pub state: Option<State>,
    /// The site, or `None` for all.
    pub site: Option<String>,
    /// The id of the last entry of the previous page.
    pub after: EntryId,
    /// The maximum number of entries.
    pub limit: u32,
}

impl Default for Filter {
    fn default() -> Self {
        Self { state: None, site: None, after: 0, limit: 100 }
    }
}

impl Filter {
    /// Selects the entries in a state.
    pub fn state(state: State) -> Self {
        Self { state: Some(state), ..Self::default() }
    }

    /// Selects the entries of a site.
    #[must_use]
    pub fn site(mut self, site: impl Into<String>) -> Self {
        self.site = Some(site.into());
        self
    }

    /// Selects the entries after the given one.
    #[must_use]
    pub fn after(mut self, id: EntryId) -> Self {
        self.after = id;
        self
    }

    /// Limits the number of entries, by default to 100.
    #[must_use]
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }
}

/// An entry as operators see it, without its payload. E-mail addresses are masked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Listed {
    /// The id.
    pub id: EntryId,
    /// The slug of the site.
    pub site: String,
    /// The key, masked.
    pub key: Option<String>,
    /// The deduplication key, masked.
    pub dedup: Option<String>,
    /// The `operationId`.
    pub operation: String,
    /// The state, or `None` if a newer version of this crate has set it.
    pub state: Option<State>,
    /// The number of attempts that count toward the [limit](crate::Worker::max_attempts).
    pub attempts: u32,
    /// The last error, masked.
    pub error: Option<String>,
    /// The time since the entry was enqueued.
    pub age: Duration,
    /// The time since the entry changed, for example since it became doubtful.
    pub unchanged: Duration,
    /// The attempt to [look up](Outbox::look_up) and to [resolve](Outbox::resolve), if the entry is doubtful.
    pub doubt: Option<Doubt>,
}

impl Outbox {
    /// Lists entries in the order of their ids.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the statement fails.
    pub async fn list(&self, filter: &Filter) -> Result<Vec<Listed>, Error> {
        let state = filter.state.map(State::name);
        let arguments = [
            self.now().into(),
            filter.after.into(),
            state.into(),
            filter.site.as_deref().into(),
            i64::from(filter.limit).into(),
        ];
        let is_failed = matches!(filter.state, Some(State::Dead | State::Doubtful));
        let rows = self.pool.fetch(if is_failed { &LIST_FAILED } else { &LIST }, &arguments).await?;
        rows.iter().map(Listed::read).collect()
    }
}

impl Listed {
    fn read(row: &Row) -> Result<Self, Error> {
        let masked = |column| Ok::<_, Error>(row.text(column)?.as_deref().map(mask));
        let (id, state) = (row.int(0)?.unwrap_or_default(), row.text(5)?.as_deref().and_then(State::from_name));
        let token = row.int(10)?.filter(|_| state == Some(State::Doubtful));
        Ok(Self {
            id,
            site: row.text(1)?.unwrap_or_default(),
            key: masked(2)?,
            dedup: masked(3)?,
            operation: row.text(4)?.unwrap_or_default(),
            state,
            attempts: u32::try_from(row.int(6)?.unwrap_or(0)).unwrap_or(u32::MAX),
            error: masked(7)?,
            age: row.duration(8)?,
            unchanged: row.duration(9)?,
            doubt: token.map(|token| Doubt { entry: id, token }),
        })
    }
}
