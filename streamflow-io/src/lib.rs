//! Connectors of StreamFlow. Each system is one module behind a feature of the same name.

#[cfg(feature = "gzip")]
pub mod gzip;
#[cfg(feature = "zstd")]
pub mod zstd;

#[cfg(all(test, any(feature = "gzip", feature = "zstd")))]
mod testing;
