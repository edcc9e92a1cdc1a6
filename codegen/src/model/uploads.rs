//! Reads forms that can contain files: which properties are files, and how the other properties are sent.

use std::collections::HashSet;

use crate::model::api::{Body, BodyFormat, Encoding, FieldStyle, FileArgument, FileCount};
use crate::model::bodies::{RequestBody, add_object};
use crate::model::name_types::{TypeNames, joined};
use crate::model::names;
use crate::model::schema::Object;
use crate::openapi::node::Node;
use crate::openapi::schema::SchemaKind;
use crate::{Diagnostic, Result};

/// Reads a body of the media type `multipart/form-data`.
pub(crate) fn multipart<'a>(types: &mut TypeNames<'a>, media: &Node<'a>, id: &str) -> Result<RequestBody> {
    let schema = types.resolved(&media.need("schema")?)?;
    let kind = types.kind(&schema)?;
    let SchemaKind::Object(record) = &*kind else {
        return Err(schema.error("the upload is not an object").help("describe its properties"));
    };
    types.report(&schema, &kind)?;
    let name = format!("{id}Body");
    let mut parts = Parts { styles: styles(types, media)?, ..Parts::new(media, name.clone()) };
    for (key, property) in record.properties.iter().filter(|(key, _)| *key != "site_slug") {
        let is_required = record.required.contains(key);
        // A string property named `file` is an upload, because many documents omit its `format: binary`.
        let schema = types.resolved(property)?;
        let is_plain = matches!(&*types.kind(&schema)?, SchemaKind::Text(None));
        if *key == "file" && is_plain {
            parts.file(property, (*key).to_owned(), if is_required { FileCount::One } else { FileCount::Optional })?;
        } else {
            parts.add(types, property, (*key).to_owned(), is_required)?;
        }
    }
    if let Some(others) = record.others.as_ref().filter(|others| others.value.is_object()) {
        let warning = others.warning("additional parts of an upload are not supported").part(&others.pointer);
        types.warn(warning.note("the parts are left out").help("list the parts under `properties`"));
    }
    // If `file` is the only property, it is required even if the document doesn't require it, because the upload would be empty
    // without it.
    if let ([only], true) = (parts.files.as_mut_slice(), record.properties.len() == 1)
        && only.wire == "file"
    {
        only.count = FileCount::One;
    }
    let body = if parts.object.properties.is_empty() {
        Body::None
    } else {
        Body::Whole(add_object(types, media, "x-rust-name", &name, parts.object))
    };
    let format = BodyFormat { encoding: Encoding::Multipart, content_type: None, styles: parts.styles };
    Ok(RequestBody { body, files: parts.files, format, site: record.property("site_slug").is_some() })
}

/// The parts of a multipart body.
struct Parts<'a> {
    media: &'a Node<'a>,
    type_name: String,
    object: Object,
    files: Vec<FileArgument>,
    styles: Vec<(String, FieldStyle)>,
    /// The schemas whose properties are being added.
    open: Vec<String>,
}

impl<'m> Parts<'m> {
    fn new(media: &'m Node<'m>, type_name: String) -> Self {
        Self { media, type_name, object: Object::default(), files: Vec::new(), styles: Vec::new(), open: Vec::new() }
    }

    /// Adds a property. The properties of an object that contains files become separate parts, with names such as `cover[image]`.
    fn add<'a>(&mut self, types: &mut TypeNames<'a>, node: &Node<'a>, wire: String, is_required: bool) -> Result<()> {
        let schema = types.resolved(node)?;
        let kind = types.kind(&schema)?;
        match &*kind {
            _ if is_file(&kind) => {
                return self.file(node, wire, if is_required { FileCount::One } else { FileCount::Optional });
            }
            SchemaKind::List(items) => {
                let repeated = self.styles.iter().any(|(name, style)| *name == wire && *style == FieldStyle::Repeated);
                let wire = if wire.ends_with("[]") || repeated { wire.clone() } else { format!("{wire}[]") };
                match file_of_item(types, items)? {
                    Some("") => return self.file(node, wire, FileCount::Many),
                    Some(key) => return self.file(node, format!("{wire}[{key}]"), FileCount::Many),
                    None if contains_file(types, items, &mut HashSet::new())? => {
                        return unsupported(types, node, is_required);
                    }
                    None => {}
                }
            }
            SchemaKind::Object(record)
                if !self.open.contains(&schema.pointer) && contains_file(types, &schema, &mut HashSet::new())? =>
            {
                types.report(&schema, &kind)?;
                self.open.push(schema.pointer.clone());
                for (key, property) in &record.properties {
                    let is_required = is_required && record.required.contains(key);
                    self.add(types, property, format!("{wire}[{key}]"), is_required)?;
                }
                self.open.pop();
                return Ok(());
            }
            _ => {}
        }
        if !self.has_style(&wire) && is_structured(types, &schema)? {
            self.styles.push((wire.clone(), FieldStyle::Json));
        }
        let property = types.property(node, &joined(&self.type_name, &wire))?;
        if is_required {
            self.object.required.push(wire.clone());
        }
        self.object.properties.push((wire, property));
        Ok(())
    }

    /// Returns whether the document sets the style of a part. Without a style, an object is sent as JSON, as OpenAPI requires.
    fn has_style(&self, wire: &str) -> bool {
        let encoding = self.media.get("encoding").and_then(|encoding| encoding.get(wire));
        encoding.is_some_and(|encoding| encoding.get("style").is_some() || encoding.get("contentType").is_some())
    }

    fn file(&mut self, node: &Node<'_>, wire: String, count: FileCount) -> Result<()> {
        let doc = node.follow()?.text_of("description")?.map(str::to_owned);
        self.files.push(FileArgument { name: names::snake(&wire), wire, count, doc });
        Ok(())
    }
}

