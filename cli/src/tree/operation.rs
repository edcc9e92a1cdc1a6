//! The commands of operations, and their options.

use std::collections::BTreeSet;

use clap::builder::StringValueParser;
use clap::{Arg, ArgAction, Command, ValueHint};

use super::known::KnownValues;
use super::{COMMON, COMMON_NAMES, LAST, common_last, section};
use crate::commands::OF_RESOURCES;
use crate::input::body::{self, DATA};
use crate::input::value::pattern;
use crate::operation::{Body, Field, File, Kind, KnownValue, Object, Operation, Tagged, resource};
use crate::text::summary;

/// Lists of known values that are longer than this are not part of the help.
const MAX_KNOWN_VALUES: usize = 120;

const ARGUMENTS: &str = "Arguments of the operation";
const BODY: &str = "Fields of the body";

/// Adds the operations of a resource to its command.
pub(super) fn of_resource(command: Command) -> Command {
    let Some(resource) = resource(command.get_name()) else { return command };
    let operations = resource.operations.iter().map(|operation| {
        Command::new(operation.name)
            .about(summary(operation.summary))
            // `complete` finds the operation by this name.
            .display_name(format!("talkable-{}-{}", resource.name, operation.name))
            .hide(operation.is_deprecated)
            .defer(complete)
    });
    let extras = OF_RESOURCES.iter().filter(|(name, _)| *name == resource.name).map(|(_, extra)| {
        let name = format!("talkable-{}-{}", resource.name, extra.name);
        Command::new(extra.name).about(extra.about).display_name(name).defer(complete_extra)
    });
    command.subcommands(operations).subcommands(extras)
}

/// Completes a command of a resource that is not an operation.
fn complete_extra(command: Command) -> Command {
    let name = command.get_display_name().unwrap_or_default();
    let is_named = |resource: &str, extra: &str| {
        name.strip_prefix("talkable-").and_then(|name| name.strip_prefix(resource)?.strip_prefix('-')) == Some(extra)
    };
    match OF_RESOURCES.iter().find(|(resource, extra)| is_named(resource, extra.name)) {
        Some((_, extra)) => common_last((extra.build)(command)),
        None => command,
    }
}

/// Completes the command of an operation with its arguments and its help.
fn complete(command: Command) -> Command {
    let name = command.get_display_name().unwrap_or_default().to_owned();
    let Some(operation) = by_display_name(&name) else { return command };
    let mut long = operation.summary.to_owned();
    if !operation.description.is_empty() {
        long = format!("{long}\n\n{}", operation.description);
    }
    if operation.is_deprecated {
        long = format!("{long}\n\nThis operation is deprecated.");
    }
    if operation.is_irreversible() {
        long =
            format!("{long}\n\nThis can't be undone, so the command asks first. Without a terminal, it needs --yes.");
    }
    let retries = if operation.is_idempotent {
        "Repeating the operation has no further effect, so it is retried after temporary failures."
    } else {
        "Repeating the operation can have an effect, so it is retried only if the API certainly did not process it."
    };
    let example = section("Example", operation.example);
    let request = section("Request", &format!("{} {}\n{retries}", operation.method, operation.path));
    let command =
        command.long_about(long).after_help(example.clone()).after_long_help(format!("{example}\n\n{request}"));
    let command = command.args(operation.path_arguments.iter().map(positional));
    let command = command.args(operation.headers.iter().map(|field| query_option(field, "header")));
    let command = command.args(operation.query.iter().map(|field| query_option(field, "query")));
    let command = command.args(operation.files.iter().map(file)).args(body_options(&operation.body));
    let pages = operation.page_items.map(|_| {
        let all = Arg::new("all-pages").long("all-pages").action(ArgAction::SetTrue);
        all.help("Reads all pages, from the first one").help_heading(ARGUMENTS)
    });
    let command = command.args(pages).args([
        Arg::new("dry-run")
            .long("dry-run")
            .action(ArgAction::SetTrue)
            .help("Prints the request as a curl command without the key, and sends nothing")
            .display_order(LAST)
            .help_heading(COMMON),
        Arg::new("unchecked")
            .long("unchecked")
            .action(ArgAction::SetTrue)
            .help("Sends fields and values that are not in the API's document")
            .display_order(LAST)
            .help_heading(COMMON),
    ]);
    let command = if operation.is_irreversible() {
        let yes = Arg::new("yes").long("yes").short('y').action(ArgAction::SetTrue);
        command.arg(yes.help("Does not ask for confirmation").display_order(LAST).help_heading(COMMON))
    } else {
        command
    };
    common_last(command)
}

fn by_display_name(name: &str) -> Option<&'static Operation> {
    let name = name.strip_prefix("talkable-")?;
    crate::generated::RESOURCES.iter().find_map(|resource| {
        let rest = name.strip_prefix(resource.name)?.strip_prefix('-')?;
        resource.operation(rest)
    })
}

fn positional(field: &'static Field) -> Arg {
    let argument = Arg::new(format!("path.{}", field.flag)).value_name(value_name(field.flag)).required(true);
    let argument = argument.help(field.help.trim_end_matches('.'));
    with_kind(argument, field.kind)
}

fn query_option(field: &'static Field, place: &str) -> Arg {
    let argument = option(field, field.flag, format!("{place}.{}", field.flag)).required(field.is_required);
    argument.help_heading(ARGUMENTS)
}

fn file(file: &'static File) -> Arg {
    let argument = Arg::new(format!("file.{}", file.flag)).long(long(file.flag)).value_name("PATH");
    let argument = argument.required(file.is_required).value_hint(ValueHint::FilePath).help_heading(ARGUMENTS);
    let argument = if file.is_repeated { argument.action(ArgAction::Append) } else { argument };
    argument.help(if file.help.is_empty() { "The file to upload" } else { file.help.trim_end_matches('.') })
}

