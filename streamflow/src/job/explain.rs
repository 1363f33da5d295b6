//! The plan of a pipeline, in words: what a reviewer reads and a golden file keeps.

use super::Body;
use super::drive::describe;
use super::settings::Settings;
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
    let told = match describe(settings, body) {
        Ok(told) => told,
        Err(failure) => {
            let names: Vec<&'static str> = plan.stages.iter().map(|stage| stage.name).collect();
            return failure.into_error(&names, |_| "the source".to_owned()).to_string();
        }
    };
    let mut shapes = vec![];
    body.slots().each(&mut |label, slot| {
        shapes.push((label, slot.shape()));
        slot.rollback();
    });
    // writing to a string does not fail
    let _ = render(&mut text, plan, settings, &told, &shapes);
    text
}

fn render(
    text: &mut String,
    plan: &Plan,
    settings: &Settings,
    told: &super::turn::Done,
    shapes: &[(&'static str, String)],
) -> std::fmt::Result {
    let threads = settings.threads.map_or("all cores".to_owned(), |threads| threads.to_string());
    let batches = match settings.batch_every {
        Some(interval) => format!("every {interval:?}, or at {} bytes", settings.batch_bytes),
        None => format!("as soon as there are records, up to {} bytes", settings.batch_bytes),
    };
    writeln!(text, "job `{}`", settings.name)?;
    writeln!(text, "  threads: {threads}")?;
    writeln!(text, "  batches: {batches}")?;
    let mut segment = 1;
    writeln!(text, "segment {segment}: one task a block of input")?;
    for source in &told.sources {
        writeln!(text, "  source {source}")?;
    }
    for (number, stage) in plan.stages.iter().enumerate() {
        if let Some(slot) = stage.slot {
            segment += 1;
            if stage.exchange {
                writeln!(text, "exchange by key: 64 shards")?;
            }
            let shape = shapes.iter().find(|(label, _)| *label == slot).map_or("", |(_, shape)| shape);
            writeln!(text, "segment {segment}: state `{slot}`: {shape}; {}", stage.how)?;
        }
        writeln!(text, "  {} {}", number + 1, stage.name)?;
    }
    for sink in &told.sinks {
        writeln!(text, "  sink {sink}")?;
    }
    writeln!(text, "delivery: at least once while the process lives; no checkpoint directory, so nothing survives it")
}
