//! The package that owns the whole-pipeline tests, the benches and the examples. It has no code of its own.
