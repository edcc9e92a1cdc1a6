// features
// resources = ["default_api", "gr_e_2", "types_api"]
// default_api = []
// gr_e_2 = []
// types_api = []

// mod.rs
//! The API's resources and types, as its description has them.
#[cfg(feature = "conform")]
pub(crate) mod conform;
#[cfg(feature = "default_api")]
pub mod default_api;
#[cfg(feature = "gr_e_2")]
pub mod gr_e_2;
#[cfg(feature = "types_api")]
pub mod types_api;
pub mod shared;
/// All types of the API, under one roof.
pub mod types {
    pub use super::shared::*;
    #[cfg(feature = "default_api")]
    pub use super::default_api::*;
    #[cfg(feature = "gr_e_2")]
    pub use super::gr_e_2::*;
    #[cfg(feature = "types_api")]
    pub use super::types_api::*;
}

// conform.rs
//! The operations, with what they answer and what they are told.
use crate::conform::Entry;
use crate::types::{OptionModel, PutATypeDataResult, ResultModel, TypeData};
/// One row for each operation.
pub(crate) static OPERATIONS: &[Entry] = &[
    Entry::enveloped::<ResultModel>("delete"),
    Entry::enveloped::<OptionModel>("type").data::<TypeData>(),
    Entry::enveloped_or_default::<PutATypeDataResult>("put_a_type_data"),
];

// default_api/mod.rs
//! Default api: calls and types.
mod default_model;
mod delete_query;
mod methods;
mod option_model2;
mod results;
mod vec_model;
pub use default_model::*;
pub use delete_query::*;
pub use methods::*;
pub use option_model2::*;
pub use results::*;
pub use vec_model::*;

// default_api/default_model.rs
//! The type `DefaultModel`.
use crate::open_enum;
/// A default model.
#[allow(missing_docs, reason = "the variants are the API's own values")]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DefaultModel {
    Default,
    String,
    /// A value that is newer than these bindings.
    Unknown(String),
}
open_enum!(DefaultModel { Default = "Default", String = "String" });

// default_api/delete_query.rs
//! The type `DeleteQuery`.
/// What `delete` is told.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "serialize", derive(serde::Deserialize))]
#[non_exhaustive]
#[must_use]
pub struct DeleteQuery {
    /// The segment by tags.
    #[serde(rename = "segment_by[tags][]", skip_serializing_if = "Option::is_none")]
    pub segment_by_tags: Option<Vec<String>>,
    /// The segment by tags.
    #[serde(rename = "segment_by_tags", skip_serializing_if = "Option::is_none")]
    pub segment_by_tags_2: Option<String>,
    /// The flag `self`.
    #[serde(rename = "self", skip_serializing_if = "Option::is_none")]
    pub self_: Option<bool>,
}
impl DeleteQuery {
    /// A `DeleteQuery` of which nothing is set yet.
    pub fn new() -> Self {
        Self::default()
    }
    /// Sets `segment_by[tags][]`.
    pub fn segment_by_tags(
        mut self,
        value: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.segment_by_tags = Some(value.into_iter().map(Into::into).collect());
        self
    }
    /// Sets `segment_by_tags`.
    pub fn segment_by_tags_2(mut self, value: impl Into<String>) -> Self {
        self.segment_by_tags_2 = Some(value.into());
        self
    }
    /// Sets `self`.
    pub fn self_(mut self, value: bool) -> Self {
        self.self_ = Some(value);
        self
    }
}

// default_api/methods.rs
//! The calls of [`DefaultApi`].
use crate::{Call, Client};
use crate::operation::{Method, Operation, Retry};
use crate::types::{DeleteQuery, ResultModel};
/// The calls about default api.
#[derive(Clone, Copy, Debug)]
pub struct DefaultApi<'a> {
    pub(super) client: &'a Client,
}
impl Client {
    /// The calls about default api.
    #[must_use]
    pub fn default_api(&self) -> DefaultApi<'_> {
        DefaultApi { client: self }
    }
}
static DELETE: Operation = Operation::new("delete", Method::GET, "/a/{type}/{data}")
    .retry(Retry::Safe);
impl DefaultApi<'_> {
    /// Delete.
    ///
    /// `GET /a/{type}/{data}`
    ///
    /// # Errors
    ///
    /// [`Error`](crate::Error), as every call.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// use talkable_api::types::DeleteQuery;
    /// let query = DeleteQuery::new().segment_by_tags_2("segment_by_tags");
    /// let result = client.default_api().delete("type", 1, &query).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn delete(
        self,
        type_: impl AsRef<str>,
        data_: i64,
        query: &DeleteQuery,
    ) -> Call<ResultModel> {
        Call::enveloped(self.client, &DELETE)
            .segment(type_)
            .segment_number(data_)
            .query(query)
    }
}

// default_api/option_model2.rs
//! The type `OptionModel2`.
/// An option model2.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct OptionModel2 {
    /// The b.
    pub b: Option<String>,
}

// default_api/results.rs
//! What calls answer.
use crate::types::{DefaultModel, OptionModel, OptionModel2, VecModel};
/// What `delete` answers.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ResultModel {
    /// The option.
    pub option: Option<OptionModel>,
    /// The other.
    pub other: Option<OptionModel2>,
    /// The vec.
    pub vec: Option<VecModel>,
    /// The default.
    pub default: Option<DefaultModel>,
}

// default_api/vec_model.rs
//! The type `VecModel`.
/// A vec model.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct VecModel {
    /// The string.
    pub string: Option<String>,
}

// gr_e_2/mod.rs
//! Gr e 2: calls and types.
mod methods;
mod type_data;
pub use methods::*;
pub use type_data::*;

