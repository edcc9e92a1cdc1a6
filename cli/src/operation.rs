//! The types of the table of operations, which is generated.

/// A group of operations, which is a command with a subcommand for each operation.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) operations: &'static [Operation],
}

/// An operation of the API.
#[derive(Debug)]
pub(crate) struct Operation {
    /// The `operationId`.
    pub(crate) id: &'static str,
    /// The name of the subcommand.
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    /// The path template.
    pub(crate) path: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) description: &'static str,
    pub(crate) is_idempotent: bool,
    pub(crate) is_deprecated: bool,
    /// The arguments of the path, in order.
    pub(crate) path_arguments: &'static [Field],
    pub(crate) headers: &'static [Field],
    pub(crate) query: &'static [Field],
    pub(crate) body: Body,
    pub(crate) files: &'static [File],
    /// The field of a result that contains the items of a page, if the operation lists pages.
    pub(crate) page_items: Option<&'static str>,
    /// The names of the fields in the result, at any depth, separated by spaces. A field whose name ends with `.*` can contain
    /// other fields. The text is empty if the fields are unknown.
    pub(crate) result_fields: &'static str,
    /// A command line with values that the sandbox accepts.
    pub(crate) example: &'static str,
}

/// The body of a request, without the site.
#[derive(Debug)]
#[allow(dead_code, reason = "the document determines which variants occur")]
pub(crate) enum Body {
    None,
    /// An object whose fields have options.
    Fields {
        object: &'static Object,
        /// Whether the object is the `data` field of the body.
        in_data: bool,
        /// Whether the object can be omitted.
        is_optional: bool,
    },
    Tagged(&'static Tagged),
    /// Any JSON value.
    Json {
        in_data: bool,
    },
    /// A file.
    File,
}

/// A JSON object with known fields.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) fields: &'static [Field],
}

/// A JSON object with a tag and an object whose fields depend on the tag.
#[derive(Debug)]
pub(crate) struct Tagged {
    /// The field that contains the tag.
    pub(crate) tag: &'static str,
    /// The field that contains the object.
    pub(crate) content: &'static str,
    pub(crate) variants: &'static [(KnownValue, &'static Object)],
}

/// An argument: a part of the path, a header, a query parameter or a field of an object.
#[derive(Debug)]
pub(crate) struct Field {
    /// The name of the option, without dashes.
    pub(crate) flag: &'static str,
    /// The name in the request.
    pub(crate) name: &'static str,
    pub(crate) is_required: bool,
    pub(crate) kind: Kind,
    pub(crate) help: &'static str,
}

/// A file to upload.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) flag: &'static str,
    pub(crate) name: &'static str,
    pub(crate) is_required: bool,
    pub(crate) is_repeated: bool,
    pub(crate) help: &'static str,
}

/// The type of a value.
#[derive(Clone, Copy, Debug)]
#[allow(dead_code, reason = "the document determines which variants occur")]
pub(crate) enum Kind {
    Text,
    Integer,
    Decimal,
    Boolean,
    Date,
    DateTime,
    Json,
    /// One of the known values. The API can accept other values in the future.
    Enum(&'static [KnownValue]),
    List(&'static Kind),
    /// A list of texts in a query parameter, joined with the separator.
    Joined(&'static str),
    Map(&'static Kind),
    Object(&'static Object),
}

/// A value of an open enum.
#[derive(Debug)]
pub(crate) struct KnownValue {
    pub(crate) value: &'static str,
    pub(crate) help: &'static str,
}

impl KnownValue {
    pub(crate) const fn without_help(value: &'static str) -> Self {
        Self { value, help: "" }
    }
}

/// Finds an operation by its `operationId`.
pub(crate) fn by_id(id: &str) -> Option<&'static Operation> {
    crate::generated::RESOURCES.iter().flat_map(|resource| resource.operations).find(|operation| operation.id == id)
}

/// Finds a resource by the name of its command.
pub(crate) fn resource(name: &str) -> Option<&'static Resource> {
    crate::generated::RESOURCES.iter().copied().find(|resource| resource.name == name)
}

/// The operations whose effect can't be undone. Their commands ask for confirmation.
const IRREVERSIBLE: [&str; 1] = ["anonymizePerson"];

impl Operation {
    /// The values of the fields that the table omits.
    pub(crate) const WITHOUT_ARGUMENTS: Self = Self {
        id: "",
        name: "",
        method: "",
        path: "",
        summary: "",
        description: "",
        is_idempotent: false,
        is_deprecated: false,
        path_arguments: &[],
        headers: &[],
        query: &[],
        body: Body::None,
        files: &[],
        page_items: None,
        result_fields: "",
        example: "",
    };

    /// The resource of the operation.
    pub(crate) fn resource(&self) -> Option<&'static Resource> {
        let has_it = |resource: &&Resource| resource.operations.iter().any(|operation| operation.id == self.id);
        crate::generated::RESOURCES.iter().copied().find(has_it)
    }

    pub(crate) fn is_irreversible(&self) -> bool {
        IRREVERSIBLE.contains(&self.id)
    }

    /// The names in `result_fields`.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.result_fields.split_whitespace()
    }
}

impl Resource {
    /// Finds an operation by the name of its subcommand.
    pub(crate) fn operation(&self, name: &str) -> Option<&'static Operation> {
        self.operations.iter().find(|operation| operation.name == name)
    }
}

impl Kind {
    /// The kind of a single value of an option. The option of a list or a map can be repeated.
    pub(crate) fn item(self) -> Kind {
        match self {
            Self::List(item) | Self::Map(item) => *item,
            Self::Joined(_) => Self::Text,
            kind => kind,
        }
    }

    pub(crate) fn is_repeated(self) -> bool {
        matches!(self, Self::List(_) | Self::Joined(_) | Self::Map(_))
    }
}

/// A webhook.
#[derive(Debug)]
pub(crate) struct Webhook {
    pub(crate) kind: &'static str,
    pub(crate) about: &'static str,
    /// A payload as JSON, with a value in every field.
    pub(crate) sample: &'static str,
    /// A reply as JSON, if the webhook expects one.
    pub(crate) answer: Option<&'static str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_irreversible_operation_exists() {
        assert!(IRREVERSIBLE.iter().all(|id| by_id(id).is_some()));
    }
}
