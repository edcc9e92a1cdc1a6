//! Receives the stored webhooks, and commits the effects of each in a transaction.

use std::fmt;
use std::time::Duration;

#[cfg(feature = "postgres")]
use sqlx::postgres::PgConnection;
#[cfg(feature = "sqlite")]
use sqlx::sqlite::SqliteConnection;

use super::Inbox;
use crate::database::{Transaction, milliseconds};
use crate::error::Error;
use crate::fail_point::fail_point;
use crate::mask::summary;
use crate::sql::{Sql, sql};
use crate::wake::{INBOX, Waker};

const RETRY: Duration = Duration::from_secs(30);

/// The time between two searches without a notification.
const POLL: Duration = Duration::from_secs(5);

/// The number of attempts after which a webhook is dead.
const MAX_ATTEMPTS: i64 = 10;

/// Counts the attempt before it begins, so that a webhook that crashes the process is not received forever.
const CLAIM: Sql = sql! {
    "WITH picked AS MATERIALIZED (
        SELECT o.id AS picked_id FROM talkable_inbox o WHERE o.state = 'ready' AND o.due <= " NOW "
        ORDER BY o.due, o.id LIMIT 1" SKIP_LOCKED ")
    UPDATE talkable_inbox SET
        state = CASE WHEN attempts >= $3 THEN 'dead' ELSE 'ready' END,
        attempts = attempts + 1, due = " NOW " + $2, changed = " NOW "
    FROM picked WHERE id = picked_id
    RETURNING id, kind, site, payload, attempts, state"
};

/// Locks the webhook. The attempt is valid only if no later one has begun.
const LOCK: Sql = sql! {
    "SELECT id FROM talkable_inbox WHERE id = $1 AND attempts = $2 AND state = 'ready'" LOCKED
};

const DONE: Sql = sql! {
    "UPDATE talkable_inbox SET state = 'done', payload = NULL, error = NULL, changed = " NOW " WHERE id = $2"
};

const FAILED: Sql = sql! {
    "UPDATE talkable_inbox SET
        state = CASE WHEN attempts >= $4 THEN 'dead' ELSE 'ready' END, due = " NOW " + $5, error = $3, changed = " NOW "
    WHERE id = $2 AND attempts = $6 AND state = 'ready' RETURNING state"
};

/// Receives the webhooks of an inbox. Any number of receivers in any number of processes can share an inbox.
pub struct Receiver {
    inbox: Inbox,
    waker: Waker,
    retry: Duration,
}

/// A webhook. Dropping it without [`done`](Self::done) rolls its transaction back, and the webhook is received again
/// later, by default half a minute after the attempt began.
#[must_use = "a webhook is received again unless it is done"]
pub struct Received {
    inbox: Inbox,
    /// `None` before the first statement of the effects, so that a slow handler does not block the writers of SQLite.
    transaction: Option<Transaction<'static>>,
    id: i64,
    attempts: i64,
    kind: Option<String>,
    site: Option<String>,
    payload: String,
}

impl Inbox {
    /// Creates a receiver, which needs two connections of the pool.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    pub fn receiver(&self) -> Receiver {
        Receiver { inbox: self.clone(), waker: Waker::start(self.outbox.pool.clone(), INBOX), retry: RETRY }
    }
}

impl Receiver {
    /// Sets the time after which a webhook is received again if the process crashed, by default 30 seconds. If
    /// processing takes longer, a second attempt may begin, but only one of the two commits.
    #[must_use]
    pub fn retry_after(mut self, time: Duration) -> Self {
        self.retry = time;
        self
    }

    /// Waits for the next webhook. If the database fails, it logs a warning and tries again.
    pub async fn next(&mut self) -> Received {
        loop {
            let wait = match self.try_next().await {
                Ok(Some(received)) => return received,
                Ok(None) => POLL,
                Err(error) => {
                    tracing::warn!(%error, "the inbox can't receive webhooks");
                    Duration::from_secs(1)
                }
            };
            let _ = tokio::time::timeout(wait, self.waker.notify.notified()).await;
        }
    }

    /// Returns the next webhook, if one is due.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if a statement fails.
    pub async fn try_next(&mut self) -> Result<Option<Received>, Error> {
        let outbox = &self.inbox.outbox;
        loop {
            let arguments = [outbox.now().into(), milliseconds(self.retry).into(), MAX_ATTEMPTS.into()];
            let rows = outbox.pool.fetch(&CLAIM, &arguments).await?;
            let Some(row) = rows.first() else { return Ok(None) };
            let (id, attempts) = (row.int(0)?.unwrap_or_default(), row.int(4)?.unwrap_or_default());
            if row.text(5)?.as_deref() != Some("ready") {
                let kind = row.text(1)?;
                tracing::warn!(webhook = id, kind, "a webhook is dead, because its last attempt did not end");
                continue;
            }
            let (kind, site, payload) = (row.text(1)?, row.text(2)?, row.text(3)?.unwrap_or_default());
            let inbox = self.inbox.clone();
            return Ok(Some(Received { inbox, transaction: None, id, attempts, kind, site, payload }));
        }
    }
}

