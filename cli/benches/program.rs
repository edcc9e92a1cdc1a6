//! Measures the program: the start compared with a hello-world with clap, imports compared with bulk calls of the library, and the
//! size.
//!
//! `cargo bench -p talkable-cli` takes a minute. The two sides of a comparison run in turns, each in its own process, and the ratio is
//! that of their medians. With an argument, the benchmark itself runs as the other side, or as the sandbox.
#![allow(clippy::unwrap_used, reason = "a panic ends the benchmark")]

use std::ffi::OsStr;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use talkable_api::Client;
use talkable_api::bulk::Bulk;
use talkable_api::types::NewPurchase;
use talkable_sandbox::Sandbox;

const PROGRAM: &str = env!("CARGO_BIN_EXE_talkable");

/// The number of rows of an import.
const ROWS: u32 = 20_000;

const IMPORTS: usize = 5;

const STARTS: usize = 101;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    match arguments.next().as_deref() {
        Some("hello") => hello(),
        Some("bulk") => runtime().block_on(bulk(Path::new(&arguments.next().unwrap()))),
        Some("sandbox") => runtime().block_on(sandbox()),
        Some("--bench") => measure(),
        // `cargo test --all-targets` also runs benchmarks, without `--bench`.
        _ => {}
    }
}

fn measure() {
    let this = std::env::current_exe().unwrap();
    println!("{:<28} {:>12} {:>12} {:>8}", "", "talkable", "other", "ratio");
    let help = |program: &OsStr, arguments: &[&str]| run(Command::new(program).args(arguments));
    for arguments in [&["--version"][..], &["--help"], &["people", "find", "--help"]] {
        let (program, hello) =
            medians(STARTS, || help(PROGRAM.as_ref(), arguments), || help(this.as_ref(), &["hello", "--help"]));
        print(&arguments.join(" "), program, hello);
    }

    let folder = tempfile::tempdir().unwrap();
    let orders = folder.path().join("orders.csv");
    write_orders(&orders);
    let sandbox = Process::start(Command::new(&this).arg("sandbox"));
    let import = || {
        let started = run(sandbox.client(PROGRAM.as_ref()).args(["import", "purchases"]).arg(&orders));
        std::fs::remove_file(folder.path().join("orders.csv.progress")).unwrap();
        started
    };
    let bulk = || run(sandbox.client(this.as_ref()).arg("bulk").arg(&orders));
    let (program, library) = medians(IMPORTS, import, bulk);
    print(&format!("import of {ROWS} rows"), program, library);
    println!("{:<28} {:>9} kB", "size, not stripped", std::fs::metadata(PROGRAM).unwrap().len() / 1_000);
}

fn print(name: &str, program: Duration, other: Duration) {
    let (program, other) = (program.as_secs_f64() * 1e3, other.as_secs_f64() * 1e3);
    println!("{name:<28} {program:>9.1} ms {other:>9.1} ms {:>8.2}", program / other);
}

/// Returns the medians of two measurements that run in turns.
fn medians(times: usize, first: impl Fn() -> Duration, second: impl Fn() -> Duration) -> (Duration, Duration) {
    let (mut firsts, mut seconds): (Vec<_>, Vec<_>) = (0..times).map(|_| (first(), second())).unzip();
    firsts.sort_unstable();
    seconds.sort_unstable();
    (firsts[times / 2], seconds[times / 2])
}

/// Runs a program, and returns its duration.
fn run(command: &mut Command) -> Duration {
    let started = Instant::now();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
    started.elapsed()
}

fn write_orders(path: &Path) {
    let mut file = io::BufWriter::new(std::fs::File::create(path).unwrap());
    writeln!(file, "email,order_number,subtotal").unwrap();
    for row in 0..ROWS {
        writeln!(file, "p{row}@example.com,bench-{row},19.90").unwrap();
    }
}

/// A hello-world with clap, with the same features as the program.
fn hello() {
    let matches = clap::Command::new("hello").arg(clap::Arg::new("name")).get_matches();
    println!("hello {}", matches.get_one::<String>("name").map_or("world", String::as_str));
}

/// Sends the rows of a file with the library alone.
async fn bulk(path: &Path) {
    let client = Client::from_env().unwrap();
    let rows = csv::Reader::from_path(path).unwrap().into_records().map(Result::unwrap);
    let mut rows = Bulk::new(rows).concurrency(32).one_by_one(|row| {
        let purchase = NewPurchase::new(&row[0], &row[1], row[2].parse::<rust_decimal::Decimal>().unwrap());
        client.origins().create_purchase(&purchase)
    });
    while let Some(outcome) = rows.next().await {
        outcome.result.unwrap();
    }
}

/// Serves the sandbox until standard input is closed.
async fn sandbox() {
    let sandbox = Sandbox::start().await.unwrap();
    println!("{}\n{}\n{}", sandbox.url(), sandbox.site_slug(), sandbox.api_key());
    tokio::task::spawn_blocking(|| io::stdin().read_line(&mut String::new())).await.unwrap().unwrap();
}

/// The process of the sandbox.
struct Process {
    child: Child,
    url: String,
    site: String,
    key: String,
}

impl Process {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut line = || lines.next().unwrap();
        Self { url: line(), site: line(), key: line(), child }
    }

    /// A command with the settings of a client of the sandbox.
    fn client(&self, program: &OsStr) -> Command {
        let mut command = Command::new(program);
        command.env("TALKABLE_BASE_URL", &self.url).env("TALKABLE_SITE_SLUG", &self.site);
        command.env("TALKABLE_API_KEY", &self.key).stderr(Stdio::null());
        command
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
