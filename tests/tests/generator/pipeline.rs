//! Tests the pipeline on the real documents: properties that hold with any overlay, and input that must not affect the output.

mod foreign;
mod independence;
mod mutations;
mod own_description;
mod retries;
mod transcription;
mod without_overlay;

use std::sync::LazyLock;

use codegen::{Inputs, Output, Published, Source};

use crate::{EMPTY_OVERLAY, read};

/// The output without the API overlay.
static WITHOUT_OVERLAY: LazyLock<Output> =
    LazyLock::new(|| generate(&read("spec/published/v2.yaml"), EMPTY_OVERLAY.as_bytes()));

/// The output with the API overlay.
static WITH_OVERLAY: LazyLock<Output> =
    LazyLock::new(|| generate(&read("spec/published/v2.yaml"), &read("spec/overlay/v2.yaml")));

/// Generates the code from an API document, an API overlay, and the other files in `spec/`.
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
