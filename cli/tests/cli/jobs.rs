//! Jobs: personal data, metrics and coupons.

use serde_json::{Value, json};
use talkable_sandbox::{Failure, Sandbox};

use crate::support::{Environment, assert_golden, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn personal_data_is_exported_and_anonymized_at_several_sites() {
    let sandbox = Sandbox::builder().site("one").site("two").start().await.expect("the sandbox starts");
    let environment = Environment::of(&sandbox);
    sandbox.site("two", |site| site.enroll("ann@example.com").points_balance = 1);
    let run = environment.run("talkable gdpr export ann@example.com --site one --site two --jq '.[].status'").await;
    assert_eq!(run.succeeded(), "unknown person\nfound\n");
    let table =
        environment.clone().on_terminal(80).run("talkable gdpr export ann@example.com --site one --site two").await;
    let table = table.succeeded();
    assert!(table.starts_with("one: unknown person\ntwo: found\n"), "{table}");
    assert!(table.lines().any(|line| line.starts_with("email ") && line.ends_with("ann@example.com")), "{table}");
    sandbox.fail_next("getPersonalInformationAboutPerson", Failure::Status(403), 1);
    let run = environment.run("talkable gdpr export ann@example.com --site one --site two --jq '.[0].error'").await;
    assert!(run.exit == 3 && run.output.starts_with("the API rejected"), "{} {}", run.output, run.errors);
    let line = "talkable gdpr anonymize ann@example.com --site one --site two";
    let curl = environment.run(&format!("{line} --dry-run")).await.succeeded();
    assert_eq!(curl.matches("/people/ann%40example.com/anonymize").count(), 2, "{curl}");
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
    let mut errors = String::new();
    for line in ["nothing --by weeks", "sales_count advocate_purchases_count", "total_sales_sum --chart"] {
        let run = environment.run(&format!("talkable metrics show {line}")).await;
        let exit = format!("exit {}\n\n", run.exit);
        errors.extend(["$ talkable metrics show ", line, "\n", &run.errors, &exit]);
    }
    assert_golden("metrics_errors", &errors);
    let run = environment.clone().on_terminal(60).run(&format!("talkable metrics show total_sales_sum {dates}")).await;
    assert!(run.output.starts_with("METRIC           VALUE  NUMBER"), "{}", run.output);

    // A metric that fails does not hide the others.
    sandbox.fail_next("calculateMetric", Failure::Status(400), 1);
    let run = environment.run(&format!("{line} --jq '.[].metric'")).await;
    assert_eq!((run.exit, run.output.as_str()), (1, "total_sales_count\n"), "{}", run.errors);
    assert!(run.errors.contains("total_sales_sum"), "{}", run.errors);
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
