//! Calls as data, and calls by operation id.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Call;
use super::build::decode_result;
use crate::client::Client;
use crate::error::{Error, InvalidError};
use crate::generated::OPERATIONS;
use crate::operation::{Operation, Output};

/// The version of the format that this version of the crate writes and reads.
const VERSION: u32 = 1;

/// A call as serializable data, for queues and outboxes. Created by [`Call::to_stored`], and sent by [`Client::restore`].
///
/// It contains the arguments of the call, which usually include personal data, so `Debug` shows only the operation and the site.
/// It contains neither the API key nor settings such as [`timeout`](Call::timeout), and can be changed before it is restored.
///
/// ```no_run
/// # #[cfg(feature = "origins")]
/// # async fn example(client: talkable_api::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use rust_decimal::dec;
/// use talkable_api::{StoredCall, serde_json, types::NewPurchase};
///
/// let purchase = NewPurchase::new("jane@example.com", "1042", dec!(99.50));
/// let call = client.origins().create_purchase(&purchase);
/// let text = serde_json::to_string(&call.to_stored()?)?;
///
/// // Later, perhaps in another process:
/// let stored: StoredCall = serde_json::from_str(&text)?;
/// let result = client.restore(&stored)?.await?;
/// println!("{}", result["origin"]["id"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoredCall {
    /// The version of the format, which is 1.
    pub version: u32,
    /// The `operationId`, such as `findPerson`.
    pub operation: String,
    /// The slug of the site.
    pub site_slug: String,
    /// The arguments of the path, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path_arguments: Vec<String>,
    /// The parameters of the query, without the site.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, String)>,
    /// The body as JSON text, without the site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl<T> Call<T> {
    /// Converts the call to serializable data.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if an argument of the call is invalid, if the call has a file to upload or headers, which are not stored,
    /// or if its result is a [`Download`](crate::Download) or a [`Redirect`](crate::Redirect).
    pub fn to_stored(&self) -> Result<StoredCall, Error> {
        check_result(self.request.operation)?;
        Ok(StoredCall {
            version: VERSION,
            operation: self.request.operation.id.to_owned(),
            site_slug: self.request.site_slug.as_ref().to_owned(),
            path_arguments: self.request.path_arguments()?,
            query: self.request.query_pairs()?,
            body: self.request.body_without_site()?,
        })
    }
}

impl Client {
    /// Creates the call described by stored data, for the site in the data. The result is untyped; see [`Call::decode_as`].
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the version or the operation is unknown, if an argument is invalid, or if the result of the operation
    /// is not JSON. An operation is unknown if the feature of its resource is disabled.
    pub fn restore(&self, stored: &StoredCall) -> Result<Call<Value>, Error> {
        if stored.version != VERSION {
            let reason = "unsupported version of a stored call; help: update talkable-api";
            return Err(InvalidError::new("version", reason).into());
        }
        let mut call = self.for_site(&*stored.site_slug).call_by_id(&stored.operation, &stored.path_arguments)?;
        for (name, value) in &stored.query {
            call.request.restore_query(name, value);
        }
        if let Some(body) = &stored.body {
            call.request.restore_body(body);
        }
        call.request.check()?;
        Ok(call)
    }

    /// Creates an untyped call for an operation chosen at run time. [`Call::extra_query`] and [`Call::extra_body`] add the other
    /// arguments.
    ///
    /// ```no_run
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// let found = client.call_by_id("findPerson", ["jane@example.com"])?.await?;
    /// println!("{}", found["person"]["first_name"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the operation is unknown, if the feature of its resource is disabled, or if the result of the
    /// operation is a [`Download`](crate::Download) or a [`Redirect`](crate::Redirect).
    pub fn call_by_id<A: AsRef<str>>(
        &self,
        operation_id: &str,
        path_arguments: impl IntoIterator<Item = A>,
    ) -> Result<Call<Value>, Error> {
        let operation = OPERATIONS.iter().find(|operation| operation.id == operation_id).ok_or_else(|| {
            let reason = "unknown operation; help: enable the feature of its resource, or update talkable-api";
            InvalidError::new("operation", reason)
        })?;
        check_result(operation)?;
        let call = Call::new(self, operation, decode_result);
        Ok(path_arguments.into_iter().fold(call, Call::segment))
    }
}

/// Rejects an operation whose result is not JSON.
pub(super) fn check_result(operation: &Operation) -> Result<(), InvalidError> {
    if matches!(operation.output, Output::Download | Output::Redirect) {
        let reason = "the result of the operation is not JSON; help: call the typed method of the operation";
        return Err(InvalidError::new("operation", reason));
    }
    Ok(())
}

impl fmt::Debug for StoredCall {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("StoredCall");
        shown.field("version", &self.version).field("operation", &self.operation);
        shown.field("site_slug", &self.site_slug).finish_non_exhaustive()
    }
}
