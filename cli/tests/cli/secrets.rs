//! The key is in no output.

use talkable_sandbox::Failure;

use crate::support::{Environment, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_in_no_output_and_no_error() {
    let sandbox = sandbox().await;
    let environment = Environment::of(&sandbox);
    for line in [
        "talkable --help",
        "talkable whoami",
        "talkable people find jane@example.com --dry-run",
        "talkable people find jane@example.com",
        "talkable people find unknown@example.com",
        "talkable people find jane@example.com --jq env",
        "talkable people find jane@example.com --jq '$ENV'",
        "talkable people find jane@example.com --site nowhere",
        "talkable peple",
    ] {
        for failure in [None, Some(Failure::Status(401)), Some(Failure::Truncated), Some(Failure::Dropped)] {
            if let Some(failure) = failure {
                sandbox.fail_next("findPerson", failure, 3);
            }
            let run = environment.run(line).await;
            let text = format!("{}{}", run.output, run.errors);
            assert!(!text.contains(sandbox.api_key()), "{line}\n{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_arguments_of_a_key_command_are_not_shown() {
    let (sandbox, folder) = (sandbox().await, tempfile::tempdir().expect("a folder"));
    let environment = Environment::configured(folder.path());
    let login = format!("talkable login --site my-store --base-url {}", sandbox.url());
    let command = format!("echo {}", sandbox.api_key());
    for line in [format!("{login} --key-command '{command}'"), format!("{login} --key-command '{command} | false'")] {
        let run = environment.run(&line).await;
        assert!(!run.errors.contains(sandbox.api_key()), "{}", run.errors);
    }
    for line in ["talkable whoami", "talkable profiles"] {
        let run = environment.run(line).await;
        assert!(run.output.contains("command `echo`") && !run.output.contains(sandbox.api_key()), "{}", run.output);
    }
}

/// A program that behaves like the sandbox, but ends at once.
#[cfg(unix)]
#[tokio::test]
async fn the_sandbox_command_creates_a_profile_and_hides_the_key() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("talkable-sandbox");
    let script = "#!/bin/sh\n\
        echo 'address  http://127.0.0.1:7400'; echo 'key      sesame-0123'; echo 'sites    one two'\n\
        echo 'export TALKABLE_API_KEY=sesame-0123'; echo \"curl -H 'Authorization: Bearer sesame-0123' http://x\"; echo done\n";
    std::fs::write(&program, script).expect("the program can be written");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("the mode can be changed");
    let mut environment = Environment::configured(folder.path());
    environment.set("PATH", folder.path().to_str().expect("the path is UTF-8"));
    let output = environment.run("talkable sandbox").await.succeeded();
    assert!(output.contains("talkable people find jane@example.com") && output.contains("done"), "{output}");
    assert!(!output.contains("sesame"), "{output}");
    let profiles = environment.run("talkable profiles -o csv --columns name,site,base_url,default").await.succeeded();
    assert_eq!(profiles, "name,site,base_url,default\nsandbox,one,http://127.0.0.1:7400,true\n");
    environment.run("talkable sandbox --profile slow").await.succeeded();
    let profiles = environment.run("talkable profiles -o csv --columns name,default").await.succeeded();
    assert_eq!(profiles, "name,default\nsandbox,true\nslow,false\n");
    let config = folder.path().join("talkable/config.toml");
    let text =
        std::fs::read_to_string(&config).expect("the configuration exists") + "\n[profiles.live]\nsite = \"live\"\n";
    std::fs::write(&config, &text).expect("the configuration can be written");
    let run = environment.run("talkable sandbox --profile live").await;
    assert!(run.exit == 2 && run.errors.contains("belongs to site live"), "{}", run.errors);
    environment.set("PATH", "/nowhere");
    let run = environment.run("talkable sandbox").await;
    assert!(run.exit == 2 && run.errors.contains("cargo install --locked --path sandbox"), "{}", run.errors);
}

/// A program that behaves like the sandbox if its address is in use.
#[cfg(unix)]
#[tokio::test]
async fn a_sandbox_that_does_not_start_may_be_running() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("talkable-sandbox");
    std::fs::write(&program, "#!/bin/sh\n[ -z \"$2\" ] && exit 1; exit 2\n").expect("the program can be written");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("the mode can be changed");
    let mut environment = Environment::configured(folder.path());
    environment.set("PATH", folder.path().to_str().expect("the path is UTF-8"));
    let run = environment.run("talkable sandbox").await;
    assert!(run.exit == 2 && run.errors.contains("`talkable whoami --profile sandbox` checks it"), "{}", run.errors);
    assert!(run.errors.contains("`talkable sandbox --profile sandbox2 -- --listen 127.0.0.1:0`"), "{}", run.errors);
    let run = environment.run("talkable sandbox -- --invalid").await;
    assert!(run.exit == 2 && run.errors.contains("`talkable sandbox -- --help`"), "{}", run.errors);
    assert!(!run.errors.contains("in use"), "{}", run.errors);
}

/// The input of the sandbox ends with the program, even if that is killed.
#[cfg(unix)]
#[tokio::test]
async fn the_input_of_the_sandbox_ends_when_the_program_is_killed() {
    use std::io::{BufRead as _, BufReader};
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let (program, sandbox) = (folder.path().join("talkable"), folder.path().join("talkable-sandbox"));
    std::fs::copy(env!("CARGO_BIN_EXE_talkable"), &program).expect("the program can be copied");
    let script = "#!/bin/sh\n\
        echo \"ready $1\"; cat; echo ended >&2\n";
    std::fs::write(&sandbox, script).expect("the sandbox can be written");
    std::fs::set_permissions(&sandbox, std::fs::Permissions::from_mode(0o755)).expect("the mode can be changed");
    let mut command = std::process::Command::new(&program);
    command.arg("sandbox").env("XDG_CONFIG_HOME", folder.path().join("config"));
    let mut child = command
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("standard output is a pipe")).lines();
    assert_eq!(lines.next().expect("a line").expect("UTF-8"), "ready --stop-with-input");
    child.kill().expect("the program can be killed");
    child.wait().expect("the program ends");
    let mut errors = BufReader::new(child.stderr.take().expect("standard error is a pipe")).lines();
    assert_eq!(errors.next().expect("a line").expect("UTF-8"), "ended");
}

/// The program is copied next to a sandbox that records how it ends.
#[cfg(unix)]
#[tokio::test]
async fn a_signal_also_ends_the_sandbox() {
    use std::io::{BufRead as _, BufReader};
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let (program, sandbox) = (folder.path().join("talkable"), folder.path().join("talkable-sandbox"));
    std::fs::copy(env!("CARGO_BIN_EXE_talkable"), &program).expect("the program can be copied");
    let script = "#!/bin/sh\n\
        trap 'echo ended; exit 0' TERM\n\
        echo ready; while :; do sleep 0.1; done\n";
    std::fs::write(&sandbox, script).expect("the sandbox can be written");
    std::fs::set_permissions(&sandbox, std::fs::Permissions::from_mode(0o755)).expect("the mode can be changed");
    for signal in ["-TERM", "-HUP", "-INT"] {
        let mut command = std::process::Command::new(&program);
        command
            .arg("sandbox")
            .env("XDG_CONFIG_HOME", folder.path().join("config"))
            .stdout(std::process::Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("standard output is a pipe")).lines();
        assert_eq!(lines.next().expect("a line").expect("UTF-8"), "ready");
        let kill = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(kill.expect("kill runs").success());
        assert_eq!(lines.next().expect("a line").expect("UTF-8"), "ended", "{signal}");
        assert!(child.wait().expect("the program ends").success());
    }
}
