//! Formats of results.

use serde_json::Value;

use crate::support::{Environment, assert_golden, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn tables_on_a_terminal() {
    let sandbox = sandbox().await;
    let environment = Environment::of(&sandbox).on_terminal(80);
    let mut text = String::new();
    for line in ["people find jane@example.com", "campaigns list", "people rewards jane@example.com", "assets list"] {
        let run = environment.run(&format!("talkable {line}")).await;
        text.extend(["$ talkable ", line, "\n", &run.output, &run.errors, "\n"]);
        assert!(run.output.lines().all(|line| line.chars().count() <= 80), "{}", run.output);
    }
    let url = sandbox.url();
    assert_golden(
        "tables",
        &text.replace(&format!("{url:<26}"), "http://127.0.0.1:7400    ").replace(url, "http://127.0.0.1:7400"),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn json_in_a_pipe_and_lines_csv_and_jq_on_request() {
    let sandbox = sandbox().await;
    let environment = Environment::of(&sandbox);
    let json = environment.run("talkable campaigns list").await.succeeded();
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let campaigns = json["campaigns"].as_array().expect("a list");
    let lines = environment.run("talkable campaigns list -o jsonl").await.succeeded();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines, *campaigns);
    let csv = environment.run("talkable campaigns list -o csv --columns id,status,tag_names").await.succeeded();
    assert_eq!(
        csv,
        "id,status,tag_names\n1,Live,\"[\"\"default\"\"]\"\n2,Live,\"[\"\"coupon-sharing\"\"]\"\n3,Disabled,\"[\"\"last-year\"\"]\"\n"
    );
    let filtered = environment.run("talkable campaigns list --jq '.campaigns[] | .name, .is_active'").await.succeeded();
    assert_eq!(filtered, "Give 10%, get $10\ntrue\nShare your own code\ntrue\nLast year's\nfalse\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_and_csv_have_the_same_columns() {
    let sandbox = sandbox().await;
    let environment = Environment::of(&sandbox);
    let find = "talkable people find jane@example.com";
    for columns in ["email,username", "person.email,person.username", "PERSON.EMAIL, Username"] {
        let table = environment.run(&format!("{find} -o table --columns '{columns}'")).await.succeeded();
        assert_eq!(table, "email     jane@example.com\nusername  jane\n");
        let csv = environment.run(&format!("{find} -o csv --columns '{columns}'")).await.succeeded();
        assert_eq!(csv, "person.email,person.username\njane@example.com,jane\n");
    }
    let table = environment.run(&format!("{find} -o table --columns referral_counts")).await.succeeded();
    assert!(table.lines().count() >= 3 && table.starts_with("referral_counts.total"), "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_sites_are_one_result() {
    let sandbox =
        talkable_sandbox::Sandbox::builder().site("one").site("two").start().await.expect("the sandbox starts");
    let environment = Environment::of(&sandbox);
    let line = "talkable campaigns list --site one --site two -o csv --columns site,id";
    assert_eq!(environment.run(line).await.succeeded(), "site,id\none,1\none,2\none,3\ntwo,1\ntwo,2\ntwo,3\n");
    let run = environment
        .run("talkable people find jane@example.com --site one --site nowhere --jq '.[] | .site, .person.email'")
        .await;
    assert_eq!((run.exit, run.output.as_str()), (1, "one\njane@example.com\n"), "{}", run.errors);
    assert!(run.errors.contains("site nowhere"), "{}", run.errors);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_pages_are_one_list() {
    let sandbox = sandbox().await;
    let environment = Environment::of(&sandbox);
    let folder = tempfile::tempdir().expect("a folder");
    for index in 0..5 {
        let path = folder.path().join(format!("{index}.txt"));
        std::fs::write(&path, b"text").expect("the file can be written");
        environment.run(&format!("talkable assets upload --file {}", path.display())).await.succeeded();
    }
    let all = environment.run("talkable assets list --all-pages --per-page 2 -o jsonl").await.succeeded();
    let first = environment.run("talkable assets list --per-page 2 -o jsonl").await.succeeded();
    assert_eq!((first.lines().count(), all.lines().count() >= 5), (2, true), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_come_from_options_and_from_json() {
    let sandbox = sandbox().await;
    let environment =
        Environment::of(&sandbox).with_input(r#"{"email": "ann@example.com", "order_number": "77", "subtotal": 5}"#);
    let line = "talkable origins create-purchase --data - --subtotal 12.50 --custom-property color=green --dry-run";
    let output = environment.run(line).await.succeeded();
    let body = r#"{"site_slug":"my-store","data":{"email":"ann@example.com","order_number":"77","subtotal":12.5,"custom_properties":{"color":"green"}}}"#;
    assert!(output.contains(body), "{output}");
}
