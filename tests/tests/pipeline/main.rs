//! The pipeline on the real documents: what it must give whatever the overlay knows, and what it must not depend on.

mod changed;
mod foreign;
mod independent;
mod plain;
mod retries;
mod transcription;

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use codegen::{Inputs, Output, Published, Source};

const NOTHING_KNOWN: &[u8] = b"overlay: 1.0.0\ninfo: {title: Nothing, version: 1.0.0}\nactions: []\n";

/// What the document of the API gives without the overlay.
static PLAIN: LazyLock<Output> = LazyLock::new(|| generate(&read("spec/published/v2.yaml"), NOTHING_KNOWN));

/// What it gives with the overlay.
static INFORMED: LazyLock<Output> =
    LazyLock::new(|| generate(&read("spec/published/v2.yaml"), &read("spec/overlay/v2.yaml")));

fn root() -> PathBuf {
    talkable_tests::workspace()
}

fn read(name: &str) -> Vec<u8> {
    fs::read(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Generates from a document of the API, and all else as it is in `spec/`.
fn generate(v2: &[u8], overlay: &[u8]) -> Output {
    let webhooks = read("spec/published/webhooks.yaml");
    let webhooks = Source { name: "webhooks.yaml", bytes: &webhooks };
    let v2 = Source { name: "v2.yaml", bytes: v2 };
    let output = codegen::generate(&Inputs {
        v2: Published { document: v2, transcription: v2, overlay: Source { name: "overlay.yaml", bytes: overlay } },
        webhooks: Published {
            document: webhooks,
            transcription: webhooks,
            overlay: Source { name: "webhooks overlay", bytes: &read("spec/overlay/webhooks.yaml") },
        },
        shared: Source { name: "schemas.yaml", bytes: &read("spec/schemas.yaml") },
    });
    output.unwrap_or_else(|error| panic!("{error}"))
}
