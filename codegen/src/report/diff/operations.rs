//! Operations: the signatures of methods, and what they send.

use super::change::{Action, Change, Class, Item};
use super::pairing::Located;
use super::{News, Side};
use crate::model::api::{Body, Envelope, Operation, PathArgument, SiteSlug};

pub(super) fn compare(news: &mut News<'_>) {
    let (old, new, pairs) = (news.old, news.new, news.pairs);
    for (resource, operation) in &pairs.operations.old {
        let name = name(&resource.module, &operation.method);
        let place = old.places.operation(operation);
        news.add(Change::new(Class::Compile, Item::Operation, Action::Removed, name, place).note(request(operation)));
    }
    for (resource, operation) in &pairs.operations.new {
        let name = name(&resource.module, &operation.method);
        let place = new.places.operation(operation);
        news.add(Change::new(Class::Additive, Item::Operation, Action::Added, name, place).note(request(operation)));
    }
    for (before, after, guess) in &pairs.operations.both {
        renamed(news, *before, *after, *guess);
        let name = name(&before.0.module, &before.1.method);
        path_arguments(news, &name, before.1, after.1);
        signature(news, &name, before.1, after.1);
        sent(news, &name, before.1, after.1);
        paging(news, &before.0.module, &name, before.1, after.1);
        words(news, &name, before.1, after.1);
    }
}

fn name(module: &str, method: &str) -> String {
    format!("{module}().{method}")
}

fn request(operation: &Operation) -> String {
    format!("{} {}", operation.http, operation.path)
}

fn renamed(news: &mut News<'_>, before: Located<'_>, after: Located<'_>, guess: bool) {
    let moved = news.pairs.module(&before.0.module) != after.0.module;
    if !moved && before.1.method == after.1.method {
        return;
    }
    let (from, to) = (name(&before.0.module, &before.1.method), name(&after.0.module, &after.1.method));
    let place = news.new.places.operation(after.1);
    let mut change =
        Change::new(Class::Compile, Item::Operation, Action::Renamed, &from, place).from(&from).to(to).guessed(guess);
    if moved {
        change = change.note("it belongs to another resource");
    }
    news.add(change);
}

/// Arguments in the path are given in its order, so their number and types count and their names don't.
fn path_arguments(news: &mut News<'_>, name: &str, before: &Operation, after: &Operation) {
    let new = news.new;
    let change = |class, action, index, argument: &PathArgument| {
        let place = new.places.path_argument(after, index);
        Change::new(class, Item::Argument, action, format!("{name}({})", argument.name), place)
    };
    let (one, other) = (&before.path_arguments, &after.path_arguments);
    let kind = |argument: &PathArgument| if argument.number { "i64" } else { "impl AsRef<str>" };
    let names = |arguments: &[PathArgument]| -> Vec<String> {
        let mut names: Vec<_> = arguments.iter().map(|argument| argument.name.clone()).collect();
        names.sort();
        names
    };
    let swapped = one != other && names(one) == names(other) && one.iter().map(kind).eq(other.iter().map(kind));
    if let (true, Some(first)) = (swapped, other.first()) {
        news.add(change(Class::Run, Action::Changed, 0, first).note("the arguments of the path are in another order"));
        return;
    }
    for (index, argument) in other.iter().enumerate() {
        match one.get(index) {
            None => {
                news.add(change(Class::Compile, Action::Added, index, argument).to(kind(argument)));
            }
            Some(known) if known.number != argument.number => {
                // Whoever gave a number has to give a text, and the other way round.
                let retyped = change(Class::Compile, Action::Retyped, index, argument);
                news.add(retyped.from(kind(known)).to(kind(argument)));
            }
            Some(known) if known.name != argument.name => {
                let renamed = change(Class::Documentation, Action::Renamed, index, known);
                news.add(renamed.from(&known.name).to(&argument.name).note("given by its position"));
            }
            Some(_) => {}
        }
    }
    for argument in one.iter().skip(other.len()) {
        let place = news.old.places.operation(before);
        let name = format!("{name}({})", argument.name);
        news.add(Change::new(Class::Compile, Item::Argument, Action::Removed, name, place).from(kind(argument)));
    }
}

/// What a method takes beside the path, and what it yields.
fn signature(news: &mut News<'_>, name: &str, before: &Operation, after: &Operation) {
    let pairs = news.pairs;
    let now = |ty: Option<&str>| ty.map(|ty| pairs.name(ty).to_owned());
    let body = |operation: &Operation| match &operation.body {
        Body::Multipart => Some("Upload".to_owned()),
        body => body.type_name().map(str::to_owned),
    };
    let argument = |what, from: Option<String>, to: Option<String>, now: Option<String>| {
        let of = format!("{name}({what})");
        let change = |class, action, place| Change::new(class, Item::Argument, action, &of, place);
        match (from, to) {
            (None, Some(to)) => {
                let added = change(Class::Compile, Action::Added, news.new.places.operation(after));
                Some(added.to(format!("&{to}")).note("the method took none before"))
            }
            (Some(from), None) => {
                let removed = change(Class::Compile, Action::Removed, news.old.places.operation(before));
                Some(removed.from(format!("&{from}")))
            }
            (Some(from), Some(to)) if now.as_ref() != Some(&to) => {
                let retyped = change(Class::Compile, Action::Retyped, news.new.places.operation(after));
                Some(retyped.from(format!("&{from}")).to(format!("&{to}")))
            }
            _ => None,
        }
    };
    let query = argument("query", before.query.clone(), after.query.clone(), now(before.query.as_deref()));
    let what = if before.body == Body::Multipart || after.body == Body::Multipart { "file" } else { "data" };
    let sent_before = body(before);
    let data = argument(what, sent_before.clone(), body(after), now(sent_before.as_deref()));
    let (from, to) = (&before.output.name, &after.output.name);
    let result = (pairs.name(from) != to).then(|| {
        let place = news.new.places.operation(after);
        let change = Change::new(Class::Compile, Item::Operation, Action::Retyped, name, place);
        change.from(format!("Call<{from}>")).to(format!("Call<{to}>"))
    });
    news.changes.extend([query, data, result].into_iter().flatten());
}

