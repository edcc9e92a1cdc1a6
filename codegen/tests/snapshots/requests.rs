// features
// resources = ["requests"]
// requests = []

// mod.rs
//! The API's resources and types, as its description has them.
#![allow(
    deprecated,
    reason = "what the API calls deprecated is still declared, set and read here"
)]
#[cfg(feature = "conform")]
pub(crate) mod conform;
#[cfg(feature = "requests")]
pub mod requests;
/// All types of the API, under one roof.
pub mod types {
    #[cfg(feature = "requests")]
    pub use super::requests::*;
}

// conform.rs
//! The operations, with what they answer and what they are told.
use crate::conform::Entry;
use crate::types::{
    CreateAnyResult, CreateManyBody, CreateManyResult, CreateOneResult, NewAny, NewOne,
    RefundData, RefundResult, SendListBody, SendListResult, TouchResult, UploadResult,
};
/// One row for each operation.
pub(crate) static OPERATIONS: &[Entry] = &[
    Entry::enveloped_or_default::<UploadResult>("upload"),
    Entry::enveloped_or_default::<CreateOneResult>("createOne").data::<NewOne>(),
    Entry::enveloped_or_default::<CreateManyResult>("createMany")
        .body::<CreateManyBody>(),
    Entry::enveloped_or_default::<CreateAnyResult>("createAny").body::<NewAny>(),
    Entry::enveloped_or_default::<RefundResult>("refund").optional_data::<RefundData>(),
    Entry::enveloped_or_default::<TouchResult>("touch").site_only(),
    Entry::enveloped_or_default::<SendListResult>("sendList").body::<SendListBody>(),
];

// requests/mod.rs
//! Requests: calls and types.
mod create_many_body;
mod methods;
mod new_any;
mod new_one;
mod refund_data;
mod refund_query;
mod results;
mod send_list_body;
pub use create_many_body::*;
pub use methods::*;
pub use new_any::*;
pub use new_one::*;
pub use refund_data::*;
pub use refund_query::*;
pub use results::*;
pub use send_list_body::*;

// requests/create_many_body.rs
//! The type `CreateManyBody`.
use crate::types::NewOne;
/// What `createMany` is told.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "serialize", derive(serde::Deserialize))]
#[non_exhaustive]
#[must_use]
pub struct CreateManyBody {
    /// The data.
    pub data: Vec<NewOne>,
    /// The flag `at_once`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_once: Option<bool>,
}
impl CreateManyBody {
    /// A `CreateManyBody` of the required fields.
    pub fn new(data: impl IntoIterator<Item = impl Into<NewOne>>) -> Self {
        Self {
            data: data.into_iter().map(Into::into).collect(),
            at_once: None,
        }
    }
    /// Sets `at_once`.
    pub fn at_once(mut self, value: bool) -> Self {
        self.at_once = Some(value);
        self
    }
}

// requests/methods.rs
//! The calls of [`Requests`].
use crate::{Call, Client, Upload};
use crate::operation::{Method, Operation, SiteSlug};
use crate::types::{
    CreateAnyResult, CreateManyBody, CreateManyResult, CreateOneResult, NewAny, NewOne,
    RefundData, RefundQuery, RefundResult, SendListBody, SendListResult, TouchResult,
    UploadResult,
};
/// The calls about requests.
#[derive(Clone, Copy, Debug)]
pub struct Requests<'a> {
    pub(super) client: &'a Client,
}
impl Client {
    /// The calls about requests.
    #[must_use]
    pub fn requests(&self) -> Requests<'_> {
        Requests { client: self }
    }
}
static UPLOAD: Operation = Operation::new("upload", Method::POST, "/upload")
    .site_slug(SiteSlug::Query);
static CREATE_ONE: Operation = Operation::new("createOne", Method::POST, "/one")
    .site_slug(SiteSlug::Body);
static CREATE_MANY: Operation = Operation::new("createMany", Method::POST, "/many")
    .site_slug(SiteSlug::Body);
static CREATE_ANY: Operation = Operation::new("createAny", Method::POST, "/any")
    .site_slug(SiteSlug::Body);
static REFUND: Operation = Operation::new("refund", Method::POST, "/refund/{id}")
    .site_slug(SiteSlug::Body);
static TOUCH: Operation = Operation::new("touch", Method::PUT, "/refund/{id}")
    .site_slug(SiteSlug::Body);
