//! Jobs: personal data, metrics and coupons.

use serde_json::{Value, json};
use talkable_sandbox::Sandbox;

use crate::support::{Environment, assert_golden, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn personal_data_is_exported_and_anonymized_at_several_sites() {
    let sandbox = Sandbox::builder().site("one").site("two").start().await.expect("the sandbox starts");
    let environment = Environment::of(&sandbox);
    sandbox.site("two", |site| site.enroll("ann@example.com").points_balance = 1);
    let run = environment.run("talkable gdpr export ann@example.com --site one --site two --jq '.[].status'").await;
    assert_eq!(run.succeeded(), "unknown person\nfound\n");
    let line = "talkable gdpr anonymize ann@example.com --site one --site two";
    let run = environment.run(line).await;
    assert!(run.exit == 2 && run.errors.contains("pass `--yes`"), "{}", run.errors);
    let run = environment.run(&format!("{line} --yes --jq '.[].status'")).await;
    assert_eq!(run.succeeded(), "unknown person\nanonymized\n");
    let run = environment.run("talkable gdpr export unknown@example.com --site one --site two").await;
    assert!(run.exit == 1 && run.errors.contains("site one") && run.errors.contains("site two"), "{}", run.errors);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_shown_by_period_and_as_a_chart() {
    let sandbox = sandbox().await;
    let environment = Environment::of(&sandbox);
    let dates = "--start-date 2026-02-01 --end-date 2026-03-01";
    let line = format!("talkable metrics show total_sales_sum total_sales_count {dates}");
    let total = environment.run(&format!("{line} --jq '[.[] | .metric, .number]'")).await.succeeded();
    let total: Value = serde_json::from_str(&total).expect("JSON");
    assert_eq!(total[0], json!("total_sales_sum"));
    let chart = environment.clone().on_terminal(70).run(&format!("{line} --by week --chart")).await;
    assert_golden("metrics_chart", &chart.succeeded());
    let run = environment.run("talkable metrics show sales --by weeks").await;
    assert_golden("metrics_errors", &format!("{}exit {}\n", run.errors, run.exit));
}

#[tokio::test(flavor = "multi_thread")]
async fn coupons_are_checked_in_words() {
    let sandbox = sandbox().await;
    let environment = Environment::of(&sandbox).on_terminal(100);
    let code = sandbox.site("my-store", |site| site.coupons().next().expect("a coupon").code.clone());
    let mut text = String::new();
    for line in [
        format!("{code} --email john@example.com"),
        format!("{code} --email jane@example.com"),
        code.clone(),
        format!("' {code} '"),
        "NOPE".to_owned(),
        "NOPE --email john@example.com".to_owned(),
    ] {
        let run = environment.run(&format!("talkable coupons check {line}")).await;
        text.extend([
            "$ talkable coupons check ",
            &line,
            "\n",
            &run.output,
            &run.errors,
            &format!("exit {}\n", run.exit),
        ]);
    }
    assert_golden("coupons", &text.replace(&code, "CODE"));
}
