//! The API as plain data with Rust names: the output of `lower`, `events` and `types`, and the input of `emit`.

mod arguments;
mod body;
mod output;

use std::collections::BTreeMap;
use std::fmt;

pub use crate::model::root::Reason;

pub use self::arguments::{CallExample, Header, HeaderSource, PathArgument, QueryStyle};
pub use self::body::{Body, BodyFormat, Encoding, FieldStyle, FileArgument, FileCount};
pub use self::output::{Envelope, Output, OutputKind, StatusVariant};
pub use crate::openapi::union::{JsonType, Test};

/// The operations or webhooks in one document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Api {
    /// The resources, sorted by name.
    pub resources: Vec<Resource>,
    /// The webhooks, in document order.
    pub events: Vec<Event>,
    /// How each type is used, by type name.
    pub uses: BTreeMap<String, Use>,
    /// The known error reasons. The first reason whose pattern matches applies.
    pub reasons: Vec<Reason>,
}

impl Api {
    /// Returns all operations, each with its resource.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (&Resource, &Operation)> {
        self.resources
            .iter()
            .flat_map(|resource| resource.operations.iter().map(move |operation| (resource, operation)))
    }
}

/// How an API uses a type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Use {
    /// Whether requests contain the type.
    pub request: bool,
    /// Whether responses contain the type.
    pub response: bool,
    /// The modules of the resources that use the type. At most two modules are stored, because two are enough to show that the
    /// type is shared.
    pub resources: Vec<String>,
    /// The role of the type in operations.
    pub role: Role,
}

/// The role of a type in operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// The type occurs only inside other types.
    #[default]
    Inner,
    /// The type is an argument of a method.
    Input,
    /// The type is the result of a call.
    Result,
}

/// A group of operations that share a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The module name, which is also the name of the Cargo feature and the `Client` method.
    pub module: String,
    /// The name of the type whose methods call the operations.
    pub handle: String,
    /// The description from the document.
    pub doc: Option<String>,
    /// The operations, in document order.
    pub operations: Vec<Operation>,
}

/// An operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The `operationId`.
    pub id: String,
    /// The name of the constant that describes the request.
    pub constant: String,
    /// The name of the method.
    pub method: String,
    /// The HTTP method in uppercase.
    pub http: String,
    /// The path as written in the document, with its placeholders.
    pub path: String,
    /// The path template, without a query or a fragment. If the operation has its own server, the template starts with the path of
    /// that server.
    pub template: String,
    /// The query that is part of the path, or an empty string.
    pub fixed_query: String,
    /// The origin of the operation's server, if it differs from the document's.
    pub server: Option<String>,
    /// The path arguments, in path order.
    pub path_arguments: Vec<PathArgument>,
    /// The header parameters, in document order.
    pub headers: Vec<Header>,
    /// The type of the query parameters.
    pub query: Option<String>,
    /// The query parameters that are not written as `name=value`, with their styles.
    pub query_styles: Vec<(String, QueryStyle)>,
    /// The request body.
    pub body: Body,
    /// The files to upload, which are the last arguments of the method.
    pub files: Vec<FileArgument>,
    /// The format of the request body.
    pub format: BodyFormat,
    /// The result.
    pub output: Output,
    /// The location of `site_slug` in the request.
    pub site_slug: SiteSlug,
    /// Whether the operation is idempotent and can therefore be retried after the request was sent.
    pub retry_safe: bool,
    /// The variants of `Reason` for the operation's known errors.
    pub reasons: Vec<String>,
    /// The paging details, if the operation lists items.
    pub paging: Option<Paging>,
    /// Whether the document marks the operation as deprecated.
    pub deprecated: bool,
    /// The values in an example of a call.
    pub example: CallExample,
    /// The first line of the documentation.
    pub summary: Option<String>,
    /// The rest of the documentation.
    pub description: Option<String>,
}

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The `operationId`.
    pub id: String,
    /// The name of the variant in the `Event` enum.
    pub variant: String,
    /// The value of the `type` property that identifies the webhook.
    pub kind: String,
    /// The type of the payload.
    pub payload: String,
    /// The reply body, if any.
    pub answer: Option<Output>,
    /// Whether the document marks the webhook as deprecated.
    pub deprecated: bool,
    /// The first line of the documentation.
    pub summary: Option<String>,
    /// The rest of the documentation.
    pub description: Option<String>,
}

/// The location of `site_slug` in the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteSlug {
    /// The query contains `site_slug`.
    Query,
    /// The body contains `site_slug`.
    Body,
    /// The request has no `site_slug`.
    None,
}

