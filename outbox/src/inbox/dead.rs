//! Lists and retries the webhooks that failed too often.

use std::time::Duration;

use super::Inbox;
use crate::error::Error;
use crate::mask::mask;
use crate::sql::{Sql, sql};

const LIST: Sql = sql! {
    "SELECT id, kind, site, error, " NOW " - created FROM talkable_inbox
    WHERE id > $2 AND state = 'dead' ORDER BY id LIMIT $3"
};

const RETRY: Sql = sql! {
    "UPDATE talkable_inbox SET state = 'ready', attempts = 0, due = " NOW ", changed = " NOW "
    WHERE id = $2 AND state = 'dead' AND payload IS NOT NULL"
};

/// The id of a webhook. Ids grow in the order of storing.
pub type WebhookId = i64;

/// A webhook that failed too often, as operators see it: without its payload.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeadWebhook {
    /// The id.
    pub id: WebhookId,
    /// The kind, such as `reward_web_hook`.
    pub kind: Option<String>,
    /// The slug of the site.
    pub site: Option<String>,
    /// The reason of the last failure, masked, or `None` if the process crashed each time.
    pub error: Option<String>,
    /// The time since the webhook was stored.
    pub age: Duration,
}

impl Inbox {
    /// Lists at most `limit` dead webhooks whose ids are greater than `after`. [`Stats`](crate::Stats) contains their
    /// number.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the statement fails.
    pub async fn dead(&self, after: WebhookId, limit: u32) -> Result<Vec<DeadWebhook>, Error> {
        let arguments = [self.outbox.now().into(), after.into(), i64::from(limit).into()];
        let rows = self.outbox.pool.fetch(&LIST, &arguments).await?;
        let webhooks = rows.iter().map(|row| {
            Ok(DeadWebhook {
                id: row.int(0)?.unwrap_or_default(),
                kind: row.text(1)?,
                site: row.text(2)?,
                error: row.text(3)?.as_deref().map(mask),
                age: row.duration(4)?,
            })
        });
        webhooks.collect()
    }

    /// Makes a dead webhook ready for ten more attempts. Returns false if it is not dead, or if its payload was erased.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the statement fails.
    pub async fn retry(&self, id: WebhookId) -> Result<bool, Error> {
        Ok(self.outbox.pool.execute(&RETRY, &[self.outbox.now().into(), id.into()]).await? > 0)
    }
}
