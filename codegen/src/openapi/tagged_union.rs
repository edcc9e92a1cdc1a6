//! Choices between records that a text tells apart.
//!
//! Rust has a type for such a choice where each branch names its kind in one property, the discriminator's, and has its fields in
//! one other, the same for all. Any other choice is untyped JSON.

use std::collections::{HashMap, HashSet};

use crate::Result;
use crate::openapi::node::Node;
use crate::openapi::schema::{Kind, Record};

/// A choice for which there is a type.
#[derive(Clone, Debug)]
pub(crate) struct TaggedUnion<'a> {
    /// The property that tells the branches apart.
    pub(crate) tag: &'a str,
    /// The property that holds the fields.
    pub(crate) content: &'a str,
    /// Whether a branch names the site.
    pub(crate) site: bool,
    /// The branches, in the order of the document.
    pub(crate) branches: Vec<Branch<'a>>,
}

/// One of the things that can be chosen.
#[derive(Clone, Debug)]
pub(crate) struct Branch<'a> {
    /// The texts that stand for it, at least one.
    pub(crate) values: Vec<String>,
    /// What its fields are.
    pub(crate) content: Node<'a>,
}

impl<'a> TaggedUnion<'a> {
    /// The choice that a schema with `oneOf` and `discriminator` describes; none if it is of another form. `read` says what a
    /// branch is.
    pub(crate) fn find(
        discriminator: &Node<'a>,
        branches: &[Node<'a>],
        mut read: impl FnMut(&Node<'a>) -> Result<Kind<'a>>,
    ) -> Result<Option<Self>> {
        let mut choice = TaggedUnion {
            tag: discriminator.need("propertyName")?.text()?,
            content: "",
            site: false,
            branches: Vec::new(),
        };
        let Some(mapping) = mapping(discriminator, branches)? else { return Ok(None) };
        let elsewhere: HashSet<&str> = mapping.iter().flatten().copied().collect();
        let mut taken = HashSet::new();
        for (branch, mapped) in branches.iter().zip(mapping) {
            let place = branch.unframed()?;
            // It may have more fields than anybody wants to read only to find out that they are too many.
            let mut parts = place.items_of("allOf")?.iter().map(Node::follow).collect::<Result<Vec<_>>>()?;
            parts.push(place.clone());
            let fields =
                |part: &Node<'_>| part.value.get("properties").and_then(|fields| Some(fields.as_object()?.len()));
            let wide = parts.iter().any(|part| fields(part) > Some(3));
            // What can't be read, such as a branch that is a part of itself, has no form at all.
            let Some(Ok(Kind::Record(record))) = (!wide).then(|| read(&place)) else { return Ok(None) };
            let Some(branch) = choice.branch(&record, branch, mapped, &elsewhere)? else { return Ok(None) };
            if !branch.values.iter().all(|value| taken.insert(value.clone())) {
                return Ok(None);
            }
            choice.branches.push(branch);
        }
        Ok(Some(choice))
    }

    /// A branch, unless it is of another form than those before it. Some values are `mapped` to it, and some to any branch.
    fn branch(
        &mut self,
        record: &Record<'a>,
        branch: &Node<'a>,
        mapped: Vec<&str>,
        all_mapped: &HashSet<&str>,
    ) -> Result<Option<Branch<'a>>> {
        let Some(tag) = record.property(self.tag) else { return Ok(None) };
        let mut rest = record.properties.iter().filter(|(key, _)| *key != self.tag && *key != "site_slug");
        let (Some((key, content)), None) = (rest.next(), rest.next()) else { return Ok(None) };
        // A variant has its content always.
        let sure = record.required.contains(key) && !content.flag_of("nullable")?;
        if !sure || content.unframed()?.flag_of("nullable")? {
            return Ok(None);
        }
        let Some(known) = texts(&tag.unframed()?)? else { return Ok(None) };
        let mut seen = HashSet::new();
        // What the tag may be in all branches alike, the mapping tells apart.
        let own = known.into_iter().filter(|value| !all_mapped.contains(value));
        let mut values: Vec<String> =
            own.chain(mapped).filter(|value| seen.insert(*value)).map(str::to_owned).collect();
        if let (true, Some(target)) = (values.is_empty(), target(branch)?) {
            // Where nothing else is said, the name of the schema is the value.
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

/// The texts that a tag may be, as far as its schema names them; none if it is no text.
fn texts<'a>(tag: &Node<'a>) -> Result<Option<Vec<&'a str>>> {
    let parts = ["allOf", "oneOf", "anyOf"].iter().any(|key| tag.value.get(*key).is_some());
    if parts || !matches!(tag.text_of("type")?, None | Some("string")) {
        return Ok(None);
    }
    let (known, extended) = (tag.items_of("enum")?, tag.items_of("x-extensible-enum")?);
    // Null is no value of a tag.
    let values = known.iter().chain(&extended).filter(|item| !item.value.is_null());
    Ok(values.map(|item| item.value.as_str()).collect())
}

/// What a branch refers to, alone or with words beside the reference.
fn target<'a>(branch: &Node<'a>) -> Result<Option<&'a str>> {
    match branch.items_of("allOf")?.as_slice() {
        [only] => only.text_of("$ref"),
        _ => branch.text_of("$ref"),
    }
}

/// The values that the discriminator's `mapping` has for each branch; none if it has one for what is no branch.
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

/// The name in a reference to a schema, or the bare name. The vendor leaves the slash behind `#` out in places.
fn named(target: &str) -> &str {
    let path = target.strip_prefix("#/").or_else(|| target.strip_prefix('#')).unwrap_or(target);
    path.strip_prefix("components/schemas/").unwrap_or(path)
}
