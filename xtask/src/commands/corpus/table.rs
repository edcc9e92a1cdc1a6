//! Prints a table of the results, and the reasons why parts of the documents were left out.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::command::{Context, Result};

/// The columns with counts: a title, and the JSON pointer to the count.
const COUNTS: [(&str, &str); 8] = [
    ("KB", "/kilobytes"),
    ("typed", "/operations"),
    ("left out", "/left_out"),
    ("results", "/results"),
    ("as JSON", "/untyped_results"),
    ("untyped", "/untyped"),
    ("lost", "/lost"),
    ("types", "/types"),
];

/// The columns about the operations with examples, if these were compared.
const EXAMPLES: [(&str, &str); 2] = [("examples", "/examples/operations"), ("unchanged", "/examples/unchanged")];

pub(super) fn print(results: &[Value], context: &mut Context<'_>) -> Result {
    let width = results.iter().filter_map(|result| result["document"].as_str()).map(str::len).max().unwrap_or(8);
    let has = |column: &str| results.iter().any(|result| !result[column].is_null());
    let counts = COUNTS.iter().chain(EXAMPLES.iter().filter(|_| has("examples")));
    let counts: Vec<_> = counts.map(|(title, pointer)| (*title, *pointer)).collect();
    write!(context.out, "{:width$}", "document")?;
    for title in counts.iter().map(|(title, _)| *title).chain(["seconds", "MB"]) {
        write!(context.out, " {title:>9}")?;
    }
    writeln!(context.out, "{}", if has("compiles") { "  compiles" } else { "" })?;
    for result in results {
        write!(context.out, "{:width$}", text(&result["document"]))?;
        if result["generates"] != true {
            writeln!(context.out, "  rejected: {}", text(&result["error"]))?;
            continue;
        }
        for (_, pointer) in &counts {
            let count = result.pointer(pointer).filter(|count| !count.is_null()).map(Value::to_string);
            write!(context.out, " {:>9}", count.unwrap_or_default())?;
        }
        let number = |key: &str| result[key].as_f64().unwrap_or(f64::NAN);
        write!(context.out, " {:>9.2} {:>9.0}", number("seconds"), number("megabytes"))?;
        writeln!(context.out, "  {}", text(&result["compiles"]))?;
    }
    let generates = results.iter().filter(|result| result["generates"] == true).count();
    writeln!(context.out, "\ngenerated code for {generates} of {} documents", results.len())?;
    if has("examples") {
        let total = |pointer: &str| -> u64 { results.iter().filter_map(|it| it.pointer(pointer)?.as_u64()).sum() };
        let (all, unchanged) = (total("/examples/operations"), total("/examples/unchanged"));
        writeln!(context.out, "the examples of {unchanged} of {all} operations are unchanged after a round trip")?;
    }
    writeln!(context.out)?;
    for pointer in ["/reasons", "/lost_reasons", "/examples/reasons"] {
        reasons(results, pointer, context)?;
    }
    Ok(())
}

/// Prints how often each reason occurs, and in how many documents.
fn reasons(results: &[Value], pointer: &str, context: &mut Context<'_>) -> Result {
    let mut totals: BTreeMap<&String, (u64, usize)> = BTreeMap::new();
    for (reason, number) in results.iter().filter_map(|result| result.pointer(pointer)?.as_object()).flatten() {
        let total = totals.entry(reason).or_default();
        *total = (total.0 + number.as_u64().unwrap_or_default(), total.1 + 1);
    }
    let mut totals: Vec<_> = totals.into_iter().collect();
    totals.sort_by_key(|(_, total)| std::cmp::Reverse(*total));
    for (reason, (number, documents)) in totals {
        writeln!(context.out, "{number:>6} in {documents:>3}  {reason}")?;
    }
    Ok(())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
