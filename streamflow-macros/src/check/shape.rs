//! Follows the shape of the stream from stage to stage.
//!
//! Behind a stage that is unknown or in a wrong place the shape is unknown as well, and nothing is said
//! about later stages: one mistake, one error.

use super::late::{self, Labels};
use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::ir::{Clock, End, Flow, Head, Pipeline, Stage};
use crate::op::{ArgKind, Needs, OpSpec, Role, Shape, Timed};
use proc_macro2::Ident;
use std::collections::HashMap;

/// What is known behind a stage.
#[derive(Clone)]
struct Known<'a> {
    shape: Shape,
    /// Whether the records have times.
    timed: bool,
    /// The `key_by` whose key nothing has used yet.
    key: Option<&'a Stage>,
    /// The window that is open.
    open: Option<&'a Stage>,
}

const PLAIN: Known<'static> = Known { shape: Shape::Plain, timed: false, key: None, open: None };

/// Operators that make no sense without event time; a window may be on the batch clock.
const NEED_TIMES: &[&str] = &["dedup"];

/// What is known of the streams that have a name, `None` behind a mistake, and of the stages that have a label.
#[derive(Default)]
struct Names<'a> {
    streams: HashMap<String, Option<Known<'a>>>,
    labels: Labels<'a>,
}

/// Checks the order of the stages of every flow.
pub fn shape(pipeline: &Pipeline, diags: &mut Diags) {
    let mut names = Names::default();
    for flow in &pipeline.flows {
        let known = head(flow, &names, diags);
        let known = known.and_then(|known| walk(flow, known, &mut names, diags));
        if let Some(name) = &flow.name {
            // a key that is never used is the business of those who read the stream
            names.streams.insert(name.to_string(), known.map(|known| Known { key: None, ..known }));
        }
    }
    late::unread(pipeline, &names.labels, diags);
}

fn head<'a>(flow: &'a Flow, names: &Names<'a>, diags: &mut Diags) -> Option<Known<'a>> {
    match &flow.head {
        Head::Source(_) | Head::Arm => Some(PLAIN),
        Head::Side { word, label } => {
            // whose times they have is known to rustc
            let side = Known { timed: true, ..PLAIN };
            let Some((stage, window)) = names.labels.get(&label.to_string()) else { return Some(side) };
            match late::check(word, label, stage, *window) {
                None => Some(side),
                Some(diag) => {
                    diags.push(diag);
                    None
                }
            }
        }
        Head::Name(name) => names.streams.get(&name.to_string())?.clone(),
        Head::Merge(merged) => {
            let known: Option<Vec<&Known<'a>>> =
                merged.iter().map(|name| names.streams.get(&name.to_string())?.as_ref()).collect();
            let known = known?;
            let (first, rest) = known.split_first()?;
            for (other, name) in rest.iter().zip(&merged[1..]) {
                if let Some(diag) = unlike(&merged[0], first, name, other) {
                    diags.push(diag);
                    return None;
                }
            }
            let shape = if first.shape == Shape::Keyed { Shape::Keyed } else { Shape::Plain };
            Some(Known { shape, ..(*first).clone() })
        }
    }
}

/// Why two streams cannot be merged.
fn unlike(first: &Ident, one: &Known<'_>, name: &Ident, other: &Known<'_>) -> Option<Diag> {
    let open = [(first, one), (name, other)].into_iter().find(|(_, known)| matches!(known.shape, Shape::Open { .. }));
    if let Some((name, _)) = open {
        let text = format!("a window is open in `{name}`, so it cannot be merged");
        return Some(
            Diag::new(Code::OpenWindow, name, text)
                .help("merge the streams first and open the window behind: `merge(..) -> window(..)`"),
        );
    }
    let (what, remedy) = if (one.shape == Shape::Keyed) != (other.shape == Shape::Keyed) {
        ("a key", "`key_by` behind the merge")
    } else if one.timed != other.timed {
        ("timestamps", "`timestamp` in both, or behind the merge")
    } else {
        return None;
    };
    let has = if (what == "a key" && one.shape == Shape::Keyed) || (what == "timestamps" && one.timed) {
        first
    } else {
        name
    };
    let text = format!("`{first}` and `{name}` cannot be merged: only `{has}` has {what}");
    Some(Diag::new(Code::UnlikeStreams, name, text).help(format!("put {remedy}")))
}

