//! The plan of a pipeline, in words: what a reviewer reads and a golden file keeps.

use super::Body;
use super::drive::describe;
use super::settings::Settings;
use crate::state::SHARDS;
use std::fmt::Write;

/// What `stream!` tells about a pipeline.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many sources it has.
    pub sources: usize,
    /// Its stages in order.
    pub stages: &'static [StageInfo],
}

/// One stage of a plan.
#[derive(Clone, Copy, Debug)]
pub struct StageInfo {
    /// What messages call it: the operator, with its label if it has one.
    pub name: &'static str,
    /// The label of its state, if it keeps some.
    pub slot: Option<&'static str>,
    /// Do records have to go to the owner of their key before it?
    pub exchange: bool,
    /// How it protects its state in a batch: undo, mark.
    pub how: &'static str,
}

pub(crate) fn explain(plan: &Plan, settings: &Settings, body: &mut dyn Body) -> String {
    let mut text = String::new();
    let told = describe(settings, body);
    let mut shapes = vec![];
    body.slots().each(&mut |label, slot| {
        shapes.push((label, slot.shape()));
        slot.forget();
    });
    let told = match told {
        Ok(told) => told,
        Err(failure) => {
            let names: Vec<&'static str> = plan.stages.iter().map(|stage| stage.name).collect();
            return failure.into_error(&names, |_| "the source".to_owned()).to_string();
        }
    };
    // writing to a string does not fail
    let _ = render(&mut text, plan, settings, &told, &shapes);
    text
}

/// One paragraph a segment: what runs without anybody waiting for anybody else. A stage with state begins a segment, since
/// its rows are there only when all records of the batch are folded.
fn render(
    text: &mut String,
    plan: &Plan,
    settings: &Settings,
    told: &super::turn::Done,
    shapes: &[(&'static str, String)],
) -> std::fmt::Result {
    let threads = match (&settings.pool, settings.threads) {
        (Some(pool), _) => format!("1, and {} of a pool that others may use", pool.current_num_threads()),
        (None, Some(threads)) => threads.to_string(),
        (None, None) => "all cores".to_owned(),
    };
    let most = bytes(settings.batch_bytes);
    let batches = match settings.batch_every {
        Some(interval) => format!("every {interval:?}, sooner at about {most}"),
        None => format!("as soon as there are records, at most about {most}"),
    };
    writeln!(text, "job `{}`", settings.name)?;
    writeln!(text, "  threads: {threads}")?;
    writeln!(text, "  batches: {batches}")?;
    writeln!(text, "\nsegment 1, a task for each block of about {}", bytes(settings.chunk_bytes))?;
    for source in &told.sources {
        writeln!(text, "  from {source}")?;
    }
    let mut segment = 1;
    for (number, stage) in plan.stages.iter().enumerate() {
        if let Some(slot) = stage.slot {
            segment += 1;
            if stage.exchange {
                let alone = if settings.threads == Some(1) && settings.pool.is_none() { " on one thread" } else { "" };
                writeln!(text, "\nexchange by key over {SHARDS} shards{alone}")?;
            }
            let shape = shapes.iter().find(|(label, _)| *label == slot).map_or("", |(_, shape)| shape);
            writeln!(text, "\nsegment {segment}, rows of `{slot}`")?;
            writeln!(text, "  state `{slot}`: {shape} ({})", stage.how)?;
        }
        writeln!(text, "  {:>2} {}", number + 1, stage.name)?;
    }
    for sink in &told.sinks {
        writeln!(text, "  to {sink}")?;
    }
    writeln!(text, "\ndelivery: at least once while the process lives; without checkpoints nothing survives it")
}

/// A number of bytes in the largest unit that needs no fraction.
fn bytes(bytes: usize) -> String {
    match bytes {
        0 => "0 bytes".to_owned(),
        _ if bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn bytes_are_shown_without_fractions() {
        assert_eq!(bytes(4 << 20), "4 MiB");
        assert_eq!(bytes(64 << 10), "64 KiB");
        assert_eq!(bytes(1_000_000), "1000000 bytes");
        assert_eq!(bytes(0), "0 bytes");
    }
}
