//! Fuzzes the lookup of all elements of a document in the bindings.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mutation::count::Count;
use mutation::stages;

static COUNT: Count = Count::new();

fuzz_target!(|bytes: &[u8]| {
    if COUNT.note(&stages::coverage(bytes)).is_power_of_two() {
        eprintln!("{COUNT}");
    }
});