/// Follows a flow; gives what is known at its end.
fn walk<'a>(flow: &'a Flow, mut known: Known<'a>, names: &mut Names<'a>, diags: &mut Diags) -> Option<Known<'a>> {
    for stage in &flow.stages {
        let spec = stage.spec?;
        if let Some(diag) = misplaced(stage, spec, known.shape, known.open) {
            diags.push(diag);
            return None;
        }
        if let Some(diag) = unfit(stage, spec, known.timed, names) {
            diags.push(diag);
            return None;
        }
        if NEED_TIMES.contains(&spec.name) && !known.timed {
            diags.push(no_times(stage, spec));
            return None;
        }
        if spec.role == Role::Window {
            check_time(stage, known.timed, diags);
        }
        if let Some(diag) = unmerged(stage, spec, &known) {
            diags.push(diag);
        }
        if let Some(label) = &stage.label {
            names.labels.insert(label.to_string(), (stage, known.open));
        }
        known = step(stage, spec, known, diags);
    }
    match (known.shape, &flow.end) {
        (Shape::Open { .. }, Some(End::Sink { .. })) => {
            if let Some(window) = known.open {
                diags.push(not_aggregated(&window.name, "the sink"));
            }
        }
        (Shape::Keyed, Some(End::Sink { .. })) => {
            unused_key(known.key, "the sink takes records without their key", diags)
        }
        (_, Some(End::Split { arms, .. } | End::Route { arms, .. })) => {
            for arm in arms {
                walk(&arm.flow, Known { key: None, ..known.clone() }, names, diags);
            }
        }
        _ => {}
    }
    Some(known)
}

/// Sessions that meet become one, aligned windows share their records, and nobody but the user knows how two accumulators become one.
/// Who holds the window in a variable hears it from rustc.
fn unmerged(stage: &Stage, spec: &OpSpec, known: &Known<'_>) -> Option<Diag> {
    let window = known.open.filter(|_| matches!(known.shape, Shape::Open { .. }))?.args.first()?.window.as_ref()?;
    let says = |arg: &crate::ir::Arg| arg.option.as_ref().is_some_and(|option| option == "merge");
    let text = match window.kind.to_string().as_str() {
        "session" => "sessions that meet become one, but this `fold` cannot say how their values do",
        "aligned" => "aligned windows share their records, but this `fold` cannot say how two values become one",
        _ => return None,
    };
    if spec.name != "fold" || stage.args.iter().any(says) {
        return None;
    }
    let diag = Diag::new(Code::SessionFold, &stage.name, text);
    Some(diag.help("add `merge = |into, from| ..`, which takes the later value into the earlier one"))
}

