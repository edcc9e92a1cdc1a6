//! Tests the output and the exit status of the `conform` program.

use std::process::Command;

/// Runs the program in the fixtures folder, and checks the start of each line of its output.
fn check(line: &str, status: i32, out: &[&str], error: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_conform"))
        .args(line.split_whitespace())
        .current_dir(talkable_tests::workspace().join("tests/fixtures/conform"))
        .output()
        .expect("the program starts");
    let printed = String::from_utf8(output.stdout).expect("the output is UTF-8");
    let errors = String::from_utf8(output.stderr).expect("the output is UTF-8");
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), out.len(), "{line}: {printed}{errors}");
    for (line, start) in lines.iter().zip(out) {
        assert!(line.starts_with(start), "{line}\n{start}");
    }
    assert!(errors.starts_with(error) && errors.is_empty() == error.is_empty(), "{line}: {errors}");
    assert_eq!(output.status.code(), Some(status), "{line}");
}

#[test]
fn prints_a_line_for_each_file() {
    check("findPerson findPerson/full.json", 0, &["findPerson/full.json: ok"], "");
    check(
        "findPerson findPerson/full.json findPerson/of-2014.json findPerson/count-of-new-kind.json",
        0,
        &[
            "findPerson/full.json: ok",
            "findPerson/of-2014.json: ok",
            "findPerson/count-of-new-kind.json: ok, 1 unknown: /result/person/referral_counts/voided",
        ],
        "",
    );
    check("findPerson findPerson/not-found.json", 0, &["findPerson/not-found.json: ok"], "");
}

#[test]
fn fails_if_a_file_does_not_match() {
    check(
        "createPurchase createPurchase/time-without-offset.json createPurchase/no-such-file createPurchase/of-2014.json",
        1,
        &[
            "createPurchase/time-without-offset.json: does not decode: /result/origin/order_date: ",
            "createPurchase/no-such-file: cannot be read: ",
            "createPurchase/of-2014.json: ok",
        ],
        "",
    );
    let long = "calculateMetric/more-digits-than-a-decimal-holds.json";
    check(&format!("calculateMetric {long}"), 1, &[&format!("{long}: changed: /result/plain")], "");
}

#[test]
fn request_bodies_require_the_request_option() {
    check(
        "--request createPurchase createPurchase/request-full.json",
        0,
        &["createPurchase/request-full.json: ok"],
        "",
    );
    check(
        "createPurchase createPurchase/request-full.json",
        1,
        &["createPurchase/request-full.json: does not decode: "],
        "",
    );
    check("findPerson findPerson/full.json --request", 2, &[], "requests of findPerson have no JSON body");
}

#[test]
fn reads_webhooks_in_three_forms() {
    check(
        "reward reward/full.json reward/delivery.json reward/wire.form reward/of-another-kind.json",
        1,
        &[
            "reward/full.json: ok",
            "reward/delivery.json: ok",
            "reward/wire.form: ok",
            "reward/of-another-kind.json: does not decode: the root: the webhook is not of kind `reward_web_hook`",
        ],
        "",
    );
    check("--request reward reward/full.json", 2, &[], "reward is a webhook");
    check("rewrd reward/full.json", 2, &[], "unknown operation `rewrd`; did you mean reward");
}

#[test]
fn rejects_invalid_arguments() {
    check("findPersn a.json", 2, &[], "unknown operation `findPersn`; did you mean findPerson");
    check("zzz a.json", 2, &[], "unknown operation `zzz`; the operations are listAssets");
    check("findPerson", 2, &[], "missing files for findPerson");
    check("", 2, &[], "missing operation");
}
