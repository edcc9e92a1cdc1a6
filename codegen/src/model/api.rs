//! The API as plain data: what `lower` makes of the document, and `types` of its schemas, for `emit` to write down.
//!
//! Names are Rust's names here, and nothing knows how it will be written.

use std::collections::BTreeMap;
use std::fmt;

/// An API: its operations or its webhooks, and who uses which type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Api {
    /// In the order of their names.
    pub resources: Vec<Resource>,
    /// In the order of the document.
    pub events: Vec<Event>,
    /// How each type is used, by its name.
    pub uses: BTreeMap<String, Use>,
}

/// How a type is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Use {
    /// Whether requests hold it.
    pub request: bool,
    /// Whether responses hold it.
    pub response: bool,
    /// The resources whose operations hold it, by module name: one, or two that stand for several.
    pub resources: Vec<String>,
    /// What operations use it for directly.
    pub role: Role,
}

/// What operations use a type for directly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Nothing: it is inside other types.
    #[default]
    Inner,
    /// An argument of a method.
    Input,
    /// What a call yields.
    Result,
}

/// A group of operations with its handle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The module, the cargo feature and the client's method.
    pub module: String,
    /// The type of the handle.
    pub handle: String,
    /// What the document says about it.
    pub doc: Option<String>,
    /// In the order of the document.
    pub operations: Vec<Operation>,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The operationId, as the document spells it.
    pub id: String,
    /// The constant that describes the request.
    pub constant: String,
    /// The method of the handle.
    pub method: String,
    /// The HTTP method, in capitals.
    pub http: String,
    /// The path with its placeholders.
    pub path: String,
    /// The arguments in the path, in the order of the path.
    pub path_arguments: Vec<PathArgument>,
    /// The type of the query.
    pub query: Option<String>,
    /// What is sent as body.
    pub body: Body,
    /// What comes back.
    pub output: Output,
    /// Where the site is named.
    pub site_slug: SiteSlug,
    /// Whether it may be sent again after it was sent.
    pub retry_safe: bool,
    /// How its pages are read.
    pub paging: Option<Paging>,
    /// Whether the document calls it deprecated.
    pub deprecated: bool,
    /// What it does, in a line.
    pub summary: Option<String>,
    /// What else there is to know.
    pub description: Option<String>,
}

/// One webhook: something that the site is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The operationId, as the document spells it.
    pub id: String,
    /// Its variant in the enum of all of them.
    pub variant: String,
    /// What `type` says on the wire.
    pub kind: String,
    /// The type of the payload.
    pub payload: String,
    /// What the site answers, where a status is not enough.
    pub answer: Option<Output>,
    /// Whether the document calls it deprecated.
    pub deprecated: bool,
    /// What it tells, in a line.
    pub summary: Option<String>,
    /// What else there is to know.
    pub description: Option<String>,
}

/// An argument in the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathArgument {
    /// Its name in Rust.
    pub name: String,
    /// Whether it is a number.
    pub number: bool,
    /// What the document says about it.
    pub doc: Option<String>,
}

/// What is sent as body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Nothing but perhaps the site.
    None,
    /// `{"site_slug": …, "data": …}` with a record of this type.
    Data {
        /// The type.
        name: String,
        /// Whether `data` may be left out.
        optional: bool,
    },
    /// An object of this type, with the site put in.
    Whole(String),
    /// A file.
    Multipart,
}

impl Body {
    /// The type of what the caller gives, if there is one.
    #[must_use]
    pub fn type_name(&self) -> Option<&str> {
        match self {
            Self::Data { name, .. } | Self::Whole(name) => Some(name),
            Self::None | Self::Multipart => None,
        }
    }
}

/// What comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The type.
    pub name: String,
    /// How it is wrapped.
    pub envelope: Envelope,
}

/// How a result is wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// Under `result`.
    Always,
    /// Under `result`, which may be missing, null or empty.
    OrDefault,
    /// Not at all.
    Bare,
}

/// Where the site is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteSlug {
    /// In the query.
    Query,
    /// In the body.
    Body,
    /// Nowhere.
    None,
}

/// How the pages of a listing are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging {
    /// The method that reads all of them.
    pub method: String,
    /// The field of the result that holds a page's items.
    pub items: String,
    /// What a page holds.
    pub item: Type,
    /// The field of the result that counts the items of all pages.
    pub total: Option<String>,
}

/// A type to write down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeItem {
    /// Its name.
    pub name: String,
    /// What the document says about it.
    pub doc: Option<String>,
    /// Whether the document calls it deprecated.
    pub deprecated: bool,
    /// What it is made of.
    pub shape: Shape,
}

/// What a type is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Fields.
    Record(Record),
    /// One of some texts, or a newer one.
    Enum(Vec<Variant>),
    /// One of several records.
    Tagged(Tagged),
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// In the order of the document.
    pub fields: Vec<Field>,
    /// The names of the required fields, in the order in which the document requires them.
    pub required: Vec<String>,
    /// Whether it is its only field on the wire.
    pub transparent: bool,
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in Rust.
    pub name: String,
    /// Its name on the wire.
    pub wire: String,
    /// What the document says about it.
    pub doc: Option<String>,
    /// Whether the document calls it deprecated.
    pub deprecated: bool,
    /// The type, without the `Option` around it.
    pub ty: Type,
    /// The format that the document gives, for texts.
    pub format: Option<String>,
    /// Whether it is always there.
    pub required: bool,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether an empty object means that there is none.
    pub empty_is_null: bool,
    /// Whether it holds the fields that the document doesn't know.
    pub flatten: bool,
}

/// A value of an enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its name in Rust.
    pub name: String,
    /// The text on the wire.
    pub wire: String,
}

/// A choice between records, told apart by a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged {
    /// The property that tells them apart.
    pub tag: String,
    /// The property that holds the record.
    pub content: String,
    /// The variants, and the type of each.
    pub variants: Vec<(Variant, String)>,
    /// Those of these types that hold the choice themselves, so that they need a box.
    pub boxed: Vec<String>,
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
    /// Another type of the API.
    Named(String),
}

/// As it reads in Rust.
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
            Self::Json => f.write_str("Value"),
            Self::List(items) => write!(f, "Vec<{items}>"),
            Self::Map(values) => write!(f, "BTreeMap<String, {values}>"),
            Self::Boxed(inner) => write!(f, "Box<{inner}>"),
            Self::Optional(inner) => write!(f, "Option<{inner}>"),
            Self::Named(name) => f.write_str(name),
        }
    }
}
