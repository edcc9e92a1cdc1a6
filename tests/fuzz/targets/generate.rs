//! Fuzzes the generation of the bindings and of the published editions of the description.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mutation::count::Count;
use mutation::stages;

static COUNT: Count = Count::new();

fuzz_target!(|bytes: &[u8]| {
    if COUNT.note(&stages::generate(bytes)).is_power_of_two() {
        eprintln!("{COUNT}");
    }
});
