//! Runs the examples of `talkable-api` and `talkable-outbox` against a sandbox with faults, and compares their effects with the
//! sandbox's records.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;

use super::FEATURES;
use crate::command::{Context, Failure, Result};
use crate::tools::{Cargo, Proxy, Sandbox, Server, output};
use crate::workspace::{create_folder, remove_folder};

/// The options of the sandbox: error responses, closed connections, truncated responses, a rate limit, and two sites.
const OPTIONS: [&str; 9] = [
    "--server-errors=0.05",
    "--dropped=0.05",
    "--truncated=0.02",
    "--requests-per-second=400",
    "--burst=40",
    "--jitter-ms=4",
    "--site=my-store",
    "--site=my-outlet",
    "--seed=7",
];

/// The programs, the folder in which they run, and the sandbox that they call.
struct Programs<'c> {
    cargo: &'c Cargo,
    folder: PathBuf,
    sandbox: Sandbox,
}

impl<'c> Programs<'c> {
    /// Builds the examples, and starts a sandbox.
    fn prepare(cargo: &'c Cargo, name: &str) -> Result<Self> {
        cargo.run(&["build", "--quiet", "--workspace", "--bins", "--examples", FEATURES])?;
        let folder = cargo.target.join("check").join(name);
        remove_folder(&folder)?;
        create_folder(&folder)?;
        let sandbox = Sandbox::start(cargo.program("debug", "talkable-sandbox").args(OPTIONS))?;
        Ok(Self { cargo, folder, sandbox })
    }

    fn command(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = self.cargo.program("debug/examples", name);
        self.sandbox.configure(&mut command).args(arguments).current_dir(&self.folder);
        command
    }

    /// Runs an example, and returns what it printed.
    fn run(&self, name: &str, arguments: &[&str]) -> Result<String> {
        output(self.command(name, arguments).env("TALKABLE_SITES", "my-store,my-outlet").stdin(Stdio::null()))
    }
}

