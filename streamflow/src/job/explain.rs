//! The plan of a pipeline, in words: what a reviewer reads and a golden file keeps.

use super::Body;
use super::drive::describe;
use super::settings::{Delivery, Settings};
use crate::state::SHARDS;
use std::fmt::Write;

/// What `stream!` tells about a pipeline.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The file that the pipeline stands in.
    pub file: &'static str,
    /// How many sources it has.
    pub sources: usize,
    /// Its stages in order.
    pub stages: &'static [StageInfo],
    /// Its segments in order.
    pub segments: &'static [SegmentInfo],
}

/// One segment: what runs without anybody waiting for anybody else.
#[derive(Clone, Copy, Debug)]
pub struct SegmentInfo {
    /// Where its records come from.
    pub root: Root,
    /// What they meet, branch after branch.
    pub steps: &'static [Step],
}

/// Where the records of a segment come from.
#[derive(Clone, Copy, Debug)]
pub enum Root {
    /// A source, by its number.
    Source(usize),
    /// The rows of a stage, by its number.
    Stage(usize),
    /// What a stage puts aside: the word for it, and the number of the stage.
    Side(&'static str, usize),
}

/// What records meet in a segment.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// A stage, by its number.
    Stage(usize),
    /// A state that takes them, by its name.
    Into(&'static str),
    /// A sink, by its number.
    Sink(usize),
    /// The name of a stream or of an arm.
    Note(&'static str),
}

/// One stage of a plan.
#[derive(Clone, Copy, Debug)]
pub struct StageInfo {
    /// What messages call it: the operator, with its label if it has one.
    pub name: &'static str,
    /// The line that it stands in.
    pub line: u32,
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
    // where every state has one reader and one writer, the order tells all
    let graph = told.sources.len() > 1 || told.sinks.len() > 1;
    let mut count = 0;
    for segment in plan.segments {
        match segment.root {
            Root::Source(number) => {
                count += 1;
                writeln!(
                    text,
                    "\nsegment {count}, a task for each block of about {}",
                    self::bytes(settings.chunk_bytes)
                )?;
                writeln!(text, "  from {}", told.sources.get(number).map_or("", String::as_str))?;
            }
            Root::Stage(number) => root(text, &mut count, number, &plan.stages[number], settings, shapes)?,
            Root::Side(word, number) => {
                count += 1;
                let stage = &plan.stages[number];
                writeln!(text, "\nsegment {count}, {word} records of `{}`", stage.slot.unwrap_or(stage.name))?;
            }
        }
        for step in segment.steps {
            match *step {
                Step::Stage(number) => writeln!(text, "  {:>2} {}", number + 1, plan.stages[number].name)?,
                Step::Into(slot) if graph => writeln!(text, "  into `{slot}`")?,
                Step::Into(_) => {}
                Step::Sink(number) => writeln!(text, "  to {}", told.sinks.get(number).map_or("", String::as_str))?,
                Step::Note(note) => writeln!(text, "   | {note}")?,
            }
        }
    }
    match (&settings.checkpoint, settings.delivery) {
        (None, _) => {
            writeln!(text, "\ndelivery: at least once while the process lives; without checkpoints nothing survives it")
        }
        (Some(place), Delivery::ExactlyOnce) => writeln!(text, "\ndelivery: exactly once; state is kept in {place}"),
        (Some(place), Delivery::AtMostOnce) => writeln!(text, "\ndelivery: at most once; state is kept in {place}"),
        (Some(place), _) => writeln!(text, "\ndelivery: at least once, by the sink; state is kept in {place}"),
    }?;
    match &settings.checkpoint {
        Some(place) if !told.journaled.is_empty() => {
            let also = place.second_place().map_or_else(String::new, |second| format!(" and in {second}"));
            writeln!(text, "receiver log: what is received is kept there{also} before senders are told")
        }
        _ => Ok(()),
    }
}

/// The head of a segment that begins with the rows of a stage.
fn root(
    text: &mut String,
    count: &mut usize,
    number: usize,
    stage: &StageInfo,
    settings: &Settings,
    shapes: &[(&'static str, String)],
) -> std::fmt::Result {
    if let Some(slot) = stage.slot {
        *count += 1;
        if stage.exchange {
            let alone = if settings.threads == Some(1) && settings.pool.is_none() { " on one thread" } else { "" };
            writeln!(text, "\nexchange by key over {SHARDS} shards{alone}")?;
        }
        let shape = shapes.iter().find(|(label, _)| *label == slot).map_or("", |(_, shape)| shape);
        writeln!(text, "\nsegment {count}, rows of `{slot}`")?;
        writeln!(text, "  state `{slot}`: {shape} ({})", stage.how)?;
    }
    writeln!(text, "  {:>2} {}", number + 1, stage.name)
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
