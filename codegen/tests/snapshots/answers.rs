// features
// resources = ["answers"]
// answers = []

// mod.rs
//! The API's resources and types, as its description has them.
#[cfg(feature = "conform")]
pub(crate) mod conform;
#[cfg(feature = "answers")]
pub mod answers;
/// All types of the API, under one roof.
pub mod types {
    #[cfg(feature = "answers")]
    pub use super::answers::*;
}

// conform.rs
//! The operations, with what they answer and what they are told.
use crate::conform::Entry;
use crate::types::{
    DoneResult, EmptyResult, ListResult, MapResult, NumberResult, OptionalResult,
    WholeResult,
};
/// One row for each operation.
pub(crate) static OPERATIONS: &[Entry] = &[
    Entry::enveloped::<ListResult>("bareList"),
    Entry::enveloped::<ListResult>("sameList"),
    Entry::enveloped_or_default::<OptionalResult>("optional"),
    Entry::enveloped_or_default::<DoneResult>("done"),
    Entry::whole_body::<WholeResult>("whole"),
    Entry::whole_body::<NumberResult>("number"),
    Entry::whole_body::<MapResult>("map"),
    Entry::enveloped_or_default::<EmptyResult>("empty"),
];

// answers/mod.rs
//! Answers of all forms.
mod methods;
mod methods_2;
mod results;
mod thing;
pub use methods::*;
pub use results::*;
pub use thing::*;

// answers/methods.rs
//! The calls of [`Answers`].
use crate::{Call, Client};
use crate::operation::{Method, Operation, Retry};
use crate::types::{
    DoneResult, ListResult, MapResult, NumberResult, OptionalResult, WholeResult,
};
/// Answers of all forms.
#[derive(Clone, Copy, Debug)]
pub struct Answers<'a> {
    pub(super) client: &'a Client,
}
impl Client {
    /// The calls about answers.
    #[must_use]
    pub fn answers(&self) -> Answers<'_> {
        Answers { client: self }
    }
}
static BARE_LIST: Operation = Operation::new("bareList", Method::GET, "/list")
    .retry(Retry::Safe);
static SAME_LIST: Operation = Operation::new("sameList", Method::GET, "/again")
    .retry(Retry::Safe);
static OPTIONAL: Operation = Operation::new("optional", Method::GET, "/optional")
    .retry(Retry::Safe);
static DONE: Operation = Operation::new("done", Method::POST, "/done")
    .retry(Retry::Safe);
static WHOLE: Operation = Operation::new("whole", Method::GET, "/whole")
    .retry(Retry::Safe);
static NUMBER: Operation = Operation::new("number", Method::GET, "/number")
    .retry(Retry::Safe);
static MAP: Operation = Operation::new("map", Method::GET, "/map").retry(Retry::Safe);
impl Answers<'_> {
    /// Bare list.
    ///
    /// `GET /list`
    ///
    /// # Errors
    ///
    /// [`Error`](crate::Error), as every call.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// let result = client.answers().bare_list().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn bare_list(self) -> Call<ListResult> {
        Call::enveloped(self.client, &BARE_LIST)
    }
    /// Same list.
    ///
    /// `GET /again`
    ///
    /// # Errors
    ///
    /// [`Error`](crate::Error), as every call.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// let result = client.answers().same_list().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn same_list(self) -> Call<ListResult> {
        Call::enveloped(self.client, &SAME_LIST)
    }
    /// Optional.
    ///
    /// `GET /optional`
    ///
    /// # Errors
    ///
    /// [`Error`](crate::Error), as every call.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// let result = client.answers().optional().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn optional(self) -> Call<OptionalResult> {
        Call::enveloped_or_default(self.client, &OPTIONAL)
    }
    /// Done.
    ///
    /// `POST /done`
    ///
    /// # Errors
    ///
    /// [`Error`](crate::Error), as every call.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// let result = client.answers().done().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn done(self) -> Call<DoneResult> {
        Call::enveloped_or_default(self.client, &DONE)
    }
    /// Whole.
    ///
    /// `GET /whole`
    ///
    /// # Errors
    ///
    /// [`Error`](crate::Error), as every call.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// let result = client.answers().whole().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn whole(self) -> Call<WholeResult> {
        Call::whole_body(self.client, &WHOLE)
    }
    /// Number.
    ///
    /// `GET /number`
    ///
    /// # Errors
    ///
    /// [`Error`](crate::Error), as every call.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// let result = client.answers().number().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn number(self) -> Call<NumberResult> {
        Call::whole_body(self.client, &NUMBER)
    }
    /// Map.
    ///
    /// `GET /map`
    ///
    /// # Errors
    ///
    /// [`Error`](crate::Error), as every call.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// let result = client.answers().map().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn map(self) -> Call<MapResult> {
        Call::whole_body(self.client, &MAP)
    }
}

// answers/methods_2.rs
//! The calls of [`Answers`].
use crate::Call;
use crate::operation::{Method, Operation};
use crate::types::EmptyResult;
use super::methods::Answers;
static EMPTY: Operation = Operation::new("empty", Method::DELETE, "/empty");
impl Answers<'_> {
    /// Empty.
    ///
    /// `DELETE /empty`
    ///
    /// # Errors
    ///
    /// [`Error`](crate::Error), as every call.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// let result = client.answers().empty().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn empty(self) -> Call<EmptyResult> {
        Call::enveloped_or_default(self.client, &EMPTY)
    }
}

// answers/results.rs
//! What calls answer.
use crate::types::Thing;
use rust_decimal::Decimal;
use std::collections::BTreeMap;
/// What `bareList` answers.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(transparent)]
#[non_exhaustive]
pub struct ListResult {
    /// The things.
    #[serde(deserialize_with = "crate::de::null_as_default")]
    pub things: Vec<Thing>,
}
/// What `optional` answers.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct OptionalResult {
    /// The thing.
    pub thing: Option<Thing>,
}
/// What `done` answers.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct DoneResult {}
/// What `whole` answers.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct WholeResult {
    /// The id.
    #[serde(deserialize_with = "crate::de::integer")]
    pub id: i64,
}
/// What `number` answers.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(transparent)]
#[non_exhaustive]
pub struct NumberResult {
    /// The value.
    #[serde(with = "crate::decimal")]
    pub value: Decimal,
}
/// What `map` answers.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[serde(transparent)]
#[non_exhaustive]
pub struct MapResult {
    /// The entries.
    #[serde(deserialize_with = "crate::de::integer_map")]
    pub entries: BTreeMap<String, i64>,
}
/// What `empty` answers.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct EmptyResult {}

// answers/thing.rs
//! The type `Thing`.
/// A thing.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Thing {
    /// The id.
    #[serde(deserialize_with = "crate::de::integer")]
    pub id: i64,
}
