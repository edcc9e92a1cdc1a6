//! Renders a diagnostic: the message, an excerpt of the file, notes and help.
//!
//! `annotate-snippets` replaces most control characters, and [`visible`] replaces the others, so that text from a document cannot
//! control the terminal.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use codegen::source::span::Span;
use codegen::{Diagnostic, Severity};

/// The maximum length of a line in an excerpt. For a longer line, as in minified JSON, only the position is shown.
const LONGEST_LINE: usize = 2_000;

/// Renders a diagnostic, with colors for a terminal or as plain text.
pub(crate) fn render(diagnostic: &Diagnostic, colors: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = Group::with_title(level.primary_title(visible(&diagnostic.message)));
    if let Some(file) = &diagnostic.file {
        group = match snippet(file, diagnostic) {
            Some(snippet) => group.element(snippet),
            None => group.element(origin(file, diagnostic.span)),
        };
    }
    if let Some(pointer) = &diagnostic.pointer {
        let place = if pointer.is_empty() { "the whole document" } else { pointer };
        group = group.element(Level::NOTE.with_name("at").message(visible(place)));
    }
    group = group.elements(diagnostic.notes.iter().map(|note| Level::NOTE.message(visible(note))));
    group = group.elements(diagnostic.help.iter().map(|help| Level::HELP.message(visible(help))));
    let renderer = if colors { Renderer::styled().hyperlink(false) } else { Renderer::plain() };
    format!("{}\n", renderer.render(&[group]))
}

/// Replaces each C1 control character with a character of the same length, because some terminals interpret control characters.
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

/// The excerpt of the file that contains the spans. Returns `None` if a span is outside the text, or is on a blank or very long
/// line.
fn snippet<'d>(file: &'d str, diagnostic: &'d Diagnostic) -> Option<Snippet<'d, Annotation<'d>>> {
    let primary = diagnostic.span?;
    let related = diagnostic.related.iter().filter_map(|related| Some((related.span?, related.label.as_str())));
    let related: Vec<_> = related.collect();
    // Only the lines with the spans are passed on, because a document can have a hundred thousand lines.
    let lines = || related.iter().map(|(span, _)| span.line).chain([primary.line]);
    let (first, last) = (lines().min()?, lines().max()?);
    let all = diagnostic.text.as_str().split_inclusive('\n').skip(first.checked_sub(1)?);
    let excerpt: String = all.take(last - first + 1).collect();
    let range = |span: Span| {
        let (before, line) = nth_line(&excerpt, span.line - first)?;
        columns(line, span).map(|columns| before + columns.start..before + columns.end)
    };
    let primary = AnnotationKind::Primary.span(range(primary)?);
    let related: Option<Vec<_>> =
        related.iter().map(|(span, label)| Some(AnnotationKind::Context.span(range(*span)?).label(*label))).collect();
    let related = related?;
    let excerpt = visible(&excerpt).into_owned();
    Some(Snippet::source(excerpt).line_start(first).path(file).annotation(primary).annotations(related))
}

/// The line with the given index, without its line break, and the number of bytes before it.
fn nth_line(text: &str, index: usize) -> Option<(usize, &str)> {
    let mut lines = text.split_inclusive('\n').scan(0, |end, line| {
        *end += line.len();
        Some((*end - line.len(), line.trim_end_matches(['\r', '\n'])))
    });
    lines.nth(index)
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
    fn underlines_the_span_in_its_line() {
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
