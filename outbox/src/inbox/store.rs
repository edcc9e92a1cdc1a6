//! Stores verified webhooks.

use talkable_api::webhook::{
    CheckUnsubscribeEvent, CreateCouponEvent, Delivery, FromPayload, Handlers, Payload as _, Rejection, Reply, Verifier,
};

use super::Inbox;
use crate::database::milliseconds;
use crate::error::Error;
use crate::fail_point::fail_point;
use crate::sql::{Sql, purge, sql};

const STORE: Sql = sql! {
    "INSERT INTO talkable_inbox (fingerprint, kind, site, payload, due) VALUES ($2, $3, $4, $5, " NOW ")
    ON CONFLICT DO NOTHING RETURNING id"
};

const PURGE_PROCESSED: Sql = purge!("talkable_inbox", "o.state = 'done'");

const PURGE_DEAD: Sql = purge!("talkable_inbox", "o.state = 'dead'");

/// The kinds whose webhooks must be processed before the reply. Talkable waits for the answer, or uses the coupon at
/// once.
const ANSWERED: [&str; 2] = [CheckUnsubscribeEvent::KIND, CreateCouponEvent::KIND];

/// A payload that is stored without being decoded.
struct Undecoded;

impl FromPayload for Undecoded {
    fn from_payload(_: Option<&str>, _: &str) -> Result<Self, Rejection> {
        Ok(Self)
    }
}

impl Inbox {
    /// Creates webhook handlers that store every webhook that has no handler of its own, and reply 200. A
    /// verified webhook is stored even if this version of the crate can't decode its payload.
    ///
    /// `check_unsubscribe` and `create_coupon` webhooks must be processed in the request, so they are not stored.
    /// Without a handler, they get a 501.
    pub fn handlers(&self, verifier: Verifier) -> Handlers {
        let inbox = self.clone();
        Handlers::new(verifier).fallback(move |delivery: Delivery<Undecoded>| {
            let inbox = inbox.clone();
            async move {
                if delivery.kind.as_deref().is_some_and(|kind| ANSWERED.contains(&kind)) {
                    return Ok(Reply::unhandled());
                }
                inbox.store(&delivery).await.map(|_| Reply::delivered())
            }
        })
    }

    /// Stores a verified webhook. Returns false if it is stored already. Reply 200 in both cases.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the statement fails. Reply 500, so that Talkable resends the webhook.
    pub async fn store<E>(&self, delivery: &Delivery<E>) -> Result<bool, Error> {
        let fingerprint = delivery.fingerprint().to_string();
        let arguments = [
            self.outbox.now().into(),
            fingerprint.as_str().into(),
            delivery.kind.as_deref().into(),
            delivery.site.as_deref().into(),
            delivery.payload_json().into(),
        ];
        let is_new = !self.outbox.pool.fetch(&STORE, &arguments).await?.is_empty();
        fail_point("stored");
        Ok(is_new)
    }

    /// Deletes the processed webhooks, and the dead ones, that have not changed for the given times. Returns their
    /// number. A webhook that is resent afterwards is processed again.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if a statement fails.
    pub async fn purge(&self, done: std::time::Duration, dead: std::time::Duration) -> Result<u64, Error> {
        let (pool, now) = (&self.outbox.pool, self.outbox.now());
        let processed = pool.exhaust(&PURGE_PROCESSED, &[now.into(), milliseconds(done).into()]).await?;
        Ok(processed + pool.exhaust(&PURGE_DEAD, &[now.into(), milliseconds(dead).into()]).await?)
    }
}
