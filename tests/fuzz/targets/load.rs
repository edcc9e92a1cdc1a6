//! Fuzzes the `load` stage.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mutation::count::Count;
use mutation::stages;

static COUNT: Count = Count::new();

fuzz_target!(|bytes: &[u8]| {
    if COUNT.note(&stages::load(bytes)).is_power_of_two() {
        eprintln!("{COUNT}");
    }
});
