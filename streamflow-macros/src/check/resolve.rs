//! Finds every operator and its arguments in the table, or a name that may have been meant.

use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::ir::{Pipeline, Stage};
use crate::near::{nearest, same};
use crate::op::{self, OpSpec, TABLE};

/// Sets `Stage::spec` and `Arg::spec`.
pub fn resolve(pipeline: &mut Pipeline, diags: &mut Diags) {
    pipeline.each_mut(|flow| {
        for stage in &mut flow.stages {
            stage.spec = op::find(&stage.name.to_string());
            match stage.spec {
                Some(spec) => arguments(stage, spec),
                None => unknown(stage, diags),
            }
        }
    });
}

/// Options are found by name, the others by their place among those without a name.
fn arguments(stage: &mut Stage, spec: &'static OpSpec) {
    let mut positional = spec.args.iter().filter(|arg| !arg.by_name());
    for arg in &mut stage.args {
        arg.spec = match &arg.option {
            Some(name) => spec.args.iter().find(|known| known.by_name() && name == known.name),
            None => positional.next(),
        };
    }
}

/// What other systems write as an operator, and here is written another way.
const WRITTEN_OTHERWISE: &[(&[&str], &str)] = &[
    (
        &["union", "union_all", "concat", "chain", "merge", "connect", "interleave"],
        "streams are merged at their head: `let a = ..; let b = ..; merge(a, b) -> ..`",
    ),
    (
        &["foreach_rdd", "foreach_batch", "for_each_batch"],
        "this is a sink: `-> sink::for_each_batch(|batch, rows| ..)`",
    ),
    (&["foreach", "for_each", "sink_to", "add_sink", "subscribe"], "this is a sink: `-> sink::for_each(|row| ..)`"),
    (&["print", "show", "pprint"], "this is a sink: `-> sink::print(10)`"),
    (
        &["save_as_text_files", "save_as_object_files", "save_as_hadoop_files", "write_stream"],
        "this is a sink: `-> file::batches(prefix, suffix)`",
    ),
    (&["slice", "remember"], "this is a sink that keeps batches: `-> sink::recent(..)`"),
    (
        &["cache", "persist", "share", "broadcast_stream"],
        "a stream with a name is computed once, however many read it: `let name = ..;`",
    ),
    (
        &["side_output", "side_output_late_data", "get_side_output", "late_data"],
        "what a stage puts aside is a head: `late(label) -> ..`, `errors(label) -> ..`",
    ),
    (
        &["branch", "fork", "tee"],
        "`split { a => .., b => .. }` gives every arm every record, `route { .. }` sends each to one",
    ),
    (&["checkpoint"], "there are no checkpoints in this version"),
];

fn unknown(stage: &Stage, diags: &mut Diags) {
    let name = stage.name.to_string();
    let text = format!("unknown operator `{name}`");
    let otherwise = WRITTEN_OTHERWISE.iter().find(|(names, _)| names.iter().any(|foreign| same(foreign, &name)));
    let diag = if let Some((_, help)) = otherwise {
        Diag::new(Code::ForeignOperator, &stage.name, text).help(help)
    } else if let Some(ours) = called_elsewhere(&name) {
        Diag::new(Code::ForeignOperator, &stage.name, text)
            .help(format!("streamflow calls this `{}`, which {}", ours.name, ours.summary))
    } else {
        let diag = Diag::new(Code::UnknownOperator, &stage.name, text);
        match nearest(&name, TABLE.iter().map(|spec| spec.name)) {
            Some(near) => diag.help(format!("an operator with a similar name exists: `{near}`")),
            None => diag,
        }
    };
    diags.push(diag.note(operators()));
}

/// Our operator for a name that other systems use. Asked before similar names, for `tap` means `inspect`
/// although it is one letter from `map`.
fn called_elsewhere(name: &str) -> Option<&'static OpSpec> {
    TABLE.iter().copied().find(|spec| {
        let mut foreign = spec.also_called.iter();
        same(spec.name, name) || foreign.any(|foreign| same(foreign, name))
    })
}

/// All operators in groups.
fn operators() -> String {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for spec in TABLE {
        let title = spec.group;
        match groups.iter_mut().find(|(known, _)| *known == title) {
            Some((_, names)) => names.push(spec.name),
            None => groups.push((title, vec![spec.name])),
        }
    }
    let groups = groups.iter().map(|(title, names)| format!("{title}: {}", names.join(", ")));
    format!("the operators are: {}", groups.collect::<Vec<_>>().join("; "))
}
