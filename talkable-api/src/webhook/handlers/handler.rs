//! Handlers with erased types.

use std::future::ready;
use std::sync::Arc;

use super::{BoxError, BoxFuture, Failure};
use crate::webhook::body::Fields;
use crate::webhook::{Delivery, FromPayload, Reply, Verifier};

pub(super) type HandlerFn =
    dyn for<'a> Fn(&Verifier, Fields<'a>) -> BoxFuture<'static, Result<Reply, Failure>> + Send + Sync;

#[derive(Clone)]
pub(super) struct Handler {
    /// The function that decodes the payload and calls the handler.
    pub(super) call: Arc<HandlerFn>,
    /// Whether webhooks of this kind need an answer. If so, resent webhooks must not be skipped.
    pub(super) needs_answer: bool,
}

impl Handler {
    pub(super) fn new<E, F, Output, Answer, Error>(
        handler: F,
        needs_answer: bool,
        into_reply: fn(Answer) -> Reply,
    ) -> Self
    where
        E: FromPayload,
        F: Fn(Delivery<E>) -> Output + Send + Sync + 'static,
        Output: Future<Output = Result<Answer, Error>> + Send + 'static,
        Answer: 'static,
        Error: Into<BoxError>,
    {
        let call = move |verifier: &Verifier, fields: Fields<'_>| -> BoxFuture<'static, Result<Reply, Failure>> {
            let kind = fields.kind.as_deref().unwrap_or_default().to_owned();
            match Delivery::decode(fields, verifier) {
                Ok(delivery) => {
                    let output = handler(delivery);
                    Box::pin(async move {
                        let answer = output.await.map_err(|error| Failure::Handler { kind, source: error.into() })?;
                        Ok(into_reply(answer))
                    })
                }
                Err(rejection) => Box::pin(ready(Err(Failure::Rejected(rejection)))),
            }
        };
        Self { call: Arc::new(call), needs_answer }
    }
}
