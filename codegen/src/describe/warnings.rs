//! What a run would have the maintainer know: repairs and overlay actions that no longer have an object.

use std::collections::BTreeSet;

use crate::Diagnostic;
use crate::describe::Described;
use crate::describe::gone::{Gone, Kept};
use crate::describe::orphans::Orphan;
use crate::describe::repair::Repaired;
use crate::source::span::Span;

/// All of it for the two documents, which share the repairs.
pub(crate) fn warnings(described: &[&Described; 2]) -> Vec<Diagnostic> {
    let rows = || described.iter().flat_map(|described| &described.repaired);
    let needed: BTreeSet<&str> = rows().filter(|row| !row.places.is_empty()).map(|row| row.id).collect();
    let own = described.iter().take(1).flat_map(|described| &described.repaired);
    let mut warnings: Vec<Diagnostic> = own.filter(|row| !needed.contains(row.id)).map(stale).collect();
    for described in described {
        warnings.extend(described.applied.iter().enumerate().filter(|(_, action)| action.matched == 0).map(
            |(index, action)| {
                let error =
                    Diagnostic::warning(format!("nothing matches the overlay action's target {}", action.target))
                        .at(format!("/actions/{index}/target"))
                        .help("correct the target, or delete the action");
                described.overlay.locate(error)
            },
        ));
    }
    warnings.extend(
        described.iter().flat_map(|described| described.kept.iter().map(|component| kept(described, component))),
    );
    warnings.extend(
        described.iter().flat_map(|described| described.gone.iter().map(|component| gone(described, component))),
    );
    warnings
        .extend(described.iter().flat_map(|described| described.orphans.iter().map(|field| orphan(described, field))));
    warnings
}

fn stale(row: &Repaired) -> Diagnostic {
    let message = format!("the repair `{}` changes nothing any more", row.id);
    let reason = format!("it is there because {}", row.why);
    Diagnostic::warning(message)
        .in_file("codegen/src/repair.rs")
        .on(Span::line(row.line))
        .note(reason)
        .help("delete its row")
}

/// A component that the overlay removes and the document still refers to.
fn kept(described: &Described, kept: &Kept) -> Diagnostic {
    let message = format!("the overlay removes `{}`, which the document still refers to; it stays", kept.component);
    let notes = kept.references.iter().map(|place| format!("referred to at {place}"));
    let error = notes.fold(Diagnostic::warning(message).at(&kept.action), Diagnostic::note);
    let help = "correct the target of the action that replaces the reference, or don't remove the component";
    described.overlay.locate(error.help(help))
}

/// A component that the overlay refers to and the document no longer has.
fn gone(described: &Described, gone: &Gone) -> Diagnostic {
    let message = format!("the overlay refers to `{}`, which the document no longer has", gone.component);
    let error =
        gone.references.first().map_or(Diagnostic::warning(&message), |first| Diagnostic::warning(&message).at(first));
    let error = gone.references.iter().skip(1).fold(error, |error, other| error.related(other, ""));
    let notes = gone.dropped.iter().map(|place| format!("left out: {place}"));
    let notes = notes.chain(gone.restored.iter().map(|place| format!("as published: {place}")));
    let error = notes.fold(error, Diagnostic::note);
    described.overlay.locate(error.help("delete what refers to it"))
}

/// A field that the overlay has words for and the document no longer has.
fn orphan(described: &Described, orphan: &Orphan) -> Diagnostic {
    let error =
        Diagnostic::warning(format!("the overlay describes {}, which the document no longer has", orphan.field));
    let error = orphan.words.iter().fold(error, Diagnostic::at);
    described.overlay.locate(error.help("delete what is said of it for this record, or say of what type it is"))
}
