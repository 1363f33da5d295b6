//! `split { name => .. }` and `route { name if condition => .. }`.

use super::{arrow_span, rest};
use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::ir::{Arm, End, Head};
use crate::split::{Piece, cut};
use crate::tokens::{at_commas, ident, is_pair, stream};
use proc_macro2::{Group, Ident, TokenTree};

/// The end of a flow that goes on in arms.
pub fn end(piece: &Piece, word: &Ident, braces: &Group, diags: &mut Diags) -> End {
    let arms: Vec<Arm> = at_commas(braces.stream()).iter().filter_map(|tokens| arm(tokens, word, diags)).collect();
    let (arrow, word) = (arrow_span(piece), word.clone());
    if arms.is_empty() && braces.stream().is_empty() {
        let text = format!("`{word}` needs at least one arm");
        diags.push(Diag::new(Code::BadArm, &word, text).help(format!("write `{word} {{ all => sink }}`")));
    }
    if word == "split" { End::Split { word, arms } } else { End::Route { arrow, word, arms } }
}

/// `name => stage -> .. -> sink`, `name if |item| .. => ..`
fn arm(tokens: &[TokenTree], word: &Ident, diags: &mut Diags) -> Option<Arm> {
    let form = if word == "split" { "`name => map(..) -> sink`" } else { "`name if |item| .. => map(..) -> sink`" };
    let Some(name) = ident(tokens.first()) else {
        let at = if tokens.is_empty() { quote::quote!(#word) } else { stream(&tokens[..1]) };
        diags.push(
            Diag::new(Code::BadArm, at, format!("expected the name of an arm of `{word}`"))
                .help(format!("write {form}")),
        );
        return None;
    };
    let Some(arrow) = (1..tokens.len()).find(|at| is_pair(&tokens[*at..], '=', '>')) else {
        let text = format!("expected `=>` behind the name of this arm of `{word}`");
        diags.push(Diag::new(Code::BadArm, name, text).help(format!("write {form}")));
        return None;
    };
    let between = &tokens[1..arrow];
    let condition = match ident(between.first()) {
        Some(word) if word == "if" && between.len() > 1 => Some(stream(&between[1..])),
        None if between.is_empty() => None,
        _ => {
            let diag = Diag::new(Code::BadArm, stream(between), "expected `if` and a closure, or `=>`");
            diags.push(diag.help(format!("write {form}")));
            return None;
        }
    };
    if let (Some(condition), true) = (&condition, word == "split") {
        let diag = Diag::new(Code::BadArm, condition, "every arm of `split` sees every record, so it has no condition");
        diags.push(diag.help("write `route { .. }` to send a record to one arm, or `filter(..)` in the arm"));
        return None;
    }
    let pieces = cut(&tokens[arrow + 2..], [tokens[arrow].clone(), tokens[arrow + 1].clone()], diags);
    let flow = rest(Head::Arm, pieces, false, diags);
    Some(Arm { name: name.clone(), condition, flow })
}
