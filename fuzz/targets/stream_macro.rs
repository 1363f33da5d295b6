//! The macro crate can only be linked as a macro, so its modules are taken in one by one.
#![no_main]
#![allow(dead_code)]

#[path = "../../streamflow-macros/src/tests/any_text.rs"]
mod any_text;
#[path = "../../streamflow-macros/src/check/mod.rs"]
mod check;
#[path = "../../streamflow-macros/src/code.rs"]
mod code;
#[path = "../../streamflow-macros/src/diag.rs"]
mod diag;
#[path = "../../streamflow-macros/src/durations.rs"]
mod durations;
#[path = "../../streamflow-macros/src/front.rs"]
mod front;
#[path = "../../streamflow-macros/src/ir.rs"]
mod ir;
#[path = "../../streamflow-macros/src/krate.rs"]
mod krate;
#[path = "../../streamflow-macros/src/lock/mod.rs"]
mod lock;
#[path = "../../streamflow-macros/src/lower/mod.rs"]
mod lower;
#[path = "../../streamflow-macros/src/near.rs"]
mod near;
#[path = "../../streamflow-macros/src/op/mod.rs"]
mod op;
#[path = "../../streamflow-macros/src/parse/mod.rs"]
mod parse;
#[path = "../../streamflow-macros/src/rewrite.rs"]
mod rewrite;
#[path = "../../streamflow-macros/src/slot.rs"]
mod slot;
#[path = "../../streamflow-macros/src/split.rs"]
mod split;
#[path = "../../streamflow-macros/src/tokens.rs"]
mod tokens;
#[path = "../../streamflow-macros/src/window/mod.rs"]
mod window;

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    let _ = any_text::answered(&String::from_utf8_lossy(text));
});