pub(super) fn check(context: &mut Context<'_>, cargo: &Cargo) -> Result {
    let programs = Programs::prepare(cargo, "examples")?;
    for (name, check) in [
        ("support_lookup", support_lookup as fn(&Programs<'_>) -> Result),
        ("opentelemetry", opentelemetry),
        ("checkout", checkout),
        ("durable_checkout", durable_checkout),
        ("backfill", short_backfill),
        ("weekly_metrics", weekly_metrics),
        ("gdpr", gdpr),
        ("webhook_service", webhook_service),
    ] {
        let started = Instant::now();
        check(&programs)?;
        context.announce(&format!("{:>7.1}  {name}", started.elapsed().as_secs_f64()))?;
    }
    Ok(())
}

fn support_lookup(programs: &Programs<'_>) -> Result {
    let printed = programs.run("support_lookup", &["jane@example.com"])?;
    expect_text("support_lookup", &printed, "jane@example.com")?;
    expect_text("support_lookup", &printed, "as advocate")?;
    let printed = programs.run("support_lookup", &["unknown@example.com"])?;
    expect("support_lookup of an unknown person", printed.trim(), "unknown@example.com is unknown")
}

fn opentelemetry(programs: &Programs<'_>) -> Result {
    let printed = programs.run("opentelemetry", &[])?;
    for text in
        ["3 campaigns", "http.client.request.duration", "talkable.call.duration", "/api/v2/people/{person_slug}"]
    {
        expect_text("opentelemetry", &printed, text)?;
    }
    expect("opentelemetry prints an address", printed.contains("jane@example.com"), false)
}

/// Checks that each order and each refund has exactly one effect despite the faults.
fn checkout(programs: &Programs<'_>) -> Result {
    let (before, _) = programs.sandbox.records("origins")?;
    for number in 0..12 {
        let (email, number) = (format!("buyer{number}@example.com"), format!("checkout-{number}"));
        programs.run("checkout", &["order", &email, &number, "99.50"])?;
    }
    for number in 0..6 {
        programs.run("checkout", &["refund", &format!("checkout-{number}")])?;
    }
    // The shop rejects the second refund of an order, and prints an error.
    let again = programs.command("checkout", &["refund", "checkout-0"]).stdin(Stdio::null()).output();
    let again = again.map_err(Failure::io("checkout", "cannot be started"))?;
    expect("an order can be refunded twice", again.status.success(), false)?;
    expect_text("checkout", &String::from_utf8_lossy(&again.stderr), "has already been refunded")?;
    let (after, records) = programs.sandbox.records("origins")?;
    expect("the number of orders", after - before, 12)?;
    let orders = records.iter().filter(|it| it["order_number"].as_str().is_some_and(|it| it.starts_with("checkout-")));
    let refunded = orders.filter(|it| it["refunded_at"].is_string()).count();
    expect("the number of refunds", refunded, 6)
}

/// Checks that each order has exactly one effect. The purchases whose responses are lost are looked up, and sent again if necessary.
fn durable_checkout(programs: &Programs<'_>) -> Result {
    let (before, _) = programs.sandbox.records("origins")?;
    for number in 0..12 {
        let (email, number) = (format!("durable{number}@example.com"), format!("durable-{number}"));
        programs.run("durable_checkout", &["order", &email, &number, "99.50"])?;
    }
    let mut printed = programs.run("durable_checkout", &["send"])?;
    for _ in 0..20 {
        if printed.lines().any(|line| line.ends_with(" 0 doubtful")) {
            break;
        }
        programs.run("durable_checkout", &["look-up"])?;
        printed = programs.run("durable_checkout", &["send"])?;
    }
    let is_done = printed.lines().any(|line| line == "0 dead, 0 doubtful");
    expect(&format!("durable_checkout has sent everything:\n{printed}"), is_done, true)?;
    expect("the number of orders", programs.sandbox.records("origins")?.0 - before, 12)
}

/// The file with the purchases for the `backfill` example.
const FILE: &str = "purchases.csv";

/// The file to which the example writes the rows that failed.
const FAILURES: &str = "purchases.csv.failed";

/// Returns the numbers of the rows that can't be converted to a call or that the API rejects.
fn invalid_rows(rows: usize) -> impl Iterator<Item = usize> {
    (0..rows).filter(|row| row % 500 == 7 || row % 400 == 399)
}

/// Writes [`FILE`] with `rows` purchases.
fn write_purchases(folder: &Path, rows: usize) -> Result {
    let mut text = "email,order_number,subtotal,created_at\n".to_owned();
    for row in 0..rows {
        let email = if row % 400 == 399 { "not an address".to_owned() } else { format!("{}@example.com", row % 50) };
        let subtotal = if row % 500 == 7 { "free" } else { "99.50" };
        text = text + &email + &format!(",backfill-{row},{subtotal},2026-01-02T03:04:05Z\n");
    }
    fs::write(folder.join(FILE), text).map_err(Failure::io(FILE, "cannot be written"))
}

fn short_backfill(programs: &Programs<'_>) -> Result {
    let (before, _) = programs.sandbox.records("origins")?;
    write_purchases(&programs.folder, 1_000)?;
    let invalid = invalid_rows(1_000).count();
    let printed = programs.run("backfill", &[FILE])?;
    expect("backfill prints its progress", printed, format!("1000 rows, {invalid} failed in this run\n"))?;
    compare(programs, before, 1_000)?;
    // The failure file has the same format as the input, so it can be passed to the program.
    let printed = programs.run("backfill", &[FAILURES])?;
    expect("backfill reads its failures", printed, format!("{invalid} rows, {invalid} failed in this run\n"))
}

/// Checks that the expected number of records was created and that the failure file lists the expected rows.
fn compare(programs: &Programs<'_>, before: u64, rows: usize) -> Result {
    let (after, _) = programs.sandbox.records("origins")?;
    expect(
        "the number of purchases",
        usize::try_from(after - before).unwrap_or_default(),
        rows - invalid_rows(rows).count(),
    )?;
    let failed = fs::read_to_string(programs.folder.join(FAILURES)).map_err(Failure::io(FAILURES, "cannot be read"))?;
    let numbers: Vec<_> = failed.lines().skip(1).filter_map(|line| line.split(',').nth(1)).collect();
    let expected: Vec<_> = invalid_rows(rows).map(|row| format!("backfill-{row}")).collect();
    expect("the rows that failed", numbers, expected.iter().map(String::as_str).collect())
}

fn weekly_metrics(programs: &Programs<'_>) -> Result {
    let printed = programs.run("weekly_metrics", &["2026-01-01", "2026-01-20"])?;
    let rows: Vec<_> = printed.lines().collect();
    expect("the number of rows of weekly_metrics", rows.len(), 1 + 4 * 4)?;
    let (first, last) = (rows[1], rows[16]);
    let is_expected = first.starts_with("offer_shown,2026-01-01,2026-01-04,");
    expect(&format!("the start of the first row of weekly_metrics, `{first}`"), is_expected, true)?;
    expect(&format!("the unit in the last row of weekly_metrics, `{last}`"), last.ends_with(",money"), true)
}

/// Checks that a webhook that is delivered twice has only one effect.
fn webhook_service(programs: &Programs<'_>) -> Result {
    let sandbox = &programs.sandbox;
    let mut command = programs.command("webhook_service", &["127.0.0.1:0"]);
    let mut service = Server::start(command.env("TALKABLE_SECURITY_KEY", "a-new-key,sandbox"))?;
    let lines = [service.line()?, service.line()?, service.line()?];
    let url = lines[2].split_whitespace().last().unwrap_or_default();
    sandbox.put("/sandbox/webhooks", &json!({"site_slug": "my-store", "url": url, "key": "sandbox"}))?;
    // Turn off the faults, because a retry after a lost response would fail: a referral can be approved only once.
    let faults = sandbox.get("/sandbox/faults")?;
    sandbox.put("/sandbox/faults", &json!({}))?;
    let approved = json!({"site_slug": "my-store", "data": {"status": "approved"}});
    sandbox.put("/api/v2/origins/1041/referral", &approved)?;
    settle(sandbox)?;
    let sent = sandbox.get("/sandbox/webhooks")?;
    for webhook in sent["webhooks"].as_array().into_iter().flatten() {
        sandbox.post(&format!("/sandbox/webhooks/{}/resend", webhook["id"]), &json!({}))?;
    }
    settle(sandbox)?;
    let resent = sandbox.get("/sandbox/webhooks")?;
    sandbox.put("/sandbox/faults", &faults)?;
    let count = |webhooks: &serde_json::Value| webhooks["webhooks"].as_array().map_or(0, Vec::len);
    expect("the number of deliveries", count(&resent), 2 * count(&sent))?;
    let rewards =
        sent["webhooks"].as_array().into_iter().flatten().filter(|it| it["type"] == "reward_web_hook").count();
    let printed = service.stop()?;
    expect("a webhook is a reward", rewards > 0, true)?;
    expect("the number of credits", printed.lines().filter(|line| line.starts_with("credited")).count(), rewards)
}

/// Waits until the sandbox has delivered all webhooks.
fn settle(sandbox: &Sandbox) -> Result {
    for _ in 0..200 {
        let state = sandbox.get("/sandbox/state")?;
        if state["sites"]["my-store"]["webhooks_pending"] == 0 {
            return Ok(());
        }
        sleep(Duration::from_millis(50));
    }
    Err(Failure::new("the sandbox still has pending webhooks after ten seconds"))
}

fn gdpr(programs: &Programs<'_>) -> Result {
    let exported = programs.run("gdpr", &["export", "john@example.com"])?;
    for text in ["\"my-store\"", "\"my-outlet\"", "\"ip_address\""] {
        expect_text("gdpr", &exported, text)?;
    }
    let erased = programs.run("gdpr", &["erase", "john@example.com"])?;
    expect("the result of erase", erased, "my-store: erased\nmy-outlet: erased\n".to_owned())?;
    expect("the export of an erased person", programs.run("gdpr", &["export", "john@example.com"])?.trim(), "{}")
}

/// Kills the `backfill` example twice, and then interrupts its connections for ten seconds.
pub(super) fn backfill(context: &mut Context<'_>, cargo: &Cargo) -> Result {
    const ROWS: usize = 20_000;
    let programs = Programs::prepare(cargo, "backfill")?;
    let (before, _) = programs.sandbox.records("origins")?;
    write_purchases(&programs.folder, ROWS)?;
    let server = programs.sandbox.address.trim_start_matches("http://");
    let proxy = Proxy::start(server)?;
    let start = || {
        let mut command = programs.command("backfill", &[FILE]);
        Server::start(command.env("TALKABLE_BASE_URL", format!("http://{}", proxy.address)))
    };
    for purchases in [2_500, 5_000] {
        let process = start()?;
        reach(&programs, before + purchases)?;
        process.stop()?;
        context.announce(&format!("killed after {} purchases", programs.sandbox.records("origins")?.0 - before))?;
    }
    let mut process = start()?;
    reach(&programs, before + 12_000)?;
    proxy.set_down(true);
    sleep(Duration::from_secs(10));
    proxy.set_down(false);
    let printed = process.line()?;
    context.announce(&format!("completed after an outage of ten seconds: {}", printed.trim()))?;
    expect(&format!("backfill completes: {printed}"), printed.starts_with(&format!("{ROWS} rows, ")), true)?;
    compare(&programs, before, ROWS)
}

/// Waits until the sandbox has `count` purchases.
fn reach(programs: &Programs<'_>, count: u64) -> Result {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(120) {
        if programs.sandbox.records("origins")?.0 >= count {
            return Ok(());
        }
        sleep(Duration::from_millis(20));
    }
    Err(Failure::new(format!("the backfill did not reach {count} purchases within two minutes")))
}

/// Checks that a program printed a text.
fn expect_text(name: &str, printed: &str, text: &str) -> Result {
    if printed.contains(text) {
        return Ok(());
    }
    Err(Failure::new(format!("{name} does not print `{text}`, but:\n{printed}")))
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Result {
    if found == expected { Ok(()) } else { Err(Failure::new(format!("{what}: {found:?}, not {expected:?}"))) }
}