/// Returns the key under which each item of a list contains a file: an empty string if the items are files themselves, or the only
/// key of the items. Returns `None` if the items have any other structure.
fn file_of_item<'a>(types: &mut TypeNames<'a>, items: &Node<'a>) -> Result<Option<&'a str>> {
    let items = types.resolved(items)?;
    let kind = types.kind(&items)?;
    match &*kind {
        _ if is_file(&kind) => Ok(Some("")),
        SchemaKind::Object(record) => match record.properties.as_slice() {
            [(key, only)] => {
                let only = types.resolved(only)?;
                Ok(is_file(&*types.kind(&only)?).then_some(*key))
            }
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}

/// Leaves out a list whose items contain files among other properties.
fn unsupported<'a>(types: &mut TypeNames<'a>, node: &Node<'a>, is_required: bool) -> Result<()> {
    let message = "the items of this list contain both files and other properties";
    let help = "upload the files with another operation, or leave out the list with an overlay action";
    if is_required {
        return Err(node.error(message).help(help));
    }
    types.warn(node.warning(message).part(&node.pointer).note("the list is left out").help(help));
    Ok(())
}

fn is_file(kind: &SchemaKind<'_>) -> bool {
    matches!(kind, SchemaKind::Text(Some("binary")))
}

/// Returns whether a value is an object or a list of objects.
fn is_structured<'a>(types: &mut TypeNames<'a>, schema: &Node<'a>) -> Result<bool> {
    let kind = types.kind(schema)?;
    Ok(match &*kind {
        SchemaKind::Object(_) | SchemaKind::Map(_) | SchemaKind::TaggedUnion(_) => true,
        SchemaKind::Union(union) => union.has_objects(),
        SchemaKind::List(items) => {
            let items = types.resolved(items)?;
            let kind = types.kind(&items)?;
            matches!(&*kind, SchemaKind::List(_)) || is_structured(types, &items)?
        }
        _ => false,
    })
}

/// Returns whether a value contains a file. `seen` contains the schemas that were already searched, because a schema can contain
/// itself.
fn contains_file<'a>(types: &mut TypeNames<'a>, node: &Node<'a>, seen: &mut HashSet<String>) -> Result<bool> {
    let schema = types.resolved(node)?;
    let kind = types.kind(&schema)?;
    match &*kind {
        _ if is_file(&kind) => Ok(true),
        _ if !seen.insert(schema.pointer.clone()) => Ok(false),
        SchemaKind::List(items) => contains_file(types, items, seen),
        SchemaKind::Object(record) => {
            for (_, property) in &record.properties {
                if contains_file(types, property, seen)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Ok(false),
    }
}

/// Reads the styles of form fields from `encoding`. Fields without a style are nested with bracketed keys, as in Rails.
pub(crate) fn styles<'a>(types: &mut TypeNames<'a>, media: &Node<'a>) -> Result<Vec<(String, FieldStyle)>> {
    let mut styles = Vec::new();
    for (name, encoding) in media.entries_of("encoding")? {
        let content_type = encoding.text_of("contentType")?.unwrap_or_default();
        let explode = encoding.get("explode").and_then(|explode| explode.value.as_bool());
        let style = match encoding.text_of("style")? {
            Some("form") if explode == Some(false) => FieldStyle::Joined(","),
            Some("form") => FieldStyle::Repeated,
            Some("spaceDelimited") if explode != Some(true) => FieldStyle::Joined(" "),
            Some("pipeDelimited") if explode != Some(true) => FieldStyle::Joined("|"),
            None if crate::openapi::media_type::is_json(content_type) => FieldStyle::Json,
            None | Some("deepObject") => continue,
            Some(other) => {
                types.warn(unknown_style(&encoding, name, other));
                continue;
            }
        };
        styles.push((name.to_owned(), style));
    }
    Ok(styles)
}

fn unknown_style(encoding: &Node<'_>, name: &str, style: &str) -> Diagnostic {
    let warning = encoding.warning(format!("the style `{style}` of the field `{name}` is not supported"));
    warning.note(format!("the field is sent as `{name}[…]`")).help("use `form` or `deepObject`")
}
