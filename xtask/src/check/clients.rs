//! Generates clients from the complete description with openapi-generator and openapi-typescript. Compiles them, and calls the
//! sandbox with the Python client and with the types for openapi-fetch.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::sandbox;
use crate::command::{Context, Failure, Result};
use crate::inputs::{DESCRIPTION, DESCRIPTION_3_1};
use crate::tools::{Cargo, Npm, Python, run, succeeds};
use crate::workspace::{remove_folder, write_if_changed};

/// The folder of the programs that call the clients, and of the lock files.
const SOURCES: &str = "tests/clients";

/// The workspace of the Rust client, which separates its package from our workspace.
const WORKSPACE: &str = "[workspace]\nresolver = \"2\"\nmembers = [\"rust\"]\n";

pub(super) fn check(_: &mut Context<'_>, cargo: &Cargo) -> Result {
    if !succeeds("java", &["-version"]) {
        return Err(Failure::Skipped("Java is not installed (install the package default-jre-headless)".to_owned()));
    }
    let (npm, python) = (Npm::prepare(cargo)?, Python::prepare(cargo, "clients")?);
    let clients = Clients { cargo, npm, python, folder: cargo.target.join("check/clients") };
    clients.python()?;
    clients.typescript()?;
    clients.rust()
}

struct Clients<'c> {
    cargo: &'c Cargo,
    npm: Npm,
    python: Python,
    folder: PathBuf,
}

impl Clients<'_> {
    /// Calls the sandbox with the Python client of openapi-generator.
    fn python(&self) -> Result {
        let folder = self.folder.join("python");
        self.generate("python", &folder)?;
        // Python imports the client from the folder of the program.
        self.copy("client.py", &folder)?;
        let sandbox = sandbox::start(self.cargo)?;
        self.python.run("python", &["client.py", &sandbox.address, &sandbox.key], &folder)
    }

    /// Calls the sandbox with openapi-fetch and the types of openapi-typescript, for both editions of the description. Compiles
    /// this program, and the client of openapi-generator for the Fetch API.
    fn typescript(&self) -> Result {
        let folder = &self.npm.folder;
        self.generate("typescript-fetch", &folder.join("typescript-fetch"))?;
        self.copy("client.ts", folder)?;
        self.copy("tsconfig.json", folder)?;
        for description in [DESCRIPTION, DESCRIPTION_3_1] {
            let mut openapi_typescript = self.npm.command("openapi-typescript");
            openapi_typescript.arg(self.cargo.root.join(description)).args(["--output", "talkable.ts"]);
            run(openapi_typescript.current_dir(folder))?;
            run(self.npm.command("tsc").current_dir(folder))?;
            let sandbox = sandbox::start(self.cargo)?;
            let mut node = Command::new("node");
            node.args(["compiled/client.js", &sandbox.address, &sandbox.key]).current_dir(folder);
            run(node.stdin(Stdio::null()))?;
        }
        Ok(())
    }

    /// Compiles the Rust client of openapi-generator.
    fn rust(&self) -> Result {
        self.generate("rust", &self.folder.join("rust"))?;
        write_if_changed(&self.folder.join("Cargo.toml"), WORKSPACE)?;
        // To renew this file, run `cargo generate-lockfile` in the folder of the workspace, and copy the result.
        self.copy("Cargo.lock", &self.folder)?;
        self.cargo.in_folder(&self.folder).run(&["check", "--quiet", "--locked"])
    }

    /// Generates a client with openapi-generator.
    fn generate(&self, generator: &str, folder: &Path) -> Result {
        remove_folder(folder)?;
        let mut command = self.python.command("openapi-generator-cli");
        command.args(["generate", "--generator-name", generator, "--input-spec", DESCRIPTION, "--output"]).arg(folder);
        // openapi-generator prints the name of each file that it writes.
        run(command.env("JAVA_OPTS", "-Dlog.level=error").stdout(Stdio::null()).current_dir(&self.cargo.root))
    }

    fn copy(&self, name: &str, folder: &Path) -> Result {
        let source = self.cargo.root.join(SOURCES).join(name);
        let content = fs::read(&source).map_err(Failure::io(source.display(), "cannot be read"))?;
        write_if_changed(&folder.join(name), content)
    }
}
