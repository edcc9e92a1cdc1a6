//! Prints a table of the results, and the reasons why parts of the documents were left out.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::command::{Context, Result};

pub(super) fn print(results: &[Value], compile: bool, context: &mut Context<'_>) -> Result {
    let width = results.iter().filter_map(|result| result["document"].as_str()).map(str::len).max().unwrap_or(8);
    let head = ["KB", "typed", "left out", "results", "as JSON", "untyped", "lost", "types", "seconds", "MB"];
    write!(context.out, "{:width$}", "document")?;
    for column in head {
        write!(context.out, " {column:>8}")?;
    }
    writeln!(context.out, "{}", if compile { "  compiles" } else { "" })?;
    for result in results {
        write!(context.out, "{:width$} {:>8}", text(&result["document"]), result["kilobytes"].to_string())?;
        if result["generates"] != true {
            writeln!(context.out, "  rejected: {}", text(&result["error"]))?;
            continue;
        }
        for column in ["operations", "left_out", "results", "untyped_results", "untyped", "lost", "types"] {
            write!(context.out, " {:>8}", result[column].to_string())?;
        }
        let number = |key: &str| result[key].as_f64().unwrap_or(f64::NAN);
        write!(context.out, " {:>8.2} {:>8.0}", number("seconds"), number("megabytes"))?;
        if compile {
            write!(context.out, "  {}", text(&result["compiles"]))?;
        }
        writeln!(context.out)?;
    }
    let generates = results.iter().filter(|result| result["generates"] == true).count();
    writeln!(context.out, "\ngenerated code for {generates} of {} documents\n", results.len())?;
    for key in ["reasons", "lost_reasons"] {
        reasons(results, key, context)?;
    }
    Ok(())
}

/// Prints how often each reason occurs, and in how many documents.
fn reasons(results: &[Value], key: &str, context: &mut Context<'_>) -> Result {
    let mut totals: BTreeMap<&String, (u64, usize)> = BTreeMap::new();
    for (reason, number) in results.iter().filter_map(|result| result[key].as_object()).flatten() {
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
