//! Bad pipelines and what rustc says about them; good pipelines that must compile in silence.
//!
//! The texts belong to the toolchain in `rust-toolchain.toml`. After a change of the texts: `TRYBUILD=overwrite cargo test
//! --test ui`, then `cargo test --test ui_lint`, which says what a text may not contain.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    for folder in ["syntax", "names", "shape", "types", "state", "delivery"] {
        cases.compile_fail(format!("tests/ui/{folder}/*.rs"));
    }
    cases.pass("tests/ui/pass/*.rs");
}
