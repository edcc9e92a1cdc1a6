//! A Valkey or Redis server without persistence.

use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use talkable_throttle_redis::redis::Client;

/// The programs, which have the same options and the same protocol.
const PROGRAMS: [&str; 2] = ["valkey-server", "redis-server"];

/// Runs a server until the standard input ends, which happens when this process ends in any way.
const SCRIPT: &str = r#"
start() {
    "$PROGRAM" --bind 127.0.0.1 --port "$PORT" --save "" --appendonly no --dir "$FOLDER" $OPTIONS </dev/null >/dev/null 2>&1 &
    server=$!
}
FOLDER=$(mktemp -d)
trap 'rm -rf "$FOLDER"' EXIT
start
while read -r command; do
    case $command in
        stop) kill -KILL $server; wait $server ;;
        start) start ;;
    esac
done
kill -KILL $server
"#;

/// A running server.
pub(crate) struct Server {
    pub(crate) url: String,
    commands: Mutex<ChildStdin>,
    _process: Child,
}

impl Server {
    /// Starts the first of the installed programs.
    pub(crate) fn start() -> Self {
        let program = installed().into_iter().next().expect("Valkey or Redis is installed (package redis-server)");
        Self::start_program(program, "")
    }

    /// Starts a program with options.
    pub(crate) fn start_program(program: &str, options: &str) -> Self {
        let port = free_port();
        let mut command = Command::new("sh");
        command
            .args(["-c", SCRIPT])
            .env("PROGRAM", program)
            .env("PORT", port.to_string())
            .env("OPTIONS", options)
            .env("TMPDIR", "/tmp");
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let commands = Mutex::new(process.stdin.take().unwrap());
        Self { url: format!("redis://127.0.0.1:{port}"), commands, _process: process }
    }

    /// Waits until the server accepts connections.
    pub(crate) async fn ready(&self) {
        let began = Instant::now();
        let client = Client::open(self.url.as_str()).unwrap();
        while client.get_multiplexed_async_connection().await.is_err() {
            assert!(began.elapsed() < Duration::from_mins(1), "the server accepts connections within a minute");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Kills the server.
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

/// A port on which no server listens.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The installed programs.
pub(crate) fn installed() -> Vec<&'static str> {
    let is_installed = |program: &&str| {
        let version = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        version.is_ok_and(|status| status.success())
    };
    PROGRAMS.into_iter().filter(is_installed).collect()
}
