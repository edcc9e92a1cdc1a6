//! Finds out whether the API has processed a doubtful call.

mod doubt;
mod loyalty;
mod origins;
mod people;
mod shares;

use talkable_api::Client;

use self::doubt::Doubt;
use crate::admin::Resolution;
use crate::entry::EntryId;
use crate::error::Error;
use crate::outbox::Outbox;
use crate::sql::{Sql, sql};

const READ: Sql = sql! {
    "SELECT payload, coalesce(sent, created), changed FROM talkable_outbox WHERE id = $1 AND state = 'doubtful'"
};

impl Outbox {
    /// Finds out whether the API has processed the call of a doubtful entry, by reading the records that the call
    /// creates or changes. Returns `None` if the entry is not doubtful, or if it can't be known. See [the
    /// table](crate#doubtful-calls).
    ///
    /// The API may show a record with a delay, so look calls up some minutes after the failure, and batches some hours
    /// after it.
    ///
    /// ```no_run
    /// # async fn example(outbox: talkable_outbox::Outbox, client: talkable_outbox::talkable_api::Client)
    /// # -> Result<(), talkable_outbox::Error> {
    /// use std::time::Duration;
    /// use talkable_outbox::{Filter, State};
    ///
    /// for entry in outbox.list(&Filter::state(State::Doubtful)).await? {
    ///     let delay = if entry.operation.starts_with("createBatch") { 12 * 3600 } else { 600 };
    ///     if entry.age < Duration::from_secs(delay) {
    ///         continue;
    ///     }
    ///     if let Some(resolution) = outbox.look_up(&client, entry.id).await? {
    ///         outbox.resolve(entry.id, resolution).await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the entry can't be read, and [`Error::LookUp`] if a call to the API fails.
    pub async fn look_up(&self, client: &Client, id: EntryId) -> Result<Option<Resolution>, Error> {
        let rows = self.pool.fetch(&READ, &[id.into()]).await?;
        let Some(doubt) = rows.first().map(Doubt::read).transpose()?.flatten() else { return Ok(None) };
        resolve(&client.for_site(&*doubt.call.site_slug), &doubt).await.map_err(Error::LookUp)
    }
}

async fn resolve(client: &Client, doubt: &Doubt) -> Result<Option<Resolution>, talkable_api::Error> {
    match doubt.call.operation.as_str() {
        "createOrigin" => origins::one(client, doubt, doubt.text("/type").unwrap_or_default()).await,
        "createAffiliateMember" => origins::one(client, doubt, "AffiliateMember").await,
        "createBatchOfPurchases" => origins::batch(client, doubt, "Purchase").await,
        "createBatchOfEvents" => origins::batch(client, doubt, "Event").await,
        "createBatchOfAffiliateMembers" => origins::batch(client, doubt, "AffiliateMember").await,
        "createCollectAction" => loyalty::collected(client, doubt).await,
        "createRedeemAction" => loyalty::redeemed(client, doubt).await,
        "adjustLoyaltyMembersPointsBalance" => loyalty::adjusted(client, doubt).await,
        "shareViaEmail" => shares::by_email(client, doubt).await,
        "shareViaSocialChannel" => shares::by_channel(client, doubt).await,
        "anonymizePerson" => people::anonymized(client, doubt).await,
        _ => Ok(None),
    }
}