/// What is wrong with the times of a stage, or with the other streams that it reads.
fn unfit(stage: &Stage, spec: &OpSpec, timed: bool, names: &Names<'_>) -> Option<Diag> {
    if spec.timed == Timed::Needed && !timed {
        let text = format!("`{}` goes by event time, but no `timestamp` stands before it", spec.name);
        let help = format!("write `-> timestamp(|item| ..) -> key_by(|item| ..) -> {}(..)`", spec.name);
        return Some(Diag::new(Code::NoTimestamps, &stage.name, text).help(help));
    }
    let streams = stage.args.iter().filter(|arg| arg.spec.is_some_and(|spec| spec.kind == ArgKind::Stream));
    let mut words = streams.filter_map(|arg| arg.word.as_ref());
    words.find_map(|word| {
        let known = names.streams.get(&word.to_string())?.as_ref()?;
        if matches!(known.shape, Shape::Open { .. }) {
            let text = format!("a window is open in `{word}`, which `{}` cannot read", spec.name);
            return Some(
                Diag::new(Code::OpenWindow, word, text).help("aggregate it first: `-> window(..) -> count()`"),
            );
        }
        if spec.needs == Needs::Unkeyed && known.shape == Shape::Keyed {
            let text = format!("`{}` looks at the whole stream, but `{word}` is keyed", spec.name);
            return Some(
                Diag::new(Code::WrongKey, word, text).help(format!("give `{word}` a name before its `key_by`")),
            );
        }
        if spec.needs == Needs::Keyed && known.shape != Shape::Keyed {
            let text = format!("`{}` needs two keyed streams, but `{word}` has no key", spec.name);
            let help = format!("write `let {word} = .. -> key_by(|item| ..);`");
            return Some(Diag::new(Code::WrongKey, word, text).help(help));
        }
        (spec.timed == Timed::Needed && !known.timed).then(|| {
            let text = format!("`{}` goes by event time, but `{word}` has no timestamps", spec.name);
            let help = format!("write `let {word} = .. -> timestamp(|item| ..) -> key_by(|item| ..);`");
            Diag::new(Code::NoTimestamps, word, text).help(help)
        })
    })
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
    if matches!(name, "distinct" | "dedup") {
        let by = format!("say what must differ: `{name}(|item| ..)` in place of `key_by(|item| ..) -> {name}()`");
        return diag.help(by);
    }
    if spec.group == "batches" {
        return diag.help(format!("put it before `key_by`: `-> {} -> key_by(|item| ..)`", spec.example));
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

fn no_times(stage: &Stage, spec: &OpSpec) -> Diag {
    let text = format!("`{}` forgets by event time, but this stream carries no timestamps", spec.name);
    Diag::new(Code::NoTimestamps, &stage.name, text)
        .help(format!("say when a record happened: `-> timestamp(|item| ..)` before `{}`", spec.name))
        .help("or keep every key for the life of the job: `distinct(|item| ..)`")
}

/// Goes over a stage that stands where it may.
fn step<'a>(stage: &'a Stage, spec: &OpSpec, known: Known<'a>, diags: &mut Diags) -> Known<'a> {
    let shape = (spec.gives)(known.shape);
    if known.shape == Shape::Keyed {
        if spec.role == Role::KeyBy {
            unused_key(known.key, "a second `key_by` replaces it", diags);
        } else if shape == Shape::Plain && matches!(spec.needs, Needs::Any | Needs::Unkeyed) {
            let why = format!("`{}` forgets the key; `map_values` keeps it", spec.name);
            unused_key(known.key, &why, diags);
        }
    }
    let timed = match spec.timed {
        _ if spec.role == Role::Timestamp => true,
        Timed::Kept | Timed::Needed => known.timed,
        Timed::Lost => false,
        Timed::Window => known.timed && known.open.is_some_and(on_event_time),
    };
    Known {
        shape,
        timed,
        key: if spec.role == Role::KeyBy { Some(stage) } else { known.key },
        open: if spec.role == Role::Window {
            Some(stage)
        } else {
            known.open.filter(|_| matches!(shape, Shape::Open { .. }))
        },
    }
}

/// A window that is held in a variable may be: rustc knows.
fn on_event_time(window: &Stage) -> bool {
    window.args.first().and_then(|arg| arg.window.as_ref()).is_none_or(|window| window.clock == Clock::Event)
}

fn unused_key(key: Option<&Stage>, why: &str, diags: &mut Diags) {
    if let Some(stage) = key {
        let text = "the key of this `key_by` is never used";
        diags.warn("key_is_never_used", Diag::new(Code::UnusedKey, &stage.name, text).note(why));
    }
}
