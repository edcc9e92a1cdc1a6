//! Finds out whether the API has processed a doubtful call.

use serde_json::Value;
use talkable_api::{Client, StoredCall};

use crate::admin::Resolution;
use crate::entry::EntryId;
use crate::error::Error;
use crate::outbox::Outbox;
use crate::sql::{Sql, sql};

const READ: Sql = sql! {
    "SELECT payload FROM talkable_outbox WHERE id = $1 AND state = 'doubtful' AND payload IS NOT NULL"
};

/// The operation whose result lists the purchases of a person.
const PERSONAL_DATA: &str = "getPersonalInformationAboutPerson";

impl Outbox {
    /// Finds out whether the API has processed the purchase of a doubtful entry, by its order number in the personal data of the
    /// customer. Returns `None` if the entry is not doubtful, or if it can't be known.
    ///
    /// The API may show a purchase with a delay, so look it up some minutes after the failure. See [the table](crate#doubtful-calls)
    /// for the other operations.
    ///
    /// ```no_run
    /// # async fn example(outbox: talkable_outbox::Outbox, client: talkable_outbox::talkable_api::Client)
    /// # -> Result<(), talkable_outbox::Error> {
    /// use std::time::Duration;
    /// use talkable_outbox::{Filter, State};
    ///
    /// for entry in outbox.list(&Filter::state(State::Doubtful)).await? {
    ///     if entry.age < Duration::from_secs(600) {
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
    /// [`Error::Database`] if the entry can't be read, and [`Error::LookUp`] if the call for the personal data fails.
    pub async fn look_up(&self, client: &Client, id: EntryId) -> Result<Option<Resolution>, Error> {
        let rows = self.pool.fetch(&READ, &[id.into()]).await?;
        let Some(payload) = rows.first().map(|row| row.text(0)).transpose()?.flatten() else { return Ok(None) };
        let stored = serde_json::from_str(&payload).ok();
        let Some((site, email, order)) = stored.as_ref().and_then(purchase) else { return Ok(None) };
        let call = client.for_site(site).call_by_id(PERSONAL_DATA, [email]).map_err(Error::LookUp)?;
        let data = call.optional().await.map_err(Error::LookUp)?;
        let Some(data) = data else { return Ok(Some(Resolution::NotProcessed)) };
        // Without the list of origins, nothing is known about the purchase.
        let Some(origins) = data.pointer("/person/origins").and_then(Value::as_array) else { return Ok(None) };
        let mut orders = origins.iter().filter_map(|origin| origin.get("order_number"));
        let is_known = orders.any(|other| match other {
            Value::String(other) => *other == order,
            Value::Number(other) => other.to_string() == *order,
            _ => false,
        });
        Ok(Some(if is_known { Resolution::Processed } else { Resolution::NotProcessed }))
    }
}

/// The site, the customer and the order number, if the call creates a purchase that has them.
fn purchase(stored: &StoredCall) -> Option<(String, String, String)> {
    if stored.operation != "createOrigin" {
        return None;
    }
    let body: Value = serde_json::from_str(stored.body.as_deref()?).ok()?;
    let text = |pointer| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    if text("/type")? != "Purchase" {
        return None;
    }
    Some((stored.site_slug.clone(), text("/data/email")?, text("/data/order_number")?))
}
