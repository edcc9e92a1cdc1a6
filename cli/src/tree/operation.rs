//! The commands of operations, and their options.

use std::collections::BTreeSet;

use clap::builder::{PossibleValuesParser, StringValueParser};
use clap::{Arg, ArgAction, Command, ValueHint};

use super::known::KnownValues;
use super::{COMMON, COMMON_NAMES, LAST, common_last, section};
use crate::input::body::{self, DATA};
use crate::input::value::pattern;
use crate::operation::{Body, Field, File, Kind, KnownValue, Object, Operation, Tagged, resource};
use crate::text::summary;

/// Help omits lists of known values that are longer than this.
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
    command.subcommands(operations).subcommands(super::extras(Some(resource.name)))
}

/// Adds the arguments and the help to the command of an operation.
fn complete(command: Command) -> Command {
    let name = command.get_display_name().unwrap_or_default().to_owned();
    let Some(operation) = by_display_name(&name) else { return command };
    let example = section("Example", operation.example);
    let long_help = format!("{example}\n\n{}", section("Request", &request_help(operation)));
    let all_pages = operation.page_items.map(|_| flag("all-pages", "Read all pages").help_heading(ARGUMENTS));
    let yes = operation.is_irreversible().then(|| flag("yes", "Do not ask for confirmation").short('y'));
    let dry_run = flag("dry-run", "Print the request as a curl command without the key, and send nothing");
    let unchecked = flag("unchecked", "Send fields and values that this version does not know");
    let common = [dry_run, unchecked].into_iter().chain(yes);
    let command = command
        .long_about(long_about(operation))
        .after_help(example)
        .after_long_help(long_help)
        .args(operation.path_arguments.iter().map(positional))
        .args(operation.headers.iter().map(|field| parameter(field, "header")))
        .args(operation.query.iter().map(|field| parameter(field, "query")))
        .args(operation.files.iter().map(file))
        .args(body_options(&operation.body))
        .args(all_pages)
        .args(common.map(|flag| flag.display_order(LAST).help_heading(COMMON)));
    common_last(command, &|option| option)
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn long_about(operation: &Operation) -> String {
    let mut text = operation.summary.to_owned();
    if !operation.description.is_empty() {
        text.extend(["\n\n", operation.description]);
    }
    if operation.is_deprecated {
        text.push_str("\n\nThis operation is deprecated.");
    }
    if operation.is_irreversible() {
        text.push_str(
            "\n\nThis can't be undone, so the command asks for confirmation. Without a terminal, it requires --yes. \
             `talkable gdpr anonymize` prints the result for each of several sites.",
        );
    }
    text
}

/// The method and the path of the request, and when it is retried.
fn request_help(operation: &Operation) -> String {
    let retries = if operation.is_idempotent {
        "Repeating the operation has no further effect, so it is retried after every temporary failure."
    } else {
        "Repeating the operation can have a further effect, so it is retried only if the API did not process it."
    };
    format!("{} {}\n{retries}", operation.method, operation.path)
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

fn parameter(field: &'static Field, place: &str) -> Arg {
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
        Body::File => vec![data("The file to send: `@FILE`").required(true)],
        Body::Json { .. } => {
            vec![data("The body: JSON, `@FILE` for a file with JSON, or `-` for standard input").required(true)]
        }
        Body::Fields { object, .. } => {
            let mut options = fields(object, true);
            options.push(data("All fields: a JSON object, `@FILE`, or `-` for standard input. Options override them"));
            options
        }
        Body::Tagged(tagged) => {
            let mut options = tagged_options(tagged);
            let help = "The whole body: a JSON object, `@FILE`, or `-` for standard input. Options override its fields";
            options.push(data(help));
            options
        }
    }
}

/// The options of the fields of all variants. Which of them are required depends on the variant.
fn tagged_options(tagged: &'static Tagged) -> Vec<Arg> {
    let names = tagged.variants.iter().map(|(known, _)| known.value).collect::<Vec<_>>();
    let tag = Arg::new(tagged.tag).long(tagged.tag.replace('_', "-")).value_name(value_name(tagged.tag));
    let tag = tag.required_unless_present(DATA).help_heading(BODY);
    let tag = tag.value_parser(PossibleValuesParser::new(&names)).help("The type, which determines the other fields");
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
            format!(
                "{}. Write each item as `{}`, or as JSON, and repeat the option",
                summary(field.help),
                pattern(object)
            )
        }
        _ if field.kind.is_repeated() => format!("{}. Can be repeated", field.help.trim_end_matches('.')),
        Kind::DateTime => format!("{}. For example, 2026-01-31T12:00:00Z", field.help.trim_end_matches('.')),
        _ => field.help.trim_end_matches('.').to_owned(),
    };
    // The usage does not show options with `required_unless_present`.
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

/// Returns the name of an option, which must not be that of a common option.
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
