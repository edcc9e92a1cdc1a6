//! Charts of metrics, drawn with block characters.

use serde_json::Value;

/// Draws a bar for each row. The bars of a metric have the same scale.
pub(super) fn chart(rows: &[Value], has_sites: bool, width: usize) -> String {
    let text = |row: &Value, name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let number = |row: &Value| row.get("number").and_then(Value::as_f64).unwrap_or_default();
    let label = |row: &Value| {
        let site = if has_sites { format!("{} ", text(row, "site")) } else { String::new() };
        format!("{site}{}", text(row, "period")).trim_end().to_owned()
    };
    let widest =
        |of: &dyn Fn(&Value) -> String| rows.iter().map(|row| of(row).chars().count()).max().unwrap_or_default();
    let (labels, values) = (widest(&label), widest(&|row| text(row, "value")));
    let room = width.saturating_sub(labels + values + 2).clamp(8, 60);
    let mut chart = String::new();
    let mut last_metric = String::new();
    for row in rows {
        let metric = text(row, "metric");
        if metric != last_metric {
            chart.extend([if chart.is_empty() { "" } else { "\n" }, &metric, "\n"]);
            metric.clone_into(&mut last_metric);
        }
        let of_metric = rows.iter().filter(|other| text(other, "metric") == metric);
        let largest = of_metric.map(number).fold(0.0, f64::max);
        let eighths = if largest > 0.0 { eighths(number(row) / largest, room) } else { 0 };
        let bar = bar(eighths);
        let padding = " ".repeat(room - bar.chars().count().min(room));
        chart.extend([
            format!("{:labels$} {bar}{padding} {:>values$}", label(row), text(row, "value")).trim_end(),
            "\n",
        ]);
    }
    chart
}

/// Returns the length of a bar in eighths of a column.
fn eighths(fraction: f64, room: usize) -> usize {
    let steps = room * 8;
    // The largest number of steps that is not longer than the bar.
    (0..=steps).rev().find(|step| as_f64(*step) <= fraction * as_f64(steps) + 0.5).unwrap_or_default()
}

fn as_f64(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

fn bar(eighths: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    format!("{}{}", "█".repeat(eighths / 8), PARTS.get(eighths % 8).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bars_have_the_scale_of_their_metric() {
        let row = |metric: &str, period: &str, number: f64| json!({"metric": metric, "site": "s", "period": period, "value": format!("${number}"), "number": number});
        let rows = [row("sales", "a", 100.0), row("sales", "bb", 25.0), row("sales", "c", 0.0), row("rate", "a", 0.5)];
        let expected = "\
sales
a  ████████████████████████ $100
bb ██████                    $25
c                             $0

rate
a  ████████████████████████ $0.5
";
        assert_eq!(chart(&rows, false, 32), expected);
    }
}
