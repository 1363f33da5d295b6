//! Old names, which nothing else may have.

use super::attributes::Said;
use crate::code::Code;
use crate::diag::{Diag, Diags};
use syn::LitStr;

/// `now` are the fields or variants with what their attributes say; `kind` is what they are called.
pub fn old_names<'a>(
    kind: &str,
    now: impl Iterator<Item = (&'a str, &'a Said)> + Clone,
    removed: &[LitStr],
    diags: &mut Diags,
) {
    let mut seen: Vec<String> = Vec::new();
    for old in now.clone().flat_map(|(_, said)| &said.renamed).chain(removed) {
        let name = old.value();
        if now.clone().any(|(now, _)| now == name) {
            let diag = Diag::new(
                Code::StateNameTaken,
                old,
                format!("there is a {kind} `{name}`, so the name is not an old one"),
            );
            diags.push(diag.note("what is stored under a name goes to the one that has it now"));
        } else if seen.contains(&name) {
            let diag = Diag::new(Code::StateNameTaken, old, format!("the old name `{name}` is given twice"));
            diags.push(diag.note(format!("what is stored under a name goes to one {kind}")));
        }
        seen.push(name);
    }
}
