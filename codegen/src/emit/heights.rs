//! How long something will be when it is written, roughly and rather too long, so that files can be kept short.

use super::{Context, docs};
use crate::model::api::{Field, Operation, Record, Shape, Type};

/// The lines of a file that its contents may fill; the rest is for its head.
pub(super) const ROOM: usize = 225;

/// The lines of a type's declaration with what belongs to it.
pub(super) fn of_type(context: &Context<'_>, name: &str) -> usize {
    let Some(item) = context.types.get(name) else { return 0 };
    let usage = context.usage(name);
    let doc = item.doc.as_deref().map_or(1, |doc| docs::lines(doc).len());
    doc + match &item.shape {
        Shape::Enum(variants) => 8 + variants.len() * 2,
        Shape::Tagged(tagged) => 10 + tagged.variants.len() * 8,
        Shape::Record(record) if !usage.request => declaration(record),
        Shape::Record(record) if has_setters_apart(record) => declaration(record) + constructor(record),
        Shape::Record(record) => declaration(record) + constructor(record) + setters(record),
    }
}

/// Whether an input is so long that its setters are written in another file.
pub(super) fn has_setters_apart(record: &Record) -> bool {
    declaration(record) + constructor(record) + setters(record) > ROOM
}

fn declaration(record: &Record) -> usize {
    8 + record.fields.iter().map(|field| docs::lines(&docs::of_field(field)).len() + 2).sum::<usize>()
}

fn constructor(record: &Record) -> usize {
    8 + record.fields.len() + record.required.len()
}

fn setters(record: &Record) -> usize {
    let several = |field: &&Field| matches!(field.ty, Type::List(_) | Type::Map(_));
    (record.fields.len() - record.required.len()) * 5 + record.fields.iter().filter(several).count() * 3
}

/// The lines of a method with its documentation and the constant that it sends.
pub(super) fn of_operation(operation: &Operation) -> usize {
    let words = operation.description.as_deref().map_or(0, |text| docs::lines(text).len() + 1);
    let method = words + 31 + operation.path_arguments.len();
    if operation.paging.is_some() { method + 30 } else { method }
}

/// Puts things into as few files as their order allows.
pub(super) fn packed<T>(things: impl IntoIterator<Item = T>, height: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut files: Vec<Vec<T>> = Vec::new();
    let mut filled = 0;
    for thing in things {
        let height = height(&thing);
        match files.last_mut() {
            Some(file) if filled + height <= ROOM => file.push(thing),
            _ => {
                files.push(vec![thing]);
                filled = 0;
            }
        }
        filled += height;
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_filled_in_order() {
        let files = packed([100, 100, 100, 300, 10], |height| *height);
        assert_eq!(files, [vec![100, 100], vec![100], vec![300], vec![10]]);
    }
}
