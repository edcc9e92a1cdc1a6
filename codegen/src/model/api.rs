//! The API as plain data under Rust names: the output of `lower` and `types`, and the input of `emit`.

use std::collections::BTreeMap;
use std::fmt;

/// The operations or the webhooks of an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Api {
    /// The resources, sorted by name.
    pub resources: Vec<Resource>,
    /// The webhooks, in the order of the document.
    pub events: Vec<Event>,
    /// The uses of each type, by its name.
    pub uses: BTreeMap<String, Use>,
}

/// The uses of a type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Use {
    /// Whether requests contain it.
    pub request: bool,
    /// Whether responses contain it.
    pub response: bool,
    /// The modules of the resources that use it: at most two, which represent any larger number.
    pub resources: Vec<String>,
    /// The other types that contain it, sorted by name.
    pub holders: Vec<String>,
    /// Its direct use by operations.
    pub role: Role,
}

/// The direct use of a type by operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// None: other types contain it.
    #[default]
    Inner,
    /// An argument of a method.
    Input,
    /// The result of a call.
    Result,
}

/// A group of operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The name of the module, the cargo feature and the method of the client.
    pub module: String,
    /// The name of the type that has the methods.
    pub handle: String,
    /// The description in the document.
    pub doc: Option<String>,
    /// The operations, in the order of the document.
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
    /// The HTTP method, in capitals.
    pub http: String,
    /// The path with its placeholders.
    pub path: String,
    /// The arguments in the path, in the order of the path.
    pub path_arguments: Vec<PathArgument>,
    /// The type of the query parameters.
    pub query: Option<String>,
    /// The request body.
    pub body: Body,
    /// The result.
    pub output: Output,
    /// The part of the request that contains `site_slug`.
    pub site_slug: SiteSlug,
    /// Whether it is idempotent, so that it can be retried after it was sent.
    pub retry_safe: bool,
    /// The paging, if it lists items.
    pub paging: Option<Paging>,
    /// Whether the document marks it as deprecated.
    pub deprecated: bool,
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
    /// The variant in the enum of all webhooks.
    pub variant: String,
    /// The value of `type` on the wire.
    pub kind: String,
    /// The type of the payload.
    pub payload: String,
    /// The body of the reply, if there is one.
    pub answer: Option<Output>,
    /// Whether the document marks it as deprecated.
    pub deprecated: bool,
    /// The first line of the documentation.
    pub summary: Option<String>,
    /// The rest of the documentation.
    pub description: Option<String>,
}

/// An argument in the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathArgument {
    /// The name in Rust.
    pub name: String,
    /// Whether it is an integer.
    pub number: bool,
    /// The description in the document.
    pub doc: Option<String>,
}

/// The request body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// No body, or only `site_slug`.
    None,
    /// `{"site_slug": …, "data": …}`.
    Data {
        /// The type of `data`.
        name: String,
        /// Whether `data` is optional.
        optional: bool,
    },
    /// An object of this type, with `site_slug` added.
    Whole(String),
    /// A file.
    Multipart,
}

impl Body {
    /// The type of the argument, if there is one.
    #[must_use]
    pub fn type_name(&self) -> Option<&str> {
        match self {
            Self::Data { name, .. } | Self::Whole(name) => Some(name),
            Self::None | Self::Multipart => None,
        }
    }
}

/// The result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The type.
    pub name: String,
    /// The envelope.
    pub envelope: Envelope,
}

/// The envelope around a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// `{"ok": true, "result": …}`.
    Always,
    /// The same, where `result` may be absent, null or empty.
    OrDefault,
    /// None.
    Bare,
}

/// The part of the request that contains `site_slug`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteSlug {
    /// The query.
    Query,
    /// The body.
    Body,
    /// None.
    None,
}

/// The paging of an operation that lists items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging {
    /// The name of the method that reads all pages.
    pub method: String,
    /// The field of the result with the items of the page.
    pub items: String,
    /// The type of an item.
    pub item: Type,
    /// The field of the result with the number of items of all pages.
    pub total: Option<String>,
}

/// A type to generate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeItem {
    /// Its name.
    pub name: String,
    /// The description in the document.
    pub doc: Option<String>,
    /// Whether the document marks it as deprecated.
    pub deprecated: bool,
    /// The form of the type.
    pub shape: Shape,
}

/// The form of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A struct.
    Record(Record),
    /// An open enum of strings.
    Enum(Vec<Variant>),
    /// An enum of other types.
    Tagged(Tagged),
}

/// A struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The fields, in the order of the document.
    pub fields: Vec<Field>,
    /// The names of the required fields, in the order of `required`.
    pub required: Vec<String>,
    /// Whether its value on the wire is that of its only field.
    pub transparent: bool,
}

/// A field of a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name in Rust.
    pub name: String,
    /// The name on the wire.
    pub wire: String,
    /// The description in the document.
    pub doc: Option<String>,
    /// Whether the document marks it as deprecated.
    pub deprecated: bool,
    /// The type, without the `Option` around it.
    pub ty: Type,
    /// The format of a string.
    pub format: Option<String>,
    /// Whether it is required.
    pub required: bool,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether `{}` means that there is no value.
    pub empty_is_null: bool,
    /// Whether it collects the unknown fields.
    pub flatten: bool,
}

/// A value of an enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The name in Rust.
    pub name: String,
    /// The string on the wire.
    pub wire: String,
}

/// An adjacently tagged enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged {
    /// The property with the tag.
    pub tag: String,
    /// The property with the content.
    pub content: String,
    /// The variants, and the type of each.
    pub variants: Vec<(Variant, String)>,
    /// The types that contain the enum and therefore need a `Box`.
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

/// Formats the type as Rust source.
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
