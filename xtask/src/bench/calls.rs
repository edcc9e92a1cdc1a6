//! Measures the instructions, allocations and wall time of a call, and compares them with two other clients.
//!
//! One of the others is hand-written. Progenitor generates the other from the complete description, in the positional style, which
//! is cheaper than its builders. One program contains all three clients, so they share one build of reqwest, hyper and serde. The
//! server is a separate process.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::callgrind;
use crate::context::Context;
use crate::inputs::DESCRIPTION;
use crate::terminal::Failure;
use crate::tools::progenitor::{self, InterfaceStyle};
use crate::tools::{cargo, output};
use crate::workspace::write_if_changed;

const SIDES: [&str; 3] = ["ours", "by-hand", "progenitor"];

/// The calls, each with its number of repetitions under callgrind.
const CALLS: [(&str, u64); 3] = [("find-person", 200), ("create-purchase", 200), ("list-rewards", 10)];

pub(super) fn run(context: &mut Context<'_>) -> Result<(), Failure> {
    let target = super::target(context);
    let program = build(context, &target)?;
    let server = Server::start(&program)?;

    let mut spread = 0.0_f64;
    let (mut instructions, mut allocations) = (Rows::new(), Rows::new());
    for (call, times) in CALLS {
        for side in SIDES {
            let count = |times| {
                let arguments = ["run", side, call, &u64::to_string(&times), &server.address];
                callgrind::count(&program, &arguments, Some("calls::measured*"), &target)
            };
            // The difference between two runs excludes the startup of the process.
            let (once, twice) = (count(times)?, count(2 * times)?);
            let figure = (twice.instructions - once.instructions) / times;
            spread = spread.max((ratio(figure, once.instructions / times) - 1.0).abs());
            instructions.insert((call, side), figure);
            allocations.insert((call, side), (twice.allocations - once.allocations) / times);
        }
    }
    report(context, "instructions", &instructions)?;
    report(context, "allocations", &allocations)?;
    writeln!(context.out, "callgrind: repeated counts differ by at most {:.2} %\n", spread * 100.0)?;
    context.out.flush()?;
    let times = output(Command::new(&program).args(["time", &server.address]))?;
    report(context, "nanoseconds", &rows(&times))
}

/// The measurements by call and side.
type Rows<'a> = BTreeMap<(&'a str, &'a str), u64>;

fn report(context: &mut Context<'_>, what: &str, rows: &Rows<'_>) -> Result<(), Failure> {
    writeln!(
        context.out,
        "{what:<18} {:>12} {:>12} {:>6} {:>12} {:>6}",
        SIDES[0], SIDES[1], "ratio", SIDES[2], "ratio"
    )?;
    for (call, _) in CALLS {
        let of = |side| rows.get(&(call, side)).copied().unwrap_or_default();
        let [ours, by_hand, progenitor] = SIDES.map(of);
        writeln!(
            context.out,
            "{call:<18} {ours:>12} {by_hand:>12} {:>6.3} {progenitor:>12} {:>6.3}",
            ratio(ours, by_hand),
            ratio(ours, progenitor)
        )?;
    }
    writeln!(context.out)?;
    Ok(())
}

fn rows(text: &str) -> Rows<'_> {
    text.lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some(((words.next()?, words.next()?), words.next()?.parse().ok()?))
        })
        .collect()
}

#[allow(clippy::cast_precision_loss, reason = "three digits of a ratio are enough")]
fn ratio(one: u64, other: u64) -> f64 {
    one as f64 / other as f64
}

/// Builds the program in release mode, with the client that progenitor generates.
fn build(context: &mut Context<'_>, target: &Path) -> Result<PathBuf, Failure> {
    let client = progenitor::generate(&context.file(DESCRIPTION), InterfaceStyle::Positional)?;
    let client_folder = target.join("progenitor-positional");
    client.write(context, &client_folder)?;
    let folder = target.join("calls");
    write_if_changed(&folder.join("Cargo.toml"), manifest(context.root, &client_folder))?;
    write_if_changed(&folder.join("Cargo.lock"), context.file("Cargo.lock").read()?)?;
    let mut cargo = cargo();
    cargo.args(["rustc", "--quiet", "--release", "--", "--cfg", "progenitor", "--check-cfg", "cfg(progenitor)"]);
    output(cargo.current_dir(&folder).env("CARGO_TARGET_DIR", target))?;
    Ok(target.join("release").join("calls"))
}

fn manifest(root: &Path, progenitor: &Path) -> String {
    format!(
        r#"[package]
name = "calls"
version = "0.0.0"
edition = "2024"
publish = false

[workspace]

[[bin]]
name = "calls"
path = '{program}'

[dependencies]
{client} = {{ path = '{progenitor}' }}
fake-server = {{ package = "talkable-fake-server", path = '{server}' }}
reqwest = {{ version = "0.13", default-features = false, features = ["json"] }}
serde = {{ version = "1", features = ["derive"] }}
serde_json = "1"
talkable-api = {{ path = '{api}' }}
tokio = {{ version = "1", features = ["net", "rt", "time"] }}
"#,
        program = root.join("tests/benches/calls/program/mod.rs").display(),
        client = progenitor::PACKAGE,
        progenitor = progenitor.display(),
        api = root.join("talkable-api").display(),
        server = root.join("tests/fake_server").display(),
    )
}

/// The server process, which exits when its standard input is closed.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(program: &Path) -> Result<Self, Failure> {
        let mut child = Command::new(program).arg("serve").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut address = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut address)?;
        }
        Ok(Self { child, address: address.trim().to_owned() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
