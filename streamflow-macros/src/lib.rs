//! The `stream!` macro.
