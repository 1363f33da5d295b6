//! Finds every operator in the table, or a name that may have been meant.

use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::ir::{Pipeline, Stage};
use crate::near::{nearest, same};
use crate::op::{self, Role, TABLE};

/// Operators of a later version.
const LATER: &[&str] = &[
    "split",
    "route",
    "merge",
    "join",
    "lookup",
    "process",
    "update_state",
    "map_with_state",
    "try_map",
];

/// Sets `Stage::spec`.
pub fn resolve(pipeline: &mut Pipeline, diags: &mut Diags) {
    for stage in pipeline.flows.iter_mut().flat_map(|flow| &mut flow.stages) {
        stage.spec = op::find(&stage.name.to_string());
        if stage.spec.is_none() {
            unknown(stage, diags);
        }
    }
}

fn unknown(stage: &Stage, diags: &mut Diags) {
    let name = stage.name.to_string();
    if LATER.contains(&name.as_str()) {
        let text = format!("`{name}` does not exist in this version of streamflow");
        diags.push(Diag::new(Code::NotYet, &stage.name, text).note(operators()));
        return;
    }
    let text = format!("unknown operator `{name}`");
    let diag = if let Some(ours) = called_elsewhere(&name) {
        Diag::new(Code::ForeignOperator, &stage.name, text)
            .help(format!("streamflow calls this `{ours}`"))
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
pub fn called_elsewhere(name: &str) -> Option<&'static str> {
    let ours = TABLE.iter().find(|spec| {
        same(spec.name, name) || spec.also_called.iter().any(|foreign| same(foreign, name))
    });
    ours.map(|spec| spec.name)
}

/// All operators in groups.
fn operators() -> String {
    let groups: [(&str, fn(Role) -> bool); 5] = [
        ("records", |role| {
            matches!(
                role,
                Role::Map | Role::Filter | Role::FilterMap | Role::FlatMap | Role::Inspect
            )
        }),
        ("keys", |role| matches!(role, Role::KeyBy | Role::MapValues)),
        ("time", |role| {
            matches!(role, Role::Timestamp | Role::Window)
        }),
        ("aggregates", |role| role == Role::Aggregate),
        ("rows", |role| matches!(role, Role::Top | Role::Distinct)),
    ];
    let groups = groups.map(|(title, belongs)| {
        let names = TABLE
            .iter()
            .filter(|spec| belongs(spec.role))
            .map(|spec| spec.name);
        format!("{title}: {}", names.collect::<Vec<_>>().join(", "))
    });
    format!("the operators are: {}", groups.join("; "))
}