impl Received {
    /// The kind, such as `reward_web_hook`.
    pub fn kind(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    /// The slug of the site.
    pub fn site(&self) -> Option<&str> {
        self.site.as_deref()
    }

    /// The payload in JSON. Decode it with `Event::from_payload(received.kind(), received.payload())`, or to another
    /// [`FromPayload`](talkable_api::webhook::FromPayload) type.
    pub fn payload(&self) -> &str {
        &self.payload
    }

    /// The number of attempts, including this one.
    pub fn attempts(&self) -> u32 {
        u32::try_from(self.attempts).unwrap_or(u32::MAX)
    }

    /// The transaction for the effects. The first call begins it, and locks the database for other writers. So call the
    /// services that the effects need before.
    ///
    /// # Errors
    ///
    /// [`Error::ReceivedAgain`] if a later attempt has begun, [`Error::WrongDatabase`] if the database is not SQLite, and
    /// [`Error::Database`] if the transaction can't begin.
    #[cfg(feature = "sqlite")]
    #[cfg_attr(docsrs, doc(cfg(feature = "sqlite")))]
    pub async fn sqlite(&mut self) -> Result<&mut SqliteConnection, Error> {
        match self.begin().await? {
            Transaction::Sqlite(transaction) => Ok(transaction),
            #[cfg(feature = "postgres")]
            Transaction::Postgres(_) => Err(Error::WrongDatabase),
        }
    }

    /// The transaction for the effects. The first call begins it, and locks the webhook.
    ///
    /// # Errors
    ///
    /// [`Error::ReceivedAgain`] if a later attempt has begun, [`Error::WrongDatabase`] if the database is not PostgreSQL,
    /// and [`Error::Database`] if the transaction can't begin.
    #[cfg(feature = "postgres")]
    #[cfg_attr(docsrs, doc(cfg(feature = "postgres")))]
    pub async fn postgres(&mut self) -> Result<&mut PgConnection, Error> {
        match self.begin().await? {
            Transaction::Postgres(transaction) => Ok(transaction),
            #[cfg(feature = "sqlite")]
            Transaction::Sqlite(_) => Err(Error::WrongDatabase),
        }
    }

    /// Commits the effects and deletes the payload.
    ///
    /// # Errors
    ///
    /// [`Error::ReceivedAgain`] if a later attempt has begun, and [`Error::Database`] if the transaction does not commit.
    /// Then its effects are rolled back, unless only the confirmation was lost.
    pub async fn done(mut self) -> Result<(), Error> {
        fail_point("handled");
        let arguments = [self.inbox.outbox.now().into(), self.id.into()];
        self.begin().await?.connection().execute(&DONE, &arguments).await?;
        match self.transaction {
            Some(transaction) => transaction.commit().await,
            None => Ok(()),
        }
    }

    /// Rolls the effects back. The webhook is received again after a pause, which doubles with each attempt, and is
    /// [dead](Inbox::dead) after ten attempts. E-mail addresses in the reason are masked.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if a statement fails.
    pub async fn failed(self, reason: &str) -> Result<(), Error> {
        let Self { inbox, transaction, id, attempts, kind, .. } = self;
        if let Some(transaction) = transaction {
            transaction.rollback().await?;
        }
        let pause = Duration::from_secs(1 << attempts.clamp(0, 12));
        let (reason, limit, pause) = (summary(reason), MAX_ATTEMPTS, milliseconds(pause));
        let now = inbox.outbox.now().into();
        let arguments = [now, id.into(), reason.as_str().into(), limit.into(), pause.into(), attempts.into()];
        let rows = inbox.outbox.pool.fetch(&FAILED, &arguments).await?;
        if rows.first().map(|row| row.text(0)).transpose()?.flatten().as_deref() == Some("dead") {
            tracing::warn!(webhook = id, kind, attempts, "a webhook is dead, because it failed too often");
        }
        Ok(())
    }

    /// Begins the transaction, unless it has begun.
    async fn begin(&mut self) -> Result<&mut Transaction<'static>, Error> {
        let transaction = match self.transaction.take() {
            Some(transaction) => transaction,
            None => {
                let mut transaction = self.inbox.outbox.pool.begin().await?;
                let arguments = [self.id.into(), self.attempts.into()];
                if transaction.connection().fetch(&LOCK, &arguments).await?.is_empty() {
                    return Err(Error::ReceivedAgain);
                }
                transaction
            }
        };
        Ok(self.transaction.insert(transaction))
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Receiver").finish_non_exhaustive()
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Received");
        shown.field("id", &self.id).field("kind", &self.kind).field("attempts", &self.attempts).finish_non_exhaustive()
    }
}