/// The paging details of an operation that lists items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging {
    /// The name of the method that reads all pages.
    pub method: String,
    /// The name of the result field that contains the items of a page.
    pub items: String,
    /// The type of an item.
    pub item: Type,
    /// The name of the result field that contains the total number of items, if there is one.
    pub total: Option<String>,
}

/// A type to generate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeItem {
    /// The name of the type.
    pub name: String,
    /// The description from the document.
    pub doc: Option<String>,
    /// Whether the document marks the type as deprecated.
    pub deprecated: bool,
    /// The definition of the type.
    pub kind: TypeKind,
}

/// The definition of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeKind {
    /// A struct.
    Struct(Struct),
    /// An enum of strings that keeps unknown values.
    Enum(Vec<Variant>),
    /// An enum whose variants contain other types. One property names the type, and another one holds the value.
    Tagged(Tagged),
    /// An enum whose variants contain other types. The JSON value determines the variant.
    Union(Union),
    /// An enum with a variant for each status of a response.
    ByStatus(Vec<StatusVariant>),
}

/// A struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Struct {
    /// The fields, in document order.
    pub fields: Vec<Field>,
    /// The names of the required fields, in the order of `required` in the document.
    pub required: Vec<String>,
    /// Whether the struct is serialized as the value of its only field.
    pub transparent: bool,
    /// The property with a constant value, and that value. The property is serialized, but has no field.
    pub constant: Option<(String, String)>,
}

/// A field of a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The Rust name.
    pub name: String,
    /// The name on the wire.
    pub wire: String,
    /// The description from the document.
    pub doc: Option<String>,
    /// Whether the document marks the field as deprecated.
    pub deprecated: bool,
    /// The type, without an enclosing `Option`.
    pub ty: Type,
    /// Whether the field is required.
    pub required: bool,
    /// Whether the field may be null.
    pub nullable: bool,
    /// Whether an empty object counts as null.
    pub empty_is_null: bool,
    /// Whether the field collects unknown properties.
    pub flatten: bool,
    /// Whether only responses contain the field.
    pub read_only: bool,
    /// Whether only requests contain the field.
    pub write_only: bool,
}

/// A variant of an enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The Rust name.
    pub name: String,
    /// The string on the wire.
    pub wire: String,
    /// The description from the document.
    pub doc: Option<String>,
}

/// An adjacently tagged enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged {
    /// The property that contains the tag.
    pub tag: String,
    /// The property that contains the value of the variant.
    pub content: String,
    /// The variants, each with its type.
    pub variants: Vec<(Variant, String)>,
    /// The variant types that contain this enum and therefore need a `Box`.
    pub boxed: Vec<String>,
}

/// An enum whose variants contain types that can be distinguished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Union {
    /// The property that distinguishes the objects, if there is one.
    pub tag: Option<String>,
    /// The variants, each with its type.
    pub variants: Vec<(Variant, Type)>,
    /// The predicates that select a variant, each with the index of its variant. The first predicate that a value satisfies
    /// determines the variant.
    pub tests: Vec<(usize, Test)>,
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `String`
    Text,
    /// `i64`
    Integer,
    /// `Decimal`
    Decimal,
    /// `bool`
    Boolean,
    /// `NaiveDate`
    Date,
    /// `DateTime<FixedOffset>`
    DateTime,
    /// `Period`, two dates in a string
    Period,
    /// `serde_json::Value`
    Json,
    /// `Vec<_>`
    List(Box<Type>),
    /// `BTreeMap<String, _>`
    Map(Box<Type>),
    /// `Box<_>`
    Boxed(Box<Type>),
    /// `Option<_>`, inside a list or a map
    Optional(Box<Type>),
    /// A generated type.
    Named(String),
}

/// Formats the type as Rust code.
///
/// ```
/// use codegen::model::api::Type;
/// assert_eq!(Type::List(Box::new(Type::Named("Offer".to_owned()))).to_string(), "Vec<Offer>");
/// ```
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("String"),
            Self::Integer => f.write_str("i64"),
            Self::Decimal => f.write_str("Decimal"),
            Self::Boolean => f.write_str("bool"),
            Self::Date => f.write_str("NaiveDate"),
            Self::DateTime => f.write_str("DateTime<FixedOffset>"),
            Self::Period => f.write_str("Period"),
            Self::Json => f.write_str("Value"),
            Self::List(items) => write!(f, "Vec<{items}>"),
            Self::Map(values) => write!(f, "BTreeMap<String, {values}>"),
            Self::Boxed(inner) => write!(f, "Box<{inner}>"),
            Self::Optional(inner) => write!(f, "Option<{inner}>"),
            Self::Named(name) => f.write_str(name),
        }
    }
}