/// What is sent or understood differently under the same signature.
fn sent(news: &mut News<'_>, name: &str, before: &Operation, after: &Operation) {
    let place = news.new.places.operation(after);
    let change = |class| Change::new(class, Item::Operation, Action::Changed, name, place.clone());
    if before.http != after.http {
        news.add(change(Class::Run).from(&before.http).to(&after.http).note("the HTTP method"));
    }
    if template(&before.path) != template(&after.path) {
        news.add(change(Class::Run).from(&before.path).to(&after.path).note("the path"));
    }
    for Row { what, says, harmless } in ROWS {
        let (one, other) = (says(before), says(after));
        if one != other {
            let class = if harmless(before, after) { Class::Additive } else { Class::Run };
            news.add(change(class).note(format!("{what} {other}; before, {one}")));
        }
    }
    match (&before.body, &after.body) {
        (Body::Data { optional: false, .. }, Body::Data { optional: true, .. }) => {
            news.add(change(Class::Additive).note("`data` is left out where it is empty"));
        }
        (Body::Data { optional: true, .. }, Body::Data { optional: false, .. }) => {
            news.add(change(Class::Run).note("`data` is sent even if it is empty"));
        }
        _ => {}
    }
}

/// A path without the names of its placeholders, which no server sees.
pub(super) fn template(path: &str) -> String {
    path.split(['{', '}']).step_by(2).collect::<Vec<_>>().join("{}")
}

/// Something that is said of a request or an answer, and no signature shows.
struct Row {
    what: &'static str,
    says: fn(&Operation) -> &'static str,
    /// Whether programs can rely on all that they relied on before.
    harmless: fn(&Operation, &Operation) -> bool,
}

const ROWS: [Row; 3] = [
    Row {
        what: "the site is named",
        says: |operation| match operation.site_slug {
            SiteSlug::Query => "in the query",
            SiteSlug::Body => "in the body",
            SiteSlug::None => "nowhere",
        },
        harmless: |_, _| false,
    },
    Row {
        what: "the result stands",
        says: |operation| match operation.output.envelope {
            Envelope::Always => "under `result`",
            Envelope::OrDefault => "under `result`, if there is one",
            Envelope::Bare => "by itself",
        },
        // What was an error is an empty result.
        harmless: |before, after| {
            (before.output.envelope, after.output.envelope) == (Envelope::Always, Envelope::OrDefault)
        },
    },
    Row {
        what: "the request is sent again",
        says: |operation| if operation.retry_safe { "whatever happened" } else { "only if it was refused" },
        harmless: |_, after| after.retry_safe,
    },
];

/// The method that reads all pages.
fn paging(news: &mut News<'_>, module: &str, name: &str, before: &Operation, after: &Operation) {
    let place = |side: &Side, operation| side.places.operation(operation);
    let method = |paging: &crate::model::api::Paging| self::name(module, &paging.method);
    match (&before.paging, &after.paging) {
        (None, Some(paging)) => {
            let place = place(news.new, after);
            let added = Change::new(Class::Additive, Item::Operation, Action::Added, method(paging), place);
            news.add(added.note(format!("all pages of `{name}`")));
        }
        (Some(paging), None) => {
            let place = place(news.new, after);
            let removed = Change::new(Class::Compile, Item::Operation, Action::Removed, method(paging), place);
            news.add(removed.note(format!("all pages of `{name}`")));
        }
        (Some(one), Some(other)) if one.method != other.method && before.method == after.method => {
            let change =
                Change::new(Class::Compile, Item::Operation, Action::Renamed, method(one), place(news.new, after));
            news.add(change.from(method(one)).to(method(other)));
        }
        _ => {}
    }
}

/// What is said about an operation.
fn words(news: &mut News<'_>, name: &str, before: &Operation, after: &Operation) {
    let place = news.new.places.operation(after);
    let change = |class, action| Change::new(class, Item::Operation, action, name, place.clone());
    if let Some((class, action, note)) = super::members::deprecation(before.deprecated, after.deprecated) {
        news.add(change(class, action).note(note));
    }
    if (&before.summary, &before.description) != (&after.summary, &after.description) {
        news.add(change(Class::Documentation, Action::Changed).note("what is said about it"));
    }
}