static SEND_LIST: Operation = Operation::new("sendList", Method::POST, "/list");
impl Requests<'_> {
    /// Upload.
    ///
    /// `POST /upload`
    ///
    /// # Errors
    ///
    /// [`Error`](crate::Error), as every call.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// let file = talkable_api::Upload::from_bytes("photo.png", vec![0x89, 0x50]);
    /// let result = client.requests().upload(file).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn upload(self, file: Upload) -> Call<UploadResult> {
        Call::enveloped_or_default(self.client, &UPLOAD).multipart(file)
    }
    /// Create one.
    ///
    /// `POST /one`
    ///
    /// # Errors
    ///
    /// [`Error`](crate::Error), as every call.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// use rust_decimal::Decimal;
    /// use talkable_api::types::NewOne;
    /// let data = NewOne::new("jane@example.com", Decimal::new(9950, 2));
    /// let result = client.requests().create_one(&data).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn create_one(self, data: &NewOne) -> Call<CreateOneResult> {
        Call::enveloped_or_default(self.client, &CREATE_ONE).data(data)
    }
    /// Create many.
    ///
    /// `POST /many`
    ///
    /// # Errors
    ///
    /// [`Error`](crate::Error), as every call.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// use rust_decimal::Decimal;
    /// use talkable_api::types::{CreateManyBody, NewOne};
    /// let body = CreateManyBody::new([NewOne::new("jane@example.com", Decimal::new(9950, 2))]);
    /// let result = client.requests().create_many(&body).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn create_many(self, body: &CreateManyBody) -> Call<CreateManyResult> {
        Call::enveloped_or_default(self.client, &CREATE_MANY).body(body)
    }
    /// Create any.
    ///
    /// `POST /any`
    ///
    /// # Errors
    ///
    /// [`Error`](crate::Error), as every call.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// use rust_decimal::Decimal;
    /// use talkable_api::types::{NewAny, NewOne};
    /// let body = NewAny::from(NewOne::new("jane@example.com", Decimal::new(9950, 2)));
    /// let result = client.requests().create_any(&body).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn create_any(self, body: &NewAny) -> Call<CreateAnyResult> {
        Call::enveloped_or_default(self.client, &CREATE_ANY).body(body)
    }
    /// Refund.
    ///
    /// `POST /refund/{id}`
    ///
    /// # Errors
    ///
    /// [`Error`](crate::Error), as every call.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// use rust_decimal::Decimal;
    /// use talkable_api::types::{RefundData, RefundQuery};
    /// let query = RefundQuery::new("reason");
    /// let data = RefundData::new().total(Decimal::new(9950, 2));
    /// let result = client.requests().refund(1, &query, &data).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn refund(
        self,
        id: i64,
        query: &RefundQuery,
        data: &RefundData,
    ) -> Call<RefundResult> {
        Call::enveloped_or_default(self.client, &REFUND)
            .segment_number(id)
            .query(query)
            .optional_data(data)
    }
    /// Touch.
    ///
    /// `PUT /refund/{id}`
    ///
    /// # Errors
    ///
    /// [`Error`](crate::Error), as every call.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// let result = client.requests().touch(1).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn touch(self, id: i64) -> Call<TouchResult> {
        Call::enveloped_or_default(self.client, &TOUCH).segment_number(id)
    }
    /// Send list.
    ///
    /// `POST /list`
    ///
    /// # Errors
    ///
    /// [`Error`](crate::Error), as every call.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// use talkable_api::types::SendListBody;
    /// let body = SendListBody::new([1]);
    /// let result = client.requests().send_list(&body).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn send_list(self, body: &SendListBody) -> Call<SendListResult> {
        Call::enveloped_or_default(self.client, &SEND_LIST).body(body)
    }
}

// requests/new_any.rs
//! The type `NewAny` and what only it holds.
use crate::types::NewOne;
/// What `createAny` is told.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "serialize", derive(serde::Deserialize))]
#[serde(tag = "type", content = "data")]
#[non_exhaustive]
#[must_use]
pub enum NewAny {
    /// With the tag `One`.
    One(NewOne),
    /// With the tag `big_other`.
    #[serde(rename = "big_other")]
    BigOther(NewAnyBigOther),
}
impl From<NewOne> for NewAny {
    fn from(value: NewOne) -> Self {
        Self::One(value)
    }
}
impl From<NewAnyBigOther> for NewAny {
    fn from(value: NewAnyBigOther) -> Self {
        Self::BigOther(value)
    }
}
/// A new any big other.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "serialize", derive(serde::Deserialize))]
#[non_exhaustive]
#[must_use]
pub struct NewAnyBigOther {
    /// The size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
}
impl NewAnyBigOther {
    /// A `NewAnyBigOther` of which nothing is set yet.
    pub fn new() -> Self {
        Self::default()
    }
    /// Sets `size`.
    pub fn size(mut self, value: i64) -> Self {
        self.size = Some(value);
        self
    }
}

