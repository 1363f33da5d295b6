//! Lines in a receiver log.

/// The methods of [`Receive`](crate::source::Receive) that are the same for all sources of lines.
macro_rules! stored_lines {
    () => {
        fn store(block: &$crate::source::LineBlock, bytes: &mut Vec<u8>) {
            block.store(bytes);
        }

        fn load(bytes: &[u8], budget: usize) -> Result<($crate::source::LineBlock, usize), $crate::Error> {
            $crate::source::LineBlock::load(bytes, budget)
        }
    };
}
pub(crate) use stored_lines;
