//! Creates doc comments from the descriptions in the document. Undocumented items get generic sentences.

use proc_macro2::TokenStream;
use quote::quote;

use super::Context;
use crate::model::api::{Field, Resource, Type, TypeItem};
use crate::model::names::spoken;

/// The maximum length of a line, in characters.
const WIDTH: usize = 96;

/// Returns the doc comment of an item.
pub(super) fn outer(text: &str) -> TokenStream {
    paragraphs([lines(text)])
}

/// Returns the inner doc comment of a module.
pub(super) fn inner(text: &str) -> TokenStream {
    let lines = lines(text).into_iter().map(padded);
    quote! { #(#![doc = #lines])* }
}

/// Returns the doc comment of an item, with an empty line between paragraphs.
pub(super) fn paragraphs(paragraphs: impl IntoIterator<Item = Vec<String>>) -> TokenStream {
    let paragraphs: Vec<_> = paragraphs.into_iter().filter(|paragraph| !paragraph.is_empty()).collect();
    let lines = paragraphs.join(&String::new()).into_iter().map(padded);
    quote! { #(#[doc = #lines])* }
}

pub(super) fn deprecated(is_deprecated: bool) -> Option<TokenStream> {
    is_deprecated.then(|| quote! { #[deprecated] })
}

pub(super) fn of_resource(resource: &Resource) -> String {
    resource.doc.as_deref().map_or_else(|| format!("The `{}` resource.", resource.module), sentence)
}

/// Returns the doc comment and the `#[deprecated]` attribute of a type.
pub(super) fn of_type(context: &Context<'_>, item: &TypeItem) -> TokenStream {
    let text = item.doc.clone().or_else(|| context.purpose(&item.name));
    let text = text.unwrap_or_else(|| format!("The {}.", spoken(&item.name)));
    let events = context.api.events.iter().filter(|event| event.payload == item.name);
    let kinds = events.map(|event| lines(&format!("The payload of `{}` webhooks.", event.kind)));
    let (doc, deprecated) = (paragraphs([lines(&text)].into_iter().chain(kinds)), deprecated(item.deprecated));
    quote! { #doc #deprecated }
}

/// Returns the doc comment and the `#[deprecated]` attribute of a field or its setter.
pub(super) fn of_field(field: &Field) -> TokenStream {
    let (doc, deprecated) = (outer(&text_of_field(field)), deprecated(field.deprecated));
    quote! { #doc #deprecated }
}

/// Returns the documentation of a field as text.
pub(super) fn text_of_field(field: &Field) -> String {
    field.doc.clone().unwrap_or_else(|| match field.ty {
        _ if field.flatten => "All other fields, by name.".to_owned(),
        Type::Boolean => format!("The flag `{}`.", field.wire),
        _ if field.wire.is_empty() => "The field with an empty name.".to_owned(),
        _ if !is_name(&field.wire) => format!("The field `{}`.", field.wire),
        _ => format!("The {}.", spoken(&field.wire)),
    })
}

/// Returns whether a key consists of words, so that it can be part of a sentence.
fn is_name(key: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    key.starts_with(|first: char| first.is_ascii_alphabetic()) && key.bytes().all(is_word)
}

/// Capitalizes the first letter of `text`. Adds a period if the text has no final punctuation.
pub(super) fn sentence(text: &str) -> String {
    let mut rest = text.trim().chars();
    let Some(first) = rest.next() else { return String::new() };
    let text: String = first.to_uppercase().chain(rest).collect();
    if text.ends_with(['.', '!', '?', ':']) { text } else { format!("{text}.") }
}

/// Wraps text into lines. Paragraphs and list items stay separate.
pub(super) fn lines(text: &str) -> Vec<String> {
    // Removes code fences, because rustdoc would compile and run a fenced block as Rust.
    let text = text.replace("```", "`");
    let mut lines: Vec<String> = Vec::new();
    for line in text.trim().lines().map(str::trim) {
        let is_item = ["- ", "* ", "|", "#"].iter().any(|mark| line.starts_with(mark));
        let mut current = match lines.last() {
            Some(last) if !last.is_empty() && !line.is_empty() && !is_item => lines.pop().unwrap_or_default(),
            _ => String::new(),
        };
        for word in line.split_whitespace() {
            if !current.is_empty() && current.chars().count() + 1 + word.chars().count() > WIDTH {
                lines.push(std::mem::take(&mut current));
            }
            if !current.is_empty() {
                current.push(' ');
            }
            current.push_str(word);
        }
        if !current.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(current);
        }
    }
    lines
}

/// Wraps a list item into lines.
pub(super) fn item(text: &str) -> Vec<String> {
    let lines = lines(text).into_iter().enumerate();
    lines.map(|(index, line)| format!("{} {line}", if index == 0 { "-" } else { " " })).collect()
}

/// Adds a space at the start of a line, as usual in doc comments. Replaces control characters, since a line break could end the
/// comment.
fn padded(line: String) -> String {
    let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.is_empty() { line } else { format!(" {line}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_paragraphs_and_list_items_apart() {
        let text = "  One\ntwo.\n\n\n- a\n- b\n  still b\n\n    indented ``` code\n";
        assert_eq!(lines(text), ["One two.", "", "- a", "- b still b", "", "indented ` code"]);
        assert_eq!(lines(""), Vec::<String>::new());
        assert!(lines(&"word ".repeat(100)).iter().all(|line| line.len() <= WIDTH));
    }

    #[test]
    fn sentence_capitalizes_and_adds_a_period() {
        for (text, expected) in [("find a person", "Find a person."), ("Done!", "Done!"), ("", "")] {
            assert_eq!(sentence(text), expected);
        }
    }
}
