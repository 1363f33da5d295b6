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

fn unknown(stage: &Stage, diags: &mut Diags) {
    let name = stage.name.to_string();
    let text = format!("unknown operator `{name}`");
    let diag = if let Some(ours) = called_elsewhere(&name) {
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