// gr_e_2/methods.rs
//! The calls of [`GrE2`].
use crate::{Call, Client};
use crate::operation::{Method, Operation, SiteSlug};
use crate::types::{OptionModel, TypeData};
/// The calls about gr e 2.
#[derive(Clone, Copy, Debug)]
pub struct GrE2<'a> {
    pub(super) client: &'a Client,
}
impl Client {
    /// The calls about gr e 2.
    #[must_use]
    pub fn gr_e_2(&self) -> GrE2<'_> {
        GrE2 { client: self }
    }
}
static TYPE: Operation = Operation::new("type", Method::POST, "/b")
    .site_slug(SiteSlug::Body);
impl GrE2<'_> {
    /// Type.
    ///
    /// `POST /b`
    ///
    /// # Errors
    ///
    /// [`Error`](crate::Error), as every call.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// use talkable_api::types::TypeData;
    /// let data = TypeData::new("unnamed", "new");
    /// let result = client.gr_e_2().type_(&data).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn type_(self, data: &TypeData) -> Call<OptionModel> {
        Call::enveloped(self.client, &TYPE).data(data)
    }
}

// gr_e_2/type_data.rs
//! The type `TypeData` and what only it holds.
use crate::open_enum;
/// What `type` is told.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "serialize", derive(serde::Deserialize))]
#[non_exhaustive]
#[must_use]
pub struct TypeData {
    /// The unnamed.
    #[serde(rename = "")]
    pub unnamed: String,
    /// The new.
    #[serde(rename = "new")]
    pub new_: String,
    /// The flag `2fa`.
    #[serde(rename = "2fa", skip_serializing_if = "Option::is_none")]
    pub n2fa: Option<bool>,
    /// The unnamed.
    #[serde(rename = "名前", skip_serializing_if = "Option::is_none")]
    pub unnamed_2: Option<String>,
    /// The type.
    #[serde(rename = "Type", skip_serializing_if = "Option::is_none")]
    pub type_: Option<String>,
    /// The type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_2: Option<String>,
    /// The renamed.
    #[serde(rename = "renamed", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<TypeDataStatus>,
}
impl TypeData {
    /// A `TypeData` of the required fields.
    pub fn new(unnamed: impl Into<String>, new_: impl Into<String>) -> Self {
        Self {
            unnamed: unnamed.into(),
            new_: new_.into(),
            n2fa: None,
            unnamed_2: None,
            type_: None,
            type_2: None,
            kind: None,
            status: None,
        }
    }
    /// Sets `2fa`.
    pub fn n2fa(mut self, value: bool) -> Self {
        self.n2fa = Some(value);
        self
    }
    /// Sets `名前`.
    pub fn unnamed_2(mut self, value: impl Into<String>) -> Self {
        self.unnamed_2 = Some(value.into());
        self
    }
    /// Sets `Type`.
    pub fn type_(mut self, value: impl Into<String>) -> Self {
        self.type_ = Some(value.into());
        self
    }
    /// Sets `type`.
    pub fn type_2(mut self, value: impl Into<String>) -> Self {
        self.type_2 = Some(value.into());
        self
    }
    /// Sets `renamed`.
    pub fn kind(mut self, value: impl Into<String>) -> Self {
        self.kind = Some(value.into());
        self
    }
    /// Sets `status`.
    pub fn status(mut self, value: impl Into<TypeDataStatus>) -> Self {
        self.status = Some(value.into());
        self
    }
}
/// A type data status.
#[allow(missing_docs, reason = "the variants are the API's own values")]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TypeDataStatus {
    Paid,
    Paid2,
    Empty,
    N10,
    UnknownValue,
    SelfValue,
    Symbol,
    Symbol2,
    /// A value that is newer than these bindings.
    Unknown(String),
}
open_enum!(
    TypeDataStatus { Paid = "paid", Paid2 = "Paid", Empty = "", N10 = "10%", UnknownValue
    = "Unknown", SelfValue = "self", Symbol = "…", Symbol2 = "-" }
);

// types_api/mod.rs
//! Types api: calls and types.
mod methods;
mod results;
pub use methods::*;
pub use results::*;

// types_api/methods.rs
//! The calls of [`TypesApi`].
use crate::{Call, Client};
use crate::operation::{Method, Operation};
use crate::types::PutATypeDataResult;
/// The calls about types api.
#[derive(Clone, Copy, Debug)]
pub struct TypesApi<'a> {
    pub(super) client: &'a Client,
}
impl Client {
    /// The calls about types api.
    #[must_use]
    pub fn types_api(&self) -> TypesApi<'_> {
        TypesApi { client: self }
    }
}
static PUT_A_TYPE_DATA: Operation = Operation::new(
    "put_a_type_data",
    Method::PUT,
    "/a/{type}/{data}",
);
impl TypesApi<'_> {
    /// Put a type data.
    ///
    /// `PUT /a/{type}/{data}`
    ///
    /// # Errors
    ///
    /// [`Error`](crate::Error), as every call.
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// let result = client.types_api().put_a_type_data("type", 1).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn put_a_type_data(
        self,
        type_: impl AsRef<str>,
        data_: i64,
    ) -> Call<PutATypeDataResult> {
        Call::enveloped_or_default(self.client, &PUT_A_TYPE_DATA)
            .segment(type_)
            .segment_number(data_)
    }
}

// types_api/results.rs
//! What calls answer.
/// What `put_a_type_data` answers.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PutATypeDataResult {}

// shared/mod.rs
//! Types that several resources use.
mod results;
pub use results::*;

// shared/results.rs
//! What calls answer.
/// What `type` answers.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "serialize", derive(serde::Serialize))]
#[non_exhaustive]
pub struct OptionModel {
    /// The a.
    pub a: Option<String>,
}
