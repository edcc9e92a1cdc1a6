//! Finds out whether the API has processed a doubtful call.

mod doubtful_call;
mod loyalty;
mod origins;
mod people;
mod shares;

use talkable_api::Client;

use self::doubtful_call::DoubtfulCall;
use crate::admin::Resolution;
use crate::entry::Doubt;
use crate::error::Error;
use crate::outbox::Outbox;
use crate::sql::{Sql, sql};

/// A request can be in flight until the lease of its claim ends, even if the entry became doubtful later.
const READ: Sql = sql! {
    "SELECT payload, sent, CASE WHEN sent_until < changed THEN sent_until ELSE changed END, " NOW " FROM talkable_outbox
    WHERE id = $2 AND token = $3 AND state = 'doubtful'"
};

impl Outbox {
    /// Finds out whether the API has processed a doubtful call, by reading the records that the call creates or
    /// changes. Returns `None` if it can't be known. See [the table](crate#doubtful-calls).
    ///
    /// The API may show a record with a delay, so this returns `None` in the first ten minutes after the failure, and
    /// in the first twelve hours for batches. It also returns `None` if the entry is no longer in this doubt.
    ///
    /// ```no_run
    /// # async fn example(outbox: talkable_outbox::Outbox, client: talkable_outbox::talkable_api::Client)
    /// # -> Result<(), talkable_outbox::Error> {
    /// use talkable_outbox::{Filter, State};
    ///
    /// let entries = outbox.list(&Filter::state(State::Doubtful)).await?;
    /// for doubt in entries.into_iter().filter_map(|entry| entry.doubt) {
    ///     if let Some(resolution) = outbox.look_up(&client, doubt).await? {
    ///         outbox.resolve(doubt, resolution).await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the entry can't be read, and [`Error::LookUp`] if a call to the API fails.
    pub async fn look_up(&self, client: &Client, doubt: Doubt) -> Result<Option<Resolution>, Error> {
        let arguments = [self.now().into(), doubt.entry.into(), doubt.token.into()];
        let rows = self.pool.fetch(&READ, &arguments).await?;
        let doubtful = rows.first().map(DoubtfulCall::read).transpose()?.flatten();
        let Some(doubtful) = doubtful.filter(DoubtfulCall::is_settled) else { return Ok(None) };
        resolve(&client.for_site(&*doubtful.call.site_slug), &doubtful).await.map_err(Error::LookUp)
    }
}

async fn resolve(client: &Client, doubtful: &DoubtfulCall) -> Result<Option<Resolution>, talkable_api::Error> {
    match doubtful.call.operation.as_str() {
        "createOrigin" => origins::one(client, doubtful, doubtful.text("/type").unwrap_or_default()).await,
        "createAffiliateMember" => origins::one(client, doubtful, "AffiliateMember").await,
        "createBatchOfPurchases" => origins::batch(client, doubtful, "Purchase").await,
        "createBatchOfEvents" => origins::batch(client, doubtful, "Event").await,
        "createBatchOfAffiliateMembers" => origins::batch(client, doubtful, "AffiliateMember").await,
        "createCollectAction" => loyalty::collected(client, doubtful).await,
        "createRedeemAction" => loyalty::redeemed(client, doubtful).await,
        "adjustLoyaltyMembersPointsBalance" => loyalty::adjusted(client, doubtful).await,
        "shareViaEmail" => shares::by_email(client, doubtful).await,
        "shareViaSocialChannel" => shares::by_channel(client, doubtful).await,
        "anonymizePerson" => people::anonymized(client, doubtful).await,
        _ => Ok(None),
    }
}
