//! Compares operations: the signatures of methods, and their requests and responses.

use super::change::{Action, Change, Class, ItemKind};
use super::pairing::Located;
use super::{DiffContext, Revision};
use crate::model::api::{Body, Envelope, Operation, PathArgument, SiteSlug};

pub(super) fn compare(context: &mut DiffContext<'_>) {
    let (old, new, pairs) = (context.old, context.new, context.pairs);
    for (resource, operation) in &pairs.operations.old {
        let name = name(&resource.module, &operation.method);
        let location = old.locations.operation(operation);
        context.add(
            Change::new(Class::Compile, ItemKind::Operation, Action::Removed, name, location).note(request(operation)),
        );
    }
    for (resource, operation) in &pairs.operations.new {
        let name = name(&resource.module, &operation.method);
        let location = new.locations.operation(operation);
        context.add(
            Change::new(Class::Additive, ItemKind::Operation, Action::Added, name, location).note(request(operation)),
        );
    }
    for (before, after, guess) in &pairs.operations.both {
        renamed(context, *before, *after, *guess);
        let name = name(&before.0.module, &before.1.method);
        path_arguments(context, &name, before.1, after.1);
        signature(context, &name, before.1, after.1);
        sent(context, &name, before.1, after.1);
        paging(context, &before.0.module, &name, before.1, after.1);
        documentation(context, &name, before.1, after.1);
    }
}

fn name(module: &str, method: &str) -> String {
    format!("{module}().{method}")
}

fn request(operation: &Operation) -> String {
    format!("{} {}", operation.http, operation.path)
}

fn renamed(context: &mut DiffContext<'_>, before: Located<'_>, after: Located<'_>, guess: bool) {
    let moved = context.pairs.module(&before.0.module) != after.0.module;
    if !moved && before.1.method == after.1.method {
        return;
    }
    let (from, to) = (name(&before.0.module, &before.1.method), name(&after.0.module, &after.1.method));
    let location = context.new.locations.operation(after.1);
    let mut change = Change::new(Class::Compile, ItemKind::Operation, Action::Renamed, &from, location)
        .from(&from)
        .to(to)
        .guessed(guess);
    if moved {
        change = change.note("moved to another resource");
    }
    context.add(change);
}

/// Compares path arguments. They are positional, so their number, types and order matter, but their names do not.
fn path_arguments(context: &mut DiffContext<'_>, name: &str, before: &Operation, after: &Operation) {
    let new = context.new;
    let change = |class, action, index, argument: &PathArgument| {
        let location = new.locations.path_argument(after, index);
        Change::new(class, ItemKind::Argument, action, format!("{name}({})", argument.name), location)
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
        context.add(change(Class::Run, Action::Changed, 0, first).note("order of the path arguments changed"));
        return;
    }
    for (index, argument) in other.iter().enumerate() {
        match one.get(index) {
            None => {
                context.add(change(Class::Compile, Action::Added, index, argument).to(kind(argument)));
            }
            Some(known) if known.number != argument.number => {
                let retyped = change(Class::Compile, Action::Retyped, index, argument);
                context.add(retyped.from(kind(known)).to(kind(argument)));
            }
            Some(known) if known.name != argument.name => {
                let renamed = change(Class::Documentation, Action::Renamed, index, known);
                context.add(renamed.from(&known.name).to(&argument.name).note("positional"));
            }
            Some(_) => {}
        }
    }
    for argument in one.iter().skip(other.len()) {
        let location = context.old.locations.operation(before);
        let name = format!("{name}({})", argument.name);
        context
            .add(Change::new(Class::Compile, ItemKind::Argument, Action::Removed, name, location).from(kind(argument)));
    }
}

