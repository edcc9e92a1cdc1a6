//! Reads unions with a discriminator in which one property contains the tag and another one the value.
//!
//! Every branch has the discriminator property and one other required property with the same name in all branches. The union
//! becomes an adjacently tagged enum. `union` reads all other unions.

use std::collections::{HashMap, HashSet};

use crate::Result;
use crate::openapi::node::Node;
use crate::openapi::schema::{ObjectSchema, SchemaKind};

/// A union that becomes an enum.
#[derive(Clone, Debug)]
pub(crate) struct TaggedUnion<'a> {
    /// The property that distinguishes the branches.
    pub(crate) tag: &'a str,
    /// The property that contains the value of a branch.
    pub(crate) content: &'a str,
    /// Whether any branch has a `site_slug` property.
    pub(crate) site: bool,
    /// The branches, in document order.
    pub(crate) branches: Vec<Branch<'a>>,
}

/// A branch of a union.
#[derive(Clone, Debug)]
pub(crate) struct Branch<'a> {
    /// The tag values of the branch. There is at least one.
    pub(crate) values: Vec<String>,
    /// The schema of the content property.
    pub(crate) content: Node<'a>,
}

impl<'a> TaggedUnion<'a> {
    /// Reads a schema with `oneOf` and `discriminator`. Returns `None` if the union cannot become a tagged enum. `read` determines
    /// the kind of a branch.
    pub(crate) fn find(
        discriminator: &Node<'a>,
        branches: &[Node<'a>],
        mut read: impl FnMut(&Node<'a>) -> Result<SchemaKind<'a>>,
    ) -> Result<Option<Self>> {
        let mut union = TaggedUnion {
            tag: discriminator.need("propertyName")?.text()?,
            content: "",
            site: false,
            branches: Vec::new(),
        };
        let Some(mapping) = mapping(discriminator, branches)? else { return Ok(None) };
        let elsewhere: HashSet<&str> = mapping.iter().flatten().copied().collect();
        let mut taken = HashSet::new();
        for (branch, mapped) in branches.iter().zip(mapping) {
            let node = branch.unframed()?;
            // A variant has at most three properties: the tag, the content and `site_slug`. A branch with more properties is not
            // read at all.
            let mut parts = node.items_of("allOf")?.iter().map(Node::follow).collect::<Result<Vec<_>>>()?;
            parts.push(node.clone());
            let fields =
                |part: &Node<'_>| part.value.get("properties").and_then(|fields| Some(fields.as_object()?.len()));
            let wide = parts.iter().any(|part| fields(part) > Some(3));
            // A branch that can't be read, for example because it contains itself, can't become a variant.
            let Some(Ok(SchemaKind::Object(record))) = (!wide).then(|| read(&node)) else { return Ok(None) };
            let Some(branch) = union.branch(&record, branch, mapped, &elsewhere)? else { return Ok(None) };
            if !branch.values.iter().all(|value| taken.insert(value.clone())) {
                return Ok(None);
            }
            union.branches.push(branch);
        }
        Ok(Some(union))
    }

    /// Reads a branch. Returns `None` if the branch cannot become a variant. `mapped` contains the tag values assigned to this
    /// branch by the mapping, and `all_mapped` contains those assigned to any branch.
    fn branch(
        &mut self,
        record: &ObjectSchema<'a>,
        branch: &Node<'a>,
        mapped: Vec<&str>,
        all_mapped: &HashSet<&str>,
    ) -> Result<Option<Branch<'a>>> {
        let Some(tag) = record.property(self.tag) else { return Ok(None) };
        let mut rest = record.properties.iter().filter(|(key, _)| *key != self.tag && *key != "site_slug");
        let (Some((key, content)), None) = (rest.next(), rest.next()) else { return Ok(None) };
        // A variant always has content, so the content property must be required and not nullable.
        let sure = record.required.contains(key) && !content.flag_of("nullable")?;
        if !sure || content.unframed()?.flag_of("nullable")? {
            return Ok(None);
        }
        let Some(known) = texts(&tag.unframed()?)? else { return Ok(None) };
        let mut seen = HashSet::new();
        // Several branches can list the same tag value. If `mapping` contains the value, only the branch named there keeps it.
        let own = known.into_iter().filter(|value| !all_mapped.contains(value));
        let mut values: Vec<String> =
            own.chain(mapped).filter(|value| seen.insert(*value)).map(str::to_owned).collect();
        if let (true, Some(target)) = (values.is_empty(), target(branch)?) {
            // The default tag value is the name of the schema.
            values.extend(target.rsplit('/').next().map(str::to_owned));
        }
        if values.is_empty() || !(self.branches.is_empty() || self.content == *key) {
            return Ok(None);
        }
        self.content = key;
        self.site |= record.property("site_slug").is_some();
        Ok(Some(Branch { values, content: content.clone() }))
    }
}

/// Returns the known values of a tag, or `None` if the tag is not a string.
pub(crate) fn texts<'a>(tag: &Node<'a>) -> Result<Option<Vec<&'a str>>> {
    let parts = ["allOf", "oneOf", "anyOf"].iter().any(|key| tag.value.get(*key).is_some());
    if parts || !matches!(tag.text_of("type")?, None | Some("string")) {
        return Ok(None);
    }
    let (known, extended) = (tag.items_of("enum")?, tag.items_of("x-extensible-enum")?);
    // Null is never a tag value.
    let values = known.iter().chain(&extended).filter(|item| !item.value.is_null());
    Ok(values.map(|item| item.value.as_str()).collect())
}

/// Returns the target of a branch if the branch is a reference, with or without annotations next to it.
pub(crate) fn target<'a>(branch: &Node<'a>) -> Result<Option<&'a str>> {
    match branch.items_of("allOf")?.as_slice() {
        [only] => only.text_of("$ref"),
        _ => branch.text_of("$ref"),
    }
}

/// Returns the tag values assigned to each branch by `mapping`, or `None` if `mapping` refers to a schema that is not a branch.
fn mapping<'a>(discriminator: &Node<'a>, branches: &[Node<'a>]) -> Result<Option<Vec<Vec<&'a str>>>> {
    let mut found = vec![Vec::new(); branches.len()];
    let mut targets = HashMap::new();
    for (index, branch) in branches.iter().enumerate() {
        if let Some(target) = target(branch)? {
            targets.insert(named(target), index);
        }
    }
    for (value, target) in discriminator.entries_of("mapping")? {
        let index = targets.get(named(target.text()?));
        let Some(values) = index.and_then(|index| found.get_mut(*index)) else { return Ok(None) };
        values.push(value);
    }
    Ok(Some(found))
}

/// Returns the schema name from the target of a mapping, which is a reference or a name. In published documents, the slash after
/// `#` is sometimes missing.
pub(crate) fn named(target: &str) -> &str {
    let path = target.strip_prefix("#/").or_else(|| target.strip_prefix('#')).unwrap_or(target);
    path.strip_prefix("components/schemas/").unwrap_or(path)
}
