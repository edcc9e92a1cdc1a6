//! `cargo xtask explain`: one operation through every stage.

use ::codegen::report::explain::{Action, Binding, Change, Explained, Spot};
use lexopt::{Arg, ValueExt};

use crate::command::Command;
use crate::context::Context;
use crate::inputs::{Files, GENERATED, Options};
use crate::terminal::{Failure, count};

pub(crate) const COMMAND: Command = Command {
    name: "explain",
    usage: "cargo xtask explain OPERATION",
    about: "Follows OPERATION, an operationId or a method and a path, through every stage: the repairs and overlay actions\n\
            that touched it, its examples and the shape they joined to, why each field of the response may be missing,\n\
            how it may be sent again, its types and the files they stand in.",
    run,
};

/// How many letters of a value are shown.
const SHOWN: usize = 80;

fn run(parser: &mut lexopt::Parser, context: &mut Context<'_>) -> Result<(), Failure> {
    let mut words = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            // A method and its path may come as two arguments.
            Arg::Value(value) if words.len() < 2 => words.push(value.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    if words.is_empty() {
        return Err(Failure::Usage("the operation is missing".to_owned()));
    }
    let files = Files::read(&Options::default(), context)?;
    let explained = ::codegen::explain(&files.inputs(), &words.join(" "))?;
    let page = Page { lines: Vec::new(), explained: &explained };
    context.out.write_all(page.text().as_bytes())?;
    Ok(())
}

struct Page<'a> {
    lines: Vec<String>,
    explained: &'a Explained,
}

impl Page<'_> {
    fn text(mut self) -> String {
        let explained = self.explained;
        self.lines.push(format!("{}: {} {}", explained.id, explained.http, explained.path));
        self.line(1, &self.spot(&explained.spot));
        self.repairs();
        self.examples();
        self.actions();
        if let Some(binding) = &explained.binding {
            self.binding(binding);
        }
        if let Some(event) = &explained.event {
            let answer = event.answer.as_ref().map_or("a status", |answer| answer.name.as_str());
            self.head("bindings:");
            self.line(1, &format!("event    webhook::Event::{}, of the kind `{}`", event.variant, event.kind));
            self.line(1, &format!("payload  webhook::{}", event.payload));
            self.line(1, &format!("answer   {answer}"));
        }
        self.lines.join("\n") + "\n"
    }

    fn head(&mut self, text: &str) {
        self.lines.push(format!("\n{text}"));
    }

    fn line(&mut self, depth: usize, text: &str) {
        self.lines.push(format!("{}{text}", "  ".repeat(depth)));
    }

    fn spot(&self, spot: &Spot) -> String {
        let line = spot.line.map(|line| format!(":{line}")).unwrap_or_default();
        format!("{}{line} {}", self.explained.file, spot.pointer)
    }

    fn repairs(&mut self) {
        self.head(&format!("repairs: {}", count(self.explained.repairs.len(), "row", "rows")));
        for row in &self.explained.repairs {
            self.line(1, &format!("{}: {}", row.id, row.why));
            for place in &row.places {
                self.line(2, &self.spot(place));
            }
        }
    }

    fn examples(&mut self) {
        let examples = &self.explained.examples;
        if examples.is_empty() {
            return self.head("examples: none was needed, each response has a schema or holds nothing");
        }
        self.head(&format!("examples: {}", examples.len()));
        for example in examples {
            let kind = if example.refusal { "refusal" } else { "success" };
            self.line(1, &format!("{kind} {}", self.spot(&example.spot)));
        }
        self.head("shape of success; a question mark is a field that one of the examples lacks");
        for line in &self.explained.shape {
            self.line(line.depth + 1, &line.text);
        }
    }

    fn actions(&mut self) {
        self.head(&format!("overlay: {}", count(self.explained.actions.len(), "action", "actions")));
        for Action { target, line, changes } in &self.explained.actions {
            let line = line.map(|line| format!(":{line}")).unwrap_or_default();
            self.line(1, &format!("{}{line} {target}", self.explained.overlay));
            for change in changes {
                self.line(2, &changed(change));
            }
        }
    }

    fn binding(&mut self, binding: &Binding) {
        self.head("bindings");
        for (what, reasoned) in
            [("resource", &binding.resource), ("method", &binding.method), ("retry", &binding.retry)]
        {
            self.line(1, &format!("{what:<9} {:<20} {}", reasoned.value, reasoned.why));
        }
        self.head("arguments");
        for argument in &binding.arguments {
            let required = if argument.required { "required" } else { "optional" };
            self.line(1, &format!("{}.{}: {}, {required}", argument.owner, argument.name, argument.ty));
        }
        for record in &binding.records {
            self.head(&format!("{} in {GENERATED}/{}, from {}", record.name, record.file, record.pointer));
            for field in &record.fields {
                let required = if field.required { "required" } else { "optional" };
                self.line(1, &format!("{}: {}, {required}: {}", field.wire, field.ty, field.why.join(", ")));
            }
        }
        self.head("files");
        for file in &binding.files {
            self.line(1, &format!("{GENERATED}/{file}"));
        }
    }
}

fn changed(change: &Change) -> String {
    let pointer = &change.pointer;
    match (&change.old, &change.new) {
        (None, Some(new)) => format!("+ {pointer} = {}", short(new)),
        (Some(old), None) => format!("- {pointer}, was {}", short(old)),
        (Some(old), Some(new)) => format!("~ {pointer} = {}, was {}", short(new), short(old)),
        (None, None) => format!("  {pointer}"),
    }
}

fn short(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN).chain(['…']).collect()
}
