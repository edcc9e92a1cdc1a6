//! Renders a diagnostic: the message, an excerpt of the file, notes and help.
//!
//! `annotate-snippets`, which renders the messages of rustc and cargo, replaces most control characters, and `visible` replaces
//! the others, so that a document cannot control the terminal.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use codegen::source::span::Span;
use codegen::{Diagnostic, Severity};

/// Of a longer line, such as that of a JSON file without line breaks, only the position is printed.
const LONGEST_LINE: usize = 2_000;

/// The text for the terminal, or for a file.
pub(crate) fn render(diagnostic: &Diagnostic, colors: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = Group::with_title(level.primary_title(visible(&diagnostic.message)));
    group = match (&diagnostic.file, excerpt(diagnostic)) {
        (Some(file), Some(excerpt)) => group.element(excerpt.snippet(file)),
        (Some(file), None) => group.element(origin(file, diagnostic.span)),
        (None, _) => group,
    };
    if let Some(pointer) = &diagnostic.pointer {
        let place = if pointer.is_empty() { "the whole document" } else { pointer };
        group = group.element(Level::NOTE.with_name("at").message(visible(place)));
    }
    group = group.elements(diagnostic.notes.iter().map(|note| Level::NOTE.message(visible(note))));
    group = group.elements(diagnostic.help.iter().map(|help| Level::HELP.message(visible(help))));
    let renderer = if colors { Renderer::styled().hyperlink(false) } else { Renderer::plain() };
    format!("{}\n", renderer.render(&[group]))
}

/// Replaces the C1 control characters, which some terminals obey, by a character of the same length.
fn visible(text: &str) -> Cow<'_, str> {
    let controls = '\u{80}'..='\u{9f}';
    if !text.contains(|letter| controls.contains(&letter)) {
        return Cow::Borrowed(text);
    }
    text.chars().map(|letter| if controls.contains(&letter) { '¿' } else { letter }).collect()
}

fn origin(file: &str, span: Option<Span>) -> Origin<'_> {
    let origin = Origin::path(file);
    match span {
        Some(span) => origin.line(span.line).char_column(span.column),
        None => origin,
    }
}

/// The lines of a file from the first marked one to the last.
struct Excerpt<'e> {
    text: &'e str,
    first_line: usize,
    primary: Range<usize>,
    others: Vec<(Range<usize>, &'e str)>,
}

impl<'e> Excerpt<'e> {
    fn snippet(self, file: &'e str) -> Snippet<'e, annotate_snippets::Annotation<'e>> {
        let others = self.others.into_iter().map(|(range, label)| AnnotationKind::Context.span(range).label(label));
        Snippet::source(visible(self.text))
            .line_start(self.first_line)
            .path(file)
            .annotation(AnnotationKind::Primary.span(self.primary))
            .annotations(others)
    }
}

/// The lines to show, if the text and the position are known and the lines are not too long.
fn excerpt(diagnostic: &Diagnostic) -> Option<Excerpt<'_>> {
    let span = diagnostic.span?;
    let others: Vec<(Span, &str)> =
        diagnostic.related.iter().filter_map(|related| Some((related.span?, related.label.as_str()))).collect();
    let lines = || others.iter().map(|(span, _)| span.line).chain([span.line]);
    let (first, last) = (lines().min()?, lines().max()?);
    let starts: Vec<usize> =
        [0].into_iter().chain(diagnostic.text.as_str().match_indices('\n').map(|(at, _)| at + 1)).collect();
    let start = *starts.get(first.checked_sub(1)?)?;
    let end = starts.get(last).copied().unwrap_or(diagnostic.text.as_str().len());
    let range = |span: Span| {
        let start_of_line = *starts.get(span.line.checked_sub(1)?)?;
        let line = diagnostic.text.as_str().get(start_of_line..)?.lines().next().unwrap_or_default();
        let within = columns(line, span)?;
        Some(start_of_line - start + within.start..start_of_line - start + within.end)
    };
    Some(Excerpt {
        text: diagnostic.text.as_str().get(start..end)?,
        first_line: first,
        primary: range(span)?,
        others: others.into_iter().map(|(span, label)| Some((range(span)?, label))).collect::<Option<_>>()?,
    })
}

/// The byte range of a span in its line, unless the line is blank or too long.
fn columns(line: &str, span: Span) -> Option<Range<usize>> {
    if line.trim().is_empty() || line.len() > LONGEST_LINE {
        return None;
    }
    let at = |column: usize| line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
    let start = at(span.column.saturating_sub(1));
    let end = if span.length == 0 { line.trim_end().len() } else { at(span.column.saturating_sub(1) + span.length) };
    Some(start..end.max(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(text: &str, pointer: &str) -> String {
        let document = codegen::load("a.yaml", text.as_bytes()).unwrap();
        render(&document.locate(Diagnostic::warning("look").at(pointer).help("fix it")), false)
    }

    #[test]
    fn marks_the_place_in_its_line() {
        let expected = "\
warning: look
 --> a.yaml:2:3
  |
2 |   é: [ü]
  |   ^
  |
  = at: /a/é
  = help: fix it
";
        assert_eq!(rendered("a:\n  é: [ü]\n", "/a/é"), expected);
        assert_eq!(rendered("a:\r\n  é: [ü]\r\n", "/a/é"), expected);
    }

    #[test]
    fn does_not_print_a_very_long_line() {
        let text = format!("{{\"a\": \"{}\", \"b\": 1}}", "x".repeat(LONGEST_LINE));
        let printed = rendered(&text, "/b");
        assert!(printed.starts_with("warning: look\n--> a.yaml:1:2011\n"), "{printed}");
        assert!(printed.len() < 200, "{printed}");
    }

    #[test]
    fn replaces_control_characters() {
        let printed = rendered("a: 'x\u{85}\u{202e}y'\nb: 1\n", "/a");
        assert!(
            !printed.chars().any(|letter| letter.is_control() && letter != '\n' || letter == '\u{202e}'),
            "{printed:?}"
        );
        assert!(!render(&Diagnostic::error("\u{1b}[31m"), false).contains('\u{1b}'));
    }
}
