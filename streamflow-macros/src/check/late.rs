//! `late(label)`: only an aggregate behind a window over event time has late records.

use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::ir::{Clock, Head, Pipeline, Stage, Window};
use proc_macro2::Ident;
use std::collections::HashMap;

/// The stages with a label, each with the window that is open before it.
pub type Labels<'a> = HashMap<String, (&'a Stage, Option<&'a Stage>)>;

/// Windows that take every record at the moment it comes, by the name that they are written with.
const COUNTED: &[&str] = &["counts", "batches", "batch"];

/// Why a stage has no late records. Of a window that is held in a variable nothing is known: it may have none either.
pub fn check(word: &Ident, label: &Ident, stage: &Stage, window: Option<&Stage>) -> Option<Diag> {
    // what puts nothing aside at all has been told
    if word != "late" || !stage.spec.is_some_and(|spec| spec.sides.contains(&"late")) {
        return None;
    }
    let Some(window) = window else {
        let text = format!("no window is open before `{}`, so no record is late for `{label}`", stage.name);
        let help = format!("open one over event time: `-> window(tumbling(10s)) -> {}(..) as {label}`", stage.name);
        return Some(Diag::new(Code::UnknownLabel, label, text).help(help));
    };
    let window = written(window)?;
    if window.counts_late {
        let text = format!("`late = count` says that the late records of `{label}` are only counted");
        let help = format!("remove `late = count`, or `late({label})`");
        return Some(Diag::new(Code::UnknownLabel, label, text).help(help));
    }
    let kind = window.kind.to_string();
    let why = if COUNTED.contains(&kind.as_str()) {
        format!("`{kind}` takes every record when it comes")
    } else if window.clock == Clock::Processing {
        "this window goes by the batch clock".to_owned()
    } else {
        return None;
    };
    let text = format!("{why}, so no record is late for `{label}`");
    Some(
        Diag::new(Code::UnknownLabel, label, text)
            .help(format!("remove `late({label})`, or use a window over event time")),
    )
}

/// Warns of a lateness whose end nobody sees. An aggregate without a label has said that it is not asked about, and so has a window with
/// `late = count`.
pub fn unread(pipeline: &Pipeline, labels: &Labels<'_>, diags: &mut Diags) {
    let read = |name: &str| {
        let mut heads = pipeline.flows.iter().map(|flow| &flow.head);
        heads.any(|head| matches!(head, Head::Side { word, label } if word == "late" && label == name))
    };
    let mut labels: Vec<_> = labels.iter().collect();
    labels.sort_by_key(|(name, _)| *name);
    for (name, (_, window)) in labels {
        let window = window.and_then(written).filter(|window| !window.counts_late);
        let Some(lateness) = window.and_then(|window| window.lateness.as_ref()) else { continue };
        if !read(name) {
            let diag = Diag::new(Code::UnreadLate, lateness, "records that come later than this are only counted")
                .help(format!(
                    "read them, `late({name}) -> sink`, or say that this is meant: `late = count` in the window"
                ));
            diags.warn("late_records_are_never_read", diag);
        }
    }
}

fn written(window: &Stage) -> Option<&Window> {
    window.args.first()?.window.as_ref()
}
