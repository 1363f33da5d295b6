//! Labels: one a stage, on stages that have state, and no two alike.

use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::ir::{Pipeline, Stage};
use crate::op::Role;
use crate::slot::slot_names;
use proc_macro2::Ident;
use std::collections::HashMap;

/// Checks all labels of the pipeline.
pub fn labels(pipeline: &Pipeline, diags: &mut Diags) {
    let mut stages: Vec<&Stage> = vec![];
    pipeline.each(|flow| stages.extend(&flow.stages));
    let mut seen: HashMap<String, String> = HashMap::new();
    for (index, (stage, name)) in stages.iter().zip(slot_names(&stages)).enumerate() {
        if let (None, Some(name)) = (&stage.label, name) {
            let owner = format!("stage {} (`{}`, by default)", index + 1, stage.name);
            seen.entry(name.to_string()).or_insert(owner);
        }
    }
    for (index, stage) in stages.iter().enumerate() {
        let Some(label) = &stage.label else { continue };
        idle(stage, label, diags);
        let owner = format!("stage {} (`{}`)", index + 1, stage.name);
        if let Some(first) = seen.insert(label.to_string(), owner) {
            let text = format!("label `{label}` is used twice");
            let diag = Diag::new(Code::RepeatedLabel, label, text);
            diags.push(diag.note(format!("it also names the state of {first}")));
        }
    }
}

/// A label on a stage without state.
fn idle(stage: &Stage, label: &Ident, diags: &mut Diags) {
    let Some(spec) = stage.spec.filter(|spec| !spec.state) else {
        return;
    };
    let text = format!("`{}` has no state, so it takes no label", spec.name);
    let diag = Diag::new(Code::IdleLabel, label, text);
    diags.push(if spec.role == Role::Window {
        diag.help(format!("the label belongs to the aggregate behind the window: `-> count() as {label}`"))
    } else {
        diag.help(format!("remove `as {label}`"))
    });
}
