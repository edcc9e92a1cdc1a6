// features
// resources = ["boxes", "things"]
// boxes = []
// things = []

// mod.rs
//! The API's resources and types, as its description has them.
#![allow(
    deprecated,
    reason = "what the API calls deprecated is still declared, set and read here"
)]
#[cfg(feature = "conform")]
pub(crate) mod conform;
#[cfg(feature = "boxes")]
pub mod boxes;
#[cfg(feature = "things")]
pub mod things;
pub mod shared;
/// All types of the API, under one roof.
pub mod types {
    pub use super::shared::*;
    #[cfg(feature = "boxes")]
    pub use super::boxes::*;
    #[cfg(feature = "things")]
    pub use super::things::*;
}

// conform.rs
//! The operations, with what they answer and what they are told.
use crate::conform::Entry;
use crate::types::{FindBoxResult, ListThingsResult};
/// One row for each operation.
pub(crate) static OPERATIONS: &[Entry] = &[
    Entry::whole_body::<FindBoxResult>("findBox"),
    Entry::enveloped::<ListThingsResult>("listThings"),
];

// boxes/mod.rs
//! Boxes: calls and types.
mod find_box_query;
mod methods;
mod results;
pub use find_box_query::*;
pub use methods::*;
pub use results::*;

// boxes/find_box_query.rs
//! The type `FindBoxQuery`.
/// What `findBox` is told.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "serialize", derive(serde::Deserialize))]
#[non_exhaustive]
#[must_use]
pub struct FindBoxQuery {
    /// The size.
    pub size: i64,
}
impl FindBoxQuery {
    /// A `FindBoxQuery` of the required fields.
    pub fn new(size: i64) -> Self {
        Self { size }
    }
}

// boxes/methods.rs
//! The calls of [`Boxes`].
use crate::{Call, Client};
use crate::operation::{Method, Operation, Retry};
use crate::types::{FindBoxQuery, FindBoxResult};
/// The calls about boxes.
#[derive(Clone, Copy, Debug)]
pub struct Boxes<'a> {
    pub(super) client: &'a Client,
}
impl Client {
    /// The calls about boxes.
    #[must_use]
    pub fn boxes(&self) -> Boxes<'_> {
        Boxes { client: self }
    }
}
static FIND_BOX: Operation = Operation::new("findBox", Method::GET, "/boxes")
    .retry(Retry::Safe);
impl Boxes<'_> {
    /// Find box.
    ///
    /// `GET /boxes`
    ///
    /// # Errors
    ///
    /// [`Error`](crate::Error), as every call.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// use talkable_api::types::FindBoxQuery;
    /// let query = FindBoxQuery::new(1);
    /// let result = client.boxes().find_box(&query).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn find_box(self, query: &FindBoxQuery) -> Call<FindBoxResult> {
        Call::whole_body(self.client, &FIND_BOX).query(query)
    }
}

// boxes/results.rs
//! What calls answer.
use crate::types::Thing;
/// What `findBox` answers.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct FindBoxResult {
    /// The first.
    pub first: Option<Thing>,
}

// things/mod.rs
//! Things: calls and types.
mod methods;
mod results;
mod thing_query;
pub use methods::*;
pub use results::*;
pub use thing_query::*;

// things/methods.rs
//! The calls of [`Things`].
use crate::{Call, Client, Items, Page};
use crate::operation::{Method, Operation, Retry, SiteSlug};
use crate::types::{ListThingsResult, Thing, ThingQuery};
/// The calls about things.
#[derive(Clone, Copy, Debug)]
pub struct Things<'a> {
    pub(super) client: &'a Client,
}
impl Client {
    /// The calls about things.
    #[must_use]
    pub fn things(&self) -> Things<'_> {
        Things { client: self }
    }
}
static LIST_THINGS: Operation = Operation::new("listThings", Method::GET, "/things")
    .site_slug(SiteSlug::Query)
    .retry(Retry::Safe);
impl Things<'_> {
    /// List things.
    ///
    /// `GET /things`
    ///
    /// # Errors
    ///
    /// [`Error`](crate::Error), as every call.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # #![allow(deprecated)]
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// use talkable_api::types::ThingQuery;
    /// let query = ThingQuery::new().page(1);
    /// let result = client.things().list(&query).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[deprecated]
    pub fn list(self, query: &ThingQuery) -> Call<ListThingsResult> {
        Call::enveloped(self.client, &LIST_THINGS).query(query)
    }
    /// The same over all pages, one by one: the next page is asked for when the items of the last are
    /// used up.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # #![allow(deprecated)]
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// use talkable_api::types::ThingQuery;
    /// let mut items = client.things().list_all(ThingQuery::new().page(1));
    /// while let Some(item) = items.try_next().await? {
    ///     println!("{item:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[deprecated]
    pub fn list_all(self, query: ThingQuery) -> Items<Thing> {
        Items::new({
            let client = self.client.clone();
            move |page| client.things().list(&query.clone().page(page))
        })
    }
}
impl Page for ListThingsResult {
    type Item = Thing;
    fn into_parts(self) -> (Vec<Thing>, Option<i64>) {
        (self.things, self.total)
    }
}

// things/results.rs
//! What calls answer.
use crate::types::Thing;
/// What `listThings` answers.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ListThingsResult {
    /// The things.
    #[serde(default, deserialize_with = "crate::de::null_as_default")]
    pub things: Vec<Thing>,
    /// The total.
    #[serde(default, deserialize_with = "crate::de::optional_integer")]
    pub total: Option<i64>,
}

// things/thing_query.rs
//! The type `ThingQuery` and what only it holds.
use crate::open_enum;
/// What `listThings` is told.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "serialize", derive(serde::Deserialize))]
#[non_exhaustive]
#[must_use]
pub struct ThingQuery {
    /// The page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<i64>,
    /// The per page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_page: Option<i64>,
    /// Only these.
    #[deprecated]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<ThingQueryState>,
}
impl ThingQuery {
    /// A `ThingQuery` of which nothing is set yet.
    pub fn new() -> Self {
        Self::default()
    }
    /// Sets `page`.
    pub fn page(mut self, value: i64) -> Self {
        self.page = Some(value);
        self
    }
    /// Sets `per_page`.
    pub fn per_page(mut self, value: i64) -> Self {
        self.per_page = Some(value);
        self
    }
    /// Sets `state`.
    #[deprecated]
    pub fn state(mut self, value: impl Into<ThingQueryState>) -> Self {
        self.state = Some(value.into());
        self
    }
}
/// A thing query state.
#[allow(missing_docs, reason = "the variants are the API's own values")]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ThingQueryState {
    New,
    Old,
    /// A value that is newer than these bindings.
    Unknown(String),
}
open_enum!(ThingQueryState { New = "new", Old = "old" });

// shared/mod.rs
//! Types that several resources use.
mod thing;
pub use thing::*;

// shared/thing.rs
//! The type `Thing` and what only it holds.
/// A thing.
#[deprecated]
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Thing {
    /// The id.
    #[deprecated]
    #[serde(default, deserialize_with = "crate::de::optional_integer")]
    pub id: Option<i64>,
    /// The part.
    pub part: Option<ThingPart>,
}
/// A thing part.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ThingPart {
    /// The name.
    pub name: Option<String>,
}
