//! What the state of a stage is called: in checkpoints, in metrics and as a field of `job.state()`.

use crate::ir::Stage;
use proc_macro2::Ident;

/// The names of the states of these stages, all of a pipeline in the order in which they are written: its label, or the operator
/// with its number among its like. Stages with a label are counted too, so giving one a label does not rename the others. `None`
/// without state.
pub fn slot_names(stages: &[&Stage]) -> Vec<Option<Ident>> {
    let name = |(index, stage): (usize, &&Stage)| {
        stage.spec.filter(|spec| spec.state)?;
        if let Some(label) = &stage.label {
            return Some(label.clone());
        }
        let before = stages[..index].iter().filter(|other| other.name == stage.name).count();
        Some(Ident::new(&format!("{}_{before}", stage.name), stage.name.span()))
    };
    stages.iter().enumerate().map(name).collect()
}
