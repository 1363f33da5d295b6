//! Follows the shape of the stream from stage to stage.
//!
//! Behind a stage that is unknown or in a wrong place the shape is unknown as well, and nothing is said
//! about later stages: one mistake, one error.

use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::ir::{Clock, End, Flow, Pipeline, Stage};
use crate::op::{Needs, OpSpec, Role, Shape};

/// What is known behind a stage.
struct Known<'a> {
    shape: Shape,
    /// Whether a stage gave times to the records.
    timed: bool,
    /// The `key_by` whose key nothing has used yet.
    key: Option<&'a Stage>,
}

/// Checks the order of the stages of every flow.
pub fn shape(pipeline: &Pipeline, diags: &mut Diags) {
    for flow in &pipeline.flows {
        flow_shape(flow, diags);
    }
}

fn flow_shape(flow: &Flow, diags: &mut Diags) {
    let mut known = Known { shape: Shape::Plain, timed: false, key: None };
    let mut open: Option<&Stage> = None;
    for stage in &flow.stages {
        let Some(spec) = stage.spec else { return };
        if let Some(diag) = misplaced(stage, spec, known.shape, open) {
            diags.push(diag);
            return;
        }
        if spec.role == Role::Window {
            check_time(stage, known.timed, diags);
            open = Some(stage);
        }
        known = step(stage, spec, known, diags);
    }
    match (known.shape, &flow.end) {
        (Shape::Open { .. }, Some(End::Sink { .. })) => {
            if let Some(window) = open {
                diags.push(not_aggregated(&window.name, "the sink"));
            }
        }
        (Shape::Keyed, Some(_)) => unused_key(known.key, "the sink takes records without their key", diags),
        _ => {}
    }
}

/// The error of an operator that may not stand behind this shape.
fn misplaced(stage: &Stage, spec: &OpSpec, shape: Shape, open: Option<&Stage>) -> Option<Diag> {
    if let (Shape::Open { .. }, Some(window)) = (shape, open)
        && spec.needs != Needs::Group
    {
        return Some(match spec.role {
            Role::Window => Diag::new(Code::WindowInWindow, &stage.name, "a window is already open")
                .help("aggregate it first: `-> count() -> window(..)`"),
            Role::KeyBy => not_aggregated(&stage.name, "`key_by`")
                .help("or, to group within the window, put `key_by` before it: `-> key_by(..) -> window(..)`"),
            _ => not_aggregated(&window.name, &format!("`{}`", spec.name)),
        });
    }
    match (spec.needs, shape) {
        (Needs::Keyed, Shape::Keyed) => None,
        (Needs::Keyed, _) => {
            let text = format!("`{}` needs a keyed stream, but no `key_by` stands before it", spec.name);
            let diag = Diag::new(Code::WrongKey, &stage.name, text)
                .help(format!("write `-> key_by(|item| ..) -> {}(..)`", spec.name));
            Some(if spec.role == Role::MapValues { diag.help("or write `map`, which needs no key") } else { diag })
        }
        (Needs::Unkeyed, Shape::Keyed) if spec.role != Role::KeyBy => Some(keyed(stage, spec)),
        _ => None,
    }
}

/// `top` and `distinct` look at the whole stream; a key before them is a misunderstanding.
fn keyed(stage: &Stage, spec: &OpSpec) -> Diag {
    let name = spec.name;
    let text = format!("`{name}` looks at the whole stream, but the stream is keyed here");
    let diag = Diag::new(Code::WrongKey, &stage.name, text);
    if spec.role == Role::Distinct {
        return diag.help("say what must differ: `distinct(|item| ..)` in place of `key_by(|item| ..) -> distinct()`");
    }
    diag.help(format!("aggregate each key first: `-> key_by(|item| ..) -> count() -> {}`", spec.example))
        .help("or remove `key_by` to rank single records")
}

fn not_aggregated(at: &proc_macro2::Ident, before: &str) -> Diag {
    let text = format!("a window must be aggregated before {before}");
    Diag::new(Code::OpenWindow, at, text).help("put an aggregate behind the window: `-> window(..) -> count()`")
}

/// An event-time window needs times; who writes the window as a variable hears it from rustc.
fn check_time(stage: &Stage, timed: bool, diags: &mut Diags) {
    let Some(window) = stage.args.first().and_then(|arg| arg.window.as_ref()) else {
        return;
    };
    if timed || window.clock == Clock::Processing {
        return;
    }
    let text = "an event-time window needs timestamps, but this stream carries none";
    let diag = Diag::new(Code::NoTimestamps, &window.kind, text)
        .help("say when a record happened: `-> timestamp(|item| ..)` before the window")
        .help(format!("or use the machine's clock: `{}(.., clock = processing)`", window.kind));
    diags.push(diag);
}

/// Goes over a stage that stands where it may.
fn step<'a>(stage: &'a Stage, spec: &OpSpec, known: Known<'a>, diags: &mut Diags) -> Known<'a> {
    let shape = (spec.gives)(known.shape);
    if known.shape == Shape::Keyed {
        if spec.role == Role::KeyBy {
            unused_key(known.key, "a second `key_by` replaces it", diags);
        } else if shape == Shape::Plain && spec.role != Role::Aggregate {
            let why = format!("`{}` forgets the key; `map_values` keeps it", spec.name);
            unused_key(known.key, &why, diags);
        }
    }
    Known {
        shape,
        // results carry no timestamps of their own
        timed: (known.timed && !spec.has_state()) || spec.role == Role::Timestamp,
        key: if spec.role == Role::KeyBy { Some(stage) } else { known.key },
    }
}

fn unused_key(key: Option<&Stage>, why: &str, diags: &mut Diags) {
    if let Some(stage) = key {
        let text = "the key of this `key_by` is never used";
        diags.warn("key_is_never_used", Diag::new(Code::UnusedKey, &stage.name, text).note(why));
    }
}
