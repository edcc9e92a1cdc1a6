//! Choices between records that a text tells apart.
//!
//! Rust has a type for such a choice where each branch names its kind in one property, the discriminator's, and has its fields in
//! one other, the same for all. Any other choice is untyped JSON.

use std::collections::{HashMap, HashSet};

use crate::Result;
use crate::place::Place;
use crate::schemas::{Kind, Record};

/// A choice for which there is a type.
#[derive(Clone, Debug)]
pub(crate) struct Choice<'a> {
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
    pub(crate) content: Place<'a>,
}

impl<'a> Choice<'a> {
    /// The choice that a schema with `oneOf` and `discriminator` describes; none if it is of another form. `read` says what a
    /// branch is.
    pub(crate) fn find(
        discriminator: &Place<'a>,
        branches: &[Place<'a>],
        mut read: impl FnMut(&Place<'a>) -> Result<Kind<'a>>,
    ) -> Result<Option<Self>> {
        let mut choice =
            Choice { tag: discriminator.need("propertyName")?.text()?, content: "", site: false, branches: Vec::new() };
        let mapping = mapping(discriminator, branches)?;
        let mut taken = HashSet::new();
        for (branch, mapped) in branches.iter().zip(mapping) {
            let place = branch.follow()?;
            // It may have more fields than anybody wants to read only to find out that they are too many.
            let mut parts = place.items_of("allOf")?.iter().map(Place::follow).collect::<Result<Vec<_>>>()?;
            parts.push(place.clone());
            let fields =
                |part: &Place<'_>| part.value.get("properties").and_then(|fields| Some(fields.as_object()?.len()));
            let wide = parts.iter().any(|part| fields(part) > Some(3));
            // What can't be read, such as a branch that is a part of itself, has no form at all.
            let Some(Ok(Kind::Record(record))) = (!wide).then(|| read(&place)) else { return Ok(None) };
            let Some(branch) = choice.branch(&record, branch, mapped)? else { return Ok(None) };
            if !branch.values.iter().all(|value| taken.insert(value.clone())) {
                return Ok(None);
            }
            choice.branches.push(branch);
        }
        Ok(Some(choice))
    }

    /// A branch, unless it is of another form than those before it.
    fn branch(&mut self, record: &Record<'a>, branch: &Place<'a>, mapped: Vec<&str>) -> Result<Option<Branch<'a>>> {
        let Some(tag) = record.property(self.tag) else { return Ok(None) };
        let mut rest = record.properties.iter().filter(|(key, _)| *key != self.tag && *key != "site_slug");
        let (Some((key, content)), None) = (rest.next(), rest.next()) else { return Ok(None) };
        let tag = tag.follow()?;
        let (known, extended) = (tag.items_of("enum")?, tag.items_of("x-extensible-enum")?);
        let known = known.iter().chain(&extended).filter_map(|item| item.value.as_str());
        let mut seen = HashSet::new();
        let mut values: Vec<String> =
            known.chain(mapped).filter(|value| seen.insert(*value)).map(str::to_owned).collect();
        if let (true, Some(target)) = (values.is_empty(), branch.text_of("$ref")?) {
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

/// The values that the discriminator's `mapping` has for each branch.
fn mapping<'a>(discriminator: &Place<'a>, branches: &[Place<'a>]) -> Result<Vec<Vec<&'a str>>> {
    let mut found = vec![Vec::new(); branches.len()];
    let mut targets = HashMap::new();
    for (index, branch) in branches.iter().enumerate() {
        if let Some(target) = branch.text_of("$ref")? {
            targets.insert(target, index);
        }
    }
    for (value, target) in discriminator.entries_of("mapping")? {
        // It is a reference, or the bare name of a schema.
        let wanted = target.text()?;
        let index = targets.get(wanted).or_else(|| targets.get(format!("#/components/schemas/{wanted}").as_str()));
        if let Some(values) = index.and_then(|index| found.get_mut(*index)) {
            values.push(value);
        }
    }
    Ok(found)
}
