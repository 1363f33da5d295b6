//! What the slot of a window will say about it, where it is written in literals: `in windows of 10s every 1s`. The words are those
//! of `form` in `streamflow/src/window`.

use super::check::{amount, option_of};
use super::kinds::Kind;
use crate::ir::{Arg, Clock};
use std::time::Duration;

/// `None`: it depends on a value.
pub fn form(kind: &Kind, clock: Clock, given: &[Arg]) -> Option<String> {
    let one_by_one = ["zone", "origin"].iter().any(|option| option_of(given, option).is_some());
    match kind.name {
        "tumbling" | "sliding" if !one_by_one => {
            let duration = |micros: u64| format!("{:?}", Duration::from_micros(micros));
            let size = amount(&given.iter().find(|arg| arg.option.is_none())?.tokens, kind)?;
            let slide = option_of(given, "every").map_or(Some(size), |arg| amount(&arg.tokens, kind))?;
            if option_of(given, "offset").is_some() {
                return None;
            }
            let every = if slide == size { String::new() } else { format!(" every {}", duration(slide)) };
            let clock = if clock == Clock::Processing { " on the batch clock" } else { "" };
            Some(format!("in windows of {}{every}{clock}", duration(size)))
        }
        "counts" => Some("in windows of counts".to_owned()),
        "batches" => None,
        _ => Some("in windows kept one by one".to_owned()),
    }
}