/// Compares the types of the query, the body and the result.
fn signature(context: &mut DiffContext<'_>, name: &str, before: &Operation, after: &Operation) {
    let pairs = context.pairs;
    let now = |ty: Option<&str>| ty.map(|ty| pairs.name(ty).to_owned());
    let body = |operation: &Operation| match &operation.body {
        Body::Multipart => Some("Upload".to_owned()),
        body => body.type_name().map(str::to_owned),
    };
    let argument = |what, from: Option<String>, to: Option<String>, now: Option<String>| {
        let of = format!("{name}({what})");
        let change = |class, action, location| Change::new(class, ItemKind::Argument, action, &of, location);
        match (from, to) {
            (None, Some(to)) => {
                let added = change(Class::Compile, Action::Added, context.new.locations.operation(after));
                Some(added.to(format!("&{to}")).note("every call must now pass this argument"))
            }
            (Some(from), None) => {
                let removed = change(Class::Compile, Action::Removed, context.old.locations.operation(before));
                Some(removed.from(format!("&{from}")))
            }
            (Some(from), Some(to)) if now.as_ref() != Some(&to) => {
                let retyped = change(Class::Compile, Action::Retyped, context.new.locations.operation(after));
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
        let location = context.new.locations.operation(after);
        let change = Change::new(Class::Compile, ItemKind::Operation, Action::Retyped, name, location);
        change.from(format!("Call<{from}>")).to(format!("Call<{to}>"))
    });
    context.changes.extend([query, data, result].into_iter().flatten());
}

/// Compares the parts of requests and responses that are not visible in the method signature.
fn sent(context: &mut DiffContext<'_>, name: &str, before: &Operation, after: &Operation) {
    let location = context.new.locations.operation(after);
    let change = |class| Change::new(class, ItemKind::Operation, Action::Changed, name, location.clone());
    if before.http != after.http {
        context.add(change(Class::Run).from(&before.http).to(&after.http).note("HTTP method"));
    }
    if template(&before.path) != template(&after.path) {
        context.add(change(Class::Run).from(&before.path).to(&after.path).note("path"));
    }
    for Property { name, value, is_additive } in PROPERTIES {
        if let (Some(from), Some(to)) = (value(before), value(after))
            && from != to
        {
            let class = if is_additive(before, after) { Class::Additive } else { Class::Run };
            context.add(change(class).from(from).to(to).note(name));
        }
    }
}

/// Removes the placeholder names from a path, because requests do not contain them.
pub(super) fn template(path: &str) -> String {
    path.split(['{', '}']).step_by(2).collect::<Vec<_>>().join("{}")
}

/// A property of requests or responses that is not visible in the method signature.
struct Property {
    name: &'static str,
    value: fn(&Operation) -> Option<&'static str>,
    /// Whether existing programs still work after this property changes between the given operations.
    is_additive: fn(&Operation, &Operation) -> bool,
}

const PROPERTIES: [Property; 4] = [
    Property {
        name: "location of `site_slug`",
        value: |operation| {
            Some(match operation.site_slug {
                SiteSlug::Query => "query",
                SiteSlug::Body => "body",
                SiteSlug::None => "none",
            })
        },
        is_additive: |_, _| false,
    },
    Property {
        name: "envelope",
        value: |operation| {
            Some(match operation.output.envelope {
                Envelope::Always => "result",
                Envelope::OrDefault => "optional result",
                Envelope::Bare => "none",
            })
        },
        // A missing result used to be an error, and is now an empty result.
        is_additive: |before, after| {
            (before.output.envelope, after.output.envelope) == (Envelope::Always, Envelope::OrDefault)
        },
    },
    Property {
        name: "retry class",
        value: |operation| Some(if operation.retry_safe { "safe" } else { "refused-only" }),
        is_additive: |_, after| after.retry_safe,
    },
    Property {
        name: "empty `data`",
        value: |operation| match operation.body {
            Body::Data { optional, .. } => Some(if optional { "omitted" } else { "sent" }),
            _ => None,
        },
        is_additive: |_, after| matches!(after.body, Body::Data { optional: true, .. }),
    },
];

/// Compares the methods that read all pages.
fn paging(context: &mut DiffContext<'_>, module: &str, name: &str, before: &Operation, after: &Operation) {
    let location = |revision: &Revision, operation| revision.locations.operation(operation);
    let method = |paging: &crate::model::api::Paging| self::name(module, &paging.method);
    match (&before.paging, &after.paging) {
        (None, Some(paging)) => {
            let location = location(context.new, after);
            let added = Change::new(Class::Additive, ItemKind::Operation, Action::Added, method(paging), location);
            context.add(added.note(format!("all pages of `{name}`")));
        }
        (Some(paging), None) => {
            let location = location(context.old, before);
            let removed = Change::new(Class::Compile, ItemKind::Operation, Action::Removed, method(paging), location);
            context.add(removed.note(format!("all pages of `{name}`")));
        }
        (Some(one), Some(other)) if one.method != other.method && before.method == after.method => {
            let change = Change::new(
                Class::Compile,
                ItemKind::Operation,
                Action::Renamed,
                method(one),
                location(context.new, after),
            );
            context.add(change.from(method(one)).to(method(other)));
        }
        _ => {}
    }
}

/// Compares deprecation and documentation.
fn documentation(context: &mut DiffContext<'_>, name: &str, before: &Operation, after: &Operation) {
    let location = context.new.locations.operation(after);
    let change = |class, action| Change::new(class, ItemKind::Operation, action, name, location.clone());
    if let Some((class, action)) = super::variants::deprecation(before.deprecated, after.deprecated) {
        context.add(change(class, action));
    }
    if (&before.summary, &before.description) != (&after.summary, &after.description) {
        context.add(change(Class::Documentation, Action::Changed).note("documentation changed"));
    }
}