// requests/new_one.rs
//! The type `NewOne` and what only it holds.
use chrono::{DateTime, FixedOffset, NaiveDate};
use crate::open_enum;
use rust_decimal::Decimal;
use std::collections::BTreeMap;
/// What is created.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "serialize", derive(serde::Deserialize))]
#[non_exhaustive]
#[must_use]
pub struct NewOne {
    /// The email.
    pub email: String,
    /// The price.
    #[serde(with = "crate::decimal")]
    pub price: Decimal,
    /// The currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// The codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codes: Option<Vec<String>>,
    /// The properties.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<BTreeMap<String, String>>,
    /// The created at.
    #[deprecated]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<DateTime<FixedOffset>>,
    /// The lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<NewOneLine>>,
}
impl NewOne {
    /// A `NewOne` of the required fields.
    pub fn new(email: impl Into<String>, price: impl Into<Decimal>) -> Self {
        Self {
            email: email.into(),
            price: price.into(),
            currency: None,
            codes: None,
            properties: None,
            created_at: None,
            lines: None,
        }
    }
    /// Sets `currency`.
    pub fn currency(mut self, value: impl Into<Currency>) -> Self {
        self.currency = Some(value.into());
        self
    }
    /// Sets `codes`.
    pub fn codes(mut self, value: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.codes = Some(value.into_iter().map(Into::into).collect());
        self
    }
    /// Sets `properties`.
    pub fn properties(
        mut self,
        value: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Self {
        self.properties = Some(
            value.into_iter().map(|(key, value)| (key.into(), value.into())).collect(),
        );
        self
    }
    /// Sets `created_at`.
    #[deprecated]
    pub fn created_at(mut self, value: impl Into<DateTime<FixedOffset>>) -> Self {
        self.created_at = Some(value.into());
        self
    }
    /// Sets `lines`.
    pub fn lines(
        mut self,
        value: impl IntoIterator<Item = impl Into<NewOneLine>>,
    ) -> Self {
        self.lines = Some(value.into_iter().map(Into::into).collect());
        self
    }
}
/// A currency.
#[allow(missing_docs, reason = "the variants are the API's own values")]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Currency {
    Eur,
    Usd,
    /// A value that is newer than these bindings.
    Unknown(String),
}
open_enum!(Currency { Eur = "EUR", Usd = "USD" });
/// A new one line.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "serialize", derive(serde::Deserialize))]
#[non_exhaustive]
#[must_use]
pub struct NewOneLine {
    /// The day.
    pub day: NaiveDate,
}
impl NewOneLine {
    /// A `NewOneLine` of the required fields.
    pub fn new(day: NaiveDate) -> Self {
        Self { day }
    }
}

// requests/refund_data.rs
//! The type `RefundData`.
use rust_decimal::Decimal;
/// What `refund` is told.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "serialize", derive(serde::Deserialize))]
#[non_exhaustive]
#[must_use]
pub struct RefundData {
    /// The total.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "crate::decimal::option"
    )]
    pub total: Option<Decimal>,
}
impl RefundData {
    /// A `RefundData` of which nothing is set yet.
    pub fn new() -> Self {
        Self::default()
    }
    /// Sets `total`.
    pub fn total(mut self, value: impl Into<Decimal>) -> Self {
        self.total = Some(value.into());
        self
    }
}

// requests/refund_query.rs
//! The type `RefundQuery`.
/// What `refund` is told.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "serialize", derive(serde::Deserialize))]
#[non_exhaustive]
#[must_use]
pub struct RefundQuery {
    /// The reason.
    pub reason: String,
}
impl RefundQuery {
    /// A `RefundQuery` of the required fields.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

// requests/results.rs
//! What calls answer.
/// What `upload` answers.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct UploadResult {}
/// What `createOne` answers.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CreateOneResult {}
/// What `createMany` answers.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CreateManyResult {}
/// What `createAny` answers.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CreateAnyResult {}
/// What `refund` answers.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct RefundResult {}
/// What `touch` answers.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct TouchResult {}
/// What `sendList` answers.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SendListResult {}

// requests/send_list_body.rs
//! The type `SendListBody`.
/// What `sendList` is told.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "serialize", derive(serde::Deserialize))]
#[serde(transparent)]
#[non_exhaustive]
#[must_use]
pub struct SendListBody {
    /// The items.
    pub items: Vec<i64>,
}
impl SendListBody {
    /// A `SendListBody` of the required fields.
    pub fn new(items: impl IntoIterator<Item = impl Into<i64>>) -> Self {
        Self {
            items: items.into_iter().map(Into::into).collect(),
        }
    }
}
