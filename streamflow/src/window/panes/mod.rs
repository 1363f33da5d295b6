//! Windows of a grid: panes of columns a shard, closed by the watermark.

mod bucket;
mod fold;
mod meeting;
mod rows;
mod run;
mod save;
mod slot;
#[cfg(test)]
mod tests;
mod total;

pub use bucket::{WindowBucket, WindowBuckets};
pub use slot::PaneSlot;
