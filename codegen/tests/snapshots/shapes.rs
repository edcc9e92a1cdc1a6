// features
// resources = ["trees"]
// trees = []

// mod.rs
//! The API's resources and types, as its description has them.
#[cfg(feature = "conform")]
pub(crate) mod conform;
#[cfg(feature = "trees")]
pub mod trees;
/// All types of the API, under one roof.
pub mod types {
    #[cfg(feature = "trees")]
    pub use super::trees::*;
}

// conform.rs
//! The operations, with what they answer and what they are told.
use crate::conform::Entry;
use crate::types::FindTreeResult;
/// One row for each operation.
pub(crate) static OPERATIONS: &[Entry] = &[
    Entry::enveloped::<FindTreeResult>("findTree"),
];

// trees/mod.rs
//! Trees: calls and types.
mod methods;
mod results;
mod tree;
pub use methods::*;
pub use results::*;
pub use tree::*;

// trees/methods.rs
//! The calls of [`Trees`].
use crate::{Call, Client};
use crate::operation::{Method, Operation, Retry};
use crate::types::FindTreeResult;
/// The calls about trees.
#[derive(Clone, Copy, Debug)]
pub struct Trees<'a> {
    pub(super) client: &'a Client,
}
impl Client {
    /// The calls about trees.
    #[must_use]
    pub fn trees(&self) -> Trees<'_> {
        Trees { client: self }
    }
}
static FIND_TREE: Operation = Operation::new("findTree", Method::GET, "/tree")
    .retry(Retry::Safe);
impl Trees<'_> {
    /// Find the tree.
    ///
    /// In a paragraph of two lines.
    ///
    /// - one item
    /// - another
    ///
    /// `GET /tree`
    ///
    /// # Errors
    ///
    /// [`Error`](crate::Error), as every call.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// let result = client.trees().find().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn find(self) -> Call<FindTreeResult> {
        Call::enveloped(self.client, &FIND_TREE)
    }
}

// trees/results.rs
//! What calls answer.
use crate::types::Tree;
/// What `findTree` answers.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct FindTreeResult {
    /// The tree.
    pub tree: Tree,
}

// trees/tree.rs
//! The type `Tree` and what only it holds.
use chrono::{DateTime, FixedOffset, NaiveDate};
use crate::open_enum;
use rust_decimal::Decimal;
use serde_json::Value;
use std::collections::BTreeMap;
/// A tree, which holds trees.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Tree {
    /// The id.
    #[serde(deserialize_with = "crate::de::integer")]
    pub id: i64,
    /// The parent.
    pub parent: Option<Box<Tree>>,
    /// The children.
    #[serde(default, deserialize_with = "crate::de::null_as_default")]
    pub children: Vec<Tree>,
    /// The by name.
    #[serde(default, deserialize_with = "crate::de::null_as_default")]
    pub by_name: BTreeMap<String, Tree>,
    /// The parent code.
    #[serde(deserialize_with = "crate::de::id")]
    pub parent_code: String,
    /// The code.
    #[serde(default, deserialize_with = "crate::de::optional_id")]
    pub code: Option<String>,
    /// An e-mail address.
    pub owner: Option<String>,
    /// How high it is.
    #[serde(default, with = "crate::decimal::option")]
    pub height: Option<Decimal>,
    /// The counts.
    #[serde(default, deserialize_with = "crate::de::integer_map")]
    pub counts: BTreeMap<String, i64>,
    /// The prices.
    #[serde(default, deserialize_with = "crate::de::null_as_default")]
    pub prices: Vec<Decimal>,
    /// The nicknames.
    #[serde(default, deserialize_with = "crate::de::null_as_default")]
    pub nicknames: Vec<Option<String>>,
    /// The grid.
    #[serde(default, deserialize_with = "crate::de::null_as_default")]
    pub grid: Vec<Vec<i64>>,
    /// The notes.
    #[serde(default, deserialize_with = "crate::de::null_as_default")]
    pub notes: BTreeMap<String, Value>,
    /// The anything.
    pub anything: Option<Value>,
    /// The planted on.
    pub planted_on: Option<NaiveDate>,
    /// The felled at.
    pub felled_at: Option<DateTime<FixedOffset>>,
    /// The flag `evergreen`.
    pub evergreen: Option<bool>,
    /// The leaf.
    #[serde(default, deserialize_with = "crate::de::empty_as_none")]
    pub leaf: Option<Leaf>,
    /// The fruits.
    #[serde(default, deserialize_with = "crate::de::null_as_default")]
    pub fruits: Vec<TreeFruit>,
}
/// A leaf.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Leaf {
    /// The veins.
    #[serde(default, deserialize_with = "crate::de::optional_integer")]
    pub veins: Option<i64>,
    /// The fields that these bindings don't know yet.
    #[serde(flatten)]
    pub others: BTreeMap<String, String>,
}
/// A tree fruit.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct TreeFruit {
    /// The color.
    pub color: Option<TreeFruitColor>,
}
/// A tree fruit color.
#[allow(missing_docs, reason = "the variants are the API's own values")]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TreeFruitColor {
    Red,
    Green,
    /// A value that is newer than these bindings.
    Unknown(String),
}
open_enum!(TreeFruitColor { Red = "red", Green = "green" });
