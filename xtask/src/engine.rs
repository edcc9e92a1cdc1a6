//! Stand-in until codegen's back half is there.

use codegen::{Described, Inputs, Result, describe, to_yaml};

pub(crate) struct SourceFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

pub(crate) struct Output {
    pub(crate) files: Vec<SourceFile>,
    pub(crate) talkable_yaml: String,
    pub(crate) webhooks_yaml: String,
    pub(crate) features: String,
    pub(crate) report: Report,
}

#[derive(Default)]
pub(crate) struct Report {
    pub(crate) operations: usize,
    pub(crate) webhooks: usize,
    pub(crate) types: usize,
    pub(crate) responses: usize,
    pub(crate) examples: usize,
    pub(crate) repairs: usize,
    pub(crate) repaired: usize,
    pub(crate) actions: usize,
    pub(crate) corrected: usize,
    pub(crate) warnings: Vec<String>,
}

pub(crate) fn generate(inputs: &Inputs<'_>) -> Result<Output> {
    let v2 = describe(&inputs.v2, &inputs.shared)?;
    let webhooks = describe(&inputs.webhooks, &inputs.shared)?;
    let normalized = codegen::normalize(&v2.document)?;
    let _api = codegen::lower(&normalized)?;
    let types = codegen::types(&normalized)?;
    codegen::normalize(&webhooks.document)?;
    let mut report = Report { types: types.len(), ..Report::default() };
    for described in [&v2, &webhooks] {
        add(&mut report, described);
    }
    report.operations = codegen::walk::operations(&v2.document.value).len();
    report.webhooks = codegen::walk::operations(&webhooks.document.value).len();
    Ok(Output {
        files: Vec::new(),
        talkable_yaml: to_yaml(&v2.document.value)?,
        webhooks_yaml: to_yaml(&webhooks.document.value)?,
        features: "resources = []".to_owned(),
        report,
    })
}

fn add(report: &mut Report, described: &Described) {
    for row in &described.repaired {
        report.repairs += 1;
        report.repaired += row.places.len();
    }
    for action in &described.applied {
        report.actions += 1;
        report.corrected += action.matched;
        if action.matched == 0 {
            let line = action.line.unwrap_or_default();
            report.warnings.push(format!("{}:{line}: nothing matches {}", described.overlay, action.target));
        }
    }
    report.responses += described.inferred.responses;
    report.examples += described.inferred.examples;
}

pub(crate) fn stop_after(inputs: &Inputs<'_>, _stage: &str) -> Result<String> {
    to_yaml(&describe(&inputs.v2, &inputs.shared)?.document.value)
}
