//! A PostgreSQL server in a temporary folder.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use sqlx::postgres::PgPoolOptions;
use talkable_outbox::sqlx;

/// Runs a server until the standard input ends, which happens when this process ends in any way.
const SCRIPT: &str = r#"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$BIN/initdb" --pgdata="$folder/data" --auth=trust --username=postgres --encoding=UTF8 --no-sync >/dev/null || exit 1
start() {
    "$BIN/postgres" -D "$folder/data" -c listen_addresses=127.0.0.1 -c port="$PORT" -c unix_socket_directories= \
        -c fsync=off -c max_connections=300 -c log_min_messages=panic </dev/null >/dev/null 2>&1 &
    server=$!
}
start
while read -r command; do
    case $command in
        stop) kill -QUIT $server; wait $server ;;
        start) start ;;
    esac
done
kill -QUIT $server; wait $server
"#;

/// A running server.
pub(crate) struct Server {
    pub(crate) url: String,
    commands: Mutex<ChildStdin>,
    _process: Child,
}

impl Server {
    /// Starts a server.
    pub(crate) fn start() -> Self {
        let bin = programs().expect("PostgreSQL is installed (package postgresql)");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        // initdb refuses to run as root.
        let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
        let mut command = if is_root {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "sh"]);
            command
        } else {
            Command::new("sh")
        };
        command.args(["-c", SCRIPT]).env("BIN", bin).env("PORT", port.to_string()).env("TMPDIR", "/tmp");
        let mut process = command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let commands = Mutex::new(process.stdin.take().unwrap());
        let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        Self { url, commands, _process: process }
    }

    /// Waits until the server accepts connections.
    pub(crate) async fn ready(&self) {
        let began = Instant::now();
        let options = PgPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_millis(500));
        while options.clone().connect(&self.url).await.is_err() {
            assert!(began.elapsed() < Duration::from_mins(1), "the server accepts connections within a minute");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Stops the server immediately, as a crash would.
    pub(crate) fn stop(&self) {
        self.send("stop");
    }

    pub(crate) fn start_again(&self) {
        self.send("start");
    }

    fn send(&self, command: &str) {
        writeln!(self.commands.lock().unwrap(), "{command}").unwrap();
    }
}

/// The folder of the newest installed version.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    folders.filter(|folder| folder.join("initdb").exists()).max()
}