fn body_options(body: &'static Body) -> Vec<Arg> {
    let data = |help: &'static str| {
        let argument = Arg::new(DATA).long(DATA).short('d').value_name("JSON").allow_hyphen_values(true);
        argument.value_hint(ValueHint::FilePath).help(help).help_heading(BODY)
    };
    match body {
        Body::None => Vec::new(),
        Body::File => vec![data("The file to send: `@FILE`, or `-` for standard input").required(true)],
        Body::Json { .. } => {
            vec![data("The body: JSON, `@FILE` for a file with JSON, or `-` for standard input").required(true)]
        }
        Body::Fields { object, .. } => {
            let fields = fields(object, true);
            let data =
                data("All fields: a JSON object, `@FILE`, or `-` for standard input. Options replace its fields");
            fields.into_iter().chain([data]).collect()
        }
        Body::Tagged(tagged) => tagged_options(tagged)
            .into_iter()
            .chain([data(
                "The whole body: a JSON object, `@FILE`, or `-` for standard input. Options replace its fields",
            )])
            .collect(),
    }
}

/// The options of the fields of all variants. Which of them are required depends on the variant.
fn tagged_options(tagged: &'static Tagged) -> Vec<Arg> {
    let names = tagged.variants.iter().map(|(known, _)| known.value).collect::<Vec<_>>();
    let tag = Arg::new(tagged.tag).long(tagged.tag.replace('_', "-")).value_name(value_name(tagged.tag));
    let tag = tag.required_unless_present(DATA).help_heading(BODY);
    let tag = tag
        .value_parser(clap::builder::PossibleValuesParser::new(&names))
        .help("The type, which determines the other fields");
    let mut seen = BTreeSet::new();
    let mut options = vec![tag];
    for (_, object) in tagged.variants {
        options.extend(fields(object, false).into_iter().filter(|it| seen.insert(it.get_id().to_string())));
    }
    options
}

fn fields(object: &'static Object, can_be_required: bool) -> Vec<Arg> {
    let options = body::options(object).into_iter().map(|(flag, field)| {
        let argument = option(field, &flag, format!("body.{flag}")).help_heading(BODY);
        let is_required = can_be_required && field.is_required && !flag.contains('.');
        if is_required { argument.required_unless_present(DATA) } else { argument }
    });
    options.collect()
}

fn option(field: &'static Field, flag: &str, id: String) -> Arg {
    let argument = Arg::new(id.clone()).long(long(flag)).value_name(field_value_name(field));
    let argument = if field.kind.is_repeated() { argument.action(ArgAction::Append) } else { argument };
    let help = match field.kind.item() {
        Kind::Object(object) => {
            format!("{}. Write `{}`, or JSON; repeat the option for each item", summary(field.help), pattern(object))
        }
        _ if field.kind.is_repeated() => format!("{}. The option can be repeated", field.help.trim_end_matches('.')),
        Kind::DateTime => format!("{}. For example, 2026-01-31T12:00:00Z", field.help.trim_end_matches('.')),
        _ => field.help.trim_end_matches('.').to_owned(),
    };
    // `required_unless_present` does not show in the usage.
    let is_marked = field.is_required && id.starts_with("body.");
    let mark = if is_marked { " [required]" } else { "" };
    let short = if matches!(field.kind.item(), Kind::Object(_)) { help.clone() } else { summary(&help) };
    with_kind(argument.help(format!("{short}{mark}")).long_help(format!("{help}{mark}")), field.kind)
}

fn with_kind(argument: Arg, kind: Kind) -> Arg {
    match kind.item() {
        Kind::Enum(known) => {
            let argument = argument.value_parser(KnownValues(known));
            argument.hide_possible_values(known.len() > MAX_KNOWN_VALUES)
        }
        Kind::Boolean if !argument.is_positional() && !kind.is_repeated() => {
            let argument = argument.num_args(0..=1).require_equals(true).default_missing_value("true");
            argument.value_parser(KnownValues(&BOOLEANS)).hide_possible_values(true)
        }
        // A number can be negative.
        Kind::Integer | Kind::Decimal => argument.value_parser(StringValueParser::new()).allow_negative_numbers(true),
        _ => argument.value_parser(StringValueParser::new()),
    }
}

static BOOLEANS: [KnownValue; 2] = [KnownValue { value: "true", help: "" }, KnownValue { value: "false", help: "" }];

fn field_value_name(field: &Field) -> String {
    match field.kind {
        Kind::Map(_) => "NAME=VALUE".to_owned(),
        kind => match kind.item() {
            Kind::Object(_) => "FIELDS".to_owned(),
            Kind::Boolean => "true|false".to_owned(),
            Kind::Integer => "INTEGER".to_owned(),
            Kind::Decimal => "NUMBER".to_owned(),
            Kind::Date => "DATE".to_owned(),
            Kind::DateTime => "TIME".to_owned(),
            Kind::Json => "JSON".to_owned(),
            _ => value_name(field.flag),
        },
    }
}

fn value_name(flag: &str) -> String {
    flag.replace(['-', '.'], "_").to_uppercase()
}

/// The name of an option, which must differ from those of the common options.
fn long(flag: &str) -> String {
    if COMMON_NAMES.contains(&flag) { format!("field-{flag}") } else { flag.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::root;

    #[test]
    fn every_command_is_valid() {
        root().build();
        root().debug_assert();
    }

    #[test]
    fn an_option_never_has_the_name_of_a_common_option() {
        assert_eq!(super::long("site"), "field-site");
        assert_eq!(super::long("status"), "status");
    }
}
