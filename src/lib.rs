//! The package that owns the whole-pipeline tests, the benches and the examples. It has no code of its own.

/// The examples of the page are compiled.
#[cfg(doctest)]
#[doc = include_str!("../docs/state.md")]
struct HowToChangeAStateType;

/// The program of the page is compiled.
#[cfg(doctest)]
#[doc = include_str!("../docs/cli.md")]
struct AJobAsAProgram;
