#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = streamflow_fuzz::manifest(bytes);
});
