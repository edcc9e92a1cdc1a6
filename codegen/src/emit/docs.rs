//! Documentation: the document's words, or by a rule where it is silent.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::api::{Field, Role, Type, TypeItem};
use crate::model::names::spoken;

/// How long a line of documentation may be.
const WIDTH: usize = 96;

/// Documentation of the item that follows.
pub(super) fn outer(text: &str) -> TokenStream {
    let lines = lines(text).into_iter().map(padded);
    quote! { #(#[doc = #lines])* }
}

/// Documentation of the module around it.
pub(super) fn inner(text: &str) -> TokenStream {
    let lines = lines(text).into_iter().map(padded);
    quote! { #(#![doc = #lines])* }
}

/// Lines that are written as they are.
pub(super) fn verbatim(lines: &[String]) -> TokenStream {
    let lines = lines.iter().cloned().map(padded);
    quote! { #(#[doc = #lines])* }
}

/// The documentation of a type.
pub(super) fn of_type(item: &TypeItem, role: Role, operation: Option<&str>) -> String {
    match (&item.doc, role, operation) {
        (Some(doc), ..) => doc.clone(),
        (None, Role::Result, Some(id)) => format!("What `{id}` answers."),
        (None, Role::Input, Some(id)) => format!("What `{id}` is told."),
        _ => {
            let name = spoken(&item.name);
            let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "An" } else { "A" };
            format!("{article} {name}.")
        }
    }
}

/// The documentation of a field.
pub(super) fn of_field(field: &Field) -> String {
    let rule = || match field.ty {
        _ if field.flatten => "The fields that these bindings don't know yet.".to_owned(),
        Type::Boolean => format!("The flag `{}`.", field.wire),
        _ => format!("The {}.", spoken(&field.wire)),
    };
    field.doc.clone().unwrap_or_else(rule)
}

/// A sentence: capitalized, and with a full stop.
pub(super) fn sentence(text: &str) -> String {
    let text = capitalized(text.trim());
    if text.ends_with(['.', '!', '?', ':']) || text.is_empty() { text } else { format!("{text}.") }
}

/// The same with a capital at the beginning.
pub(super) fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// The text in lines that are not too long. Paragraphs and the items of lists stay apart.
pub(super) fn lines(text: &str) -> Vec<String> {
    // Three of them would begin a program, and rustdoc would try to run it.
    let text = text.replace("```", "`");
    let mut lines: Vec<String> = Vec::new();
    for line in text.trim().lines().map(str::trim) {
        let item = ["- ", "* ", "|", "#"].iter().any(|mark| line.starts_with(mark));
        let goes_on = lines.last().is_some_and(|last| !last.is_empty()) && !item && !line.is_empty();
        let mut current = if goes_on { lines.pop().unwrap_or_default() } else { String::new() };
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

/// The same of an item of a list.
pub(super) fn item(text: &str) -> Vec<String> {
    let lines = lines(text).into_iter().enumerate();
    lines.map(|(index, line)| format!("{} {line}", if index == 0 { "-" } else { " " })).collect()
}

/// The line behind the space that comments have, without what would end it.
fn padded(line: String) -> String {
    let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.is_empty() { line } else { format!(" {line}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_and_lists_stay_apart() {
        let text = "  One\ntwo.\n\n\n- a\n- b\n  still b\n\n    indented ``` code\n";
        assert_eq!(lines(text), ["One two.", "", "- a", "- b still b", "", "indented ` code"]);
        assert_eq!(lines(""), Vec::<String>::new());
        assert!(lines(&"word ".repeat(100)).iter().all(|line| line.len() <= WIDTH));
    }

    #[test]
    fn sentences() {
        for (text, expected) in [("find a person", "Find a person."), ("Done!", "Done!"), ("", "")] {
            assert_eq!(sentence(text), expected);
        }
    }
}
