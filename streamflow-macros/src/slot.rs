//! What the state of a stage is called: in checkpoints, in metrics and as a field of `job.state()`.

use crate::ir::Flow;
use proc_macro2::Ident;

/// The name of a stage's state: its label, or the operator with its number among its like. Stages with a
/// label are counted too, so giving one a label does not rename the others. `None` without state.
pub fn slot_name(flow: &Flow, index: usize) -> Option<Ident> {
    let stage = &flow.stages[index];
    stage.spec.filter(|spec| spec.has_state())?;
    if let Some(label) = &stage.label {
        return Some(label.clone());
    }
    let before = flow.stages[..index].iter().filter(|other| other.name == stage.name).count();
    Some(Ident::new(&format!("{}_{before}", stage.name), stage.name.span()))
}
