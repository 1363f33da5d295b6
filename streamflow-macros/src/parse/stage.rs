//! One stage: `op generics? ( "(" args ")" )? ( "as" label )?`, and what people write in place of the
//! arrow behind it.

use super::{args, arrow_span};
use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::ir::{End, Stage};
use crate::op;
use crate::split::Piece;
use crate::tokens::{group, ident, is_pair, is_punct, stream, turbofish};
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::ToTokens as _;

/// Reads a piece between two arrows.
pub fn stages(piece: Piece, stages: &mut Vec<Stage>, diags: &mut Diags) {
    let mut next = Some(piece);
    while let Some(piece) = next.take() {
        next = one(piece, stages, diags);
    }
}

/// Reads the last piece, which begins with an operator. What stands behind a forgotten arrow may be the
/// sink.
pub fn stages_until_sink(piece: Piece, stages: &mut Vec<Stage>, diags: &mut Diags) -> Option<End> {
    let mut next = Some(piece);
    while let Some(piece) = next.take() {
        if let Some((word, braces)) = arms(&piece.tokens) {
            return Some(super::arms::end(&piece, word, braces, diags));
        }
        if !is_operator(&piece.tokens) {
            return Some(End::Sink { arrow: arrow_span(&piece), tokens: stream(&piece.tokens) });
        }
        next = one(piece, stages, diags);
    }
    None
}

/// Whether the tokens begin like a stage: the name of an operator, which then ends or goes on with
/// arguments. `map::sink()` or `count + 1` do not.
pub fn is_operator(tokens: &[TokenTree]) -> bool {
    let Some(name) = ident(tokens.first()) else {
        return false;
    };
    if arms(tokens).is_some() {
        return true;
    }
    let fish = turbofish(&tokens[1..]);
    let opens = group(tokens.get(1 + fish), Delimiter::Parenthesis).is_some();
    let labels = matches!(ident(tokens.get(1 + fish)), Some(word) if word == "as");
    op::find(&name.to_string()).is_some() && (opens || labels || tokens.len() == 1 + fish)
}

/// Reads one stage and gives back what follows it without an arrow.
fn one(piece: Piece, stages: &mut Vec<Stage>, diags: &mut Diags) -> Option<Piece> {
    let tokens = &piece.tokens[..];
    let Some(first) = tokens.first() else {
        let arrow = piece.arrow.as_ref().map(|arrow| stream(arrow)).unwrap_or_default();
        diags.push(Diag::new(Code::EmptyStage, arrow, "expected an operator after `->`"));
        return None;
    };
    let Some(name) = ident(Some(first)) else {
        let text = "expected the name of an operator after `->`";
        diags.push(Diag::new(Code::EmptyStage, first, text).help("write it as `-> map(|item| ..) ->`"));
        return None;
    };
    let fish = turbofish(&tokens[1..]);
    let mut at = 1 + fish;
    let parens = group(tokens.get(at), Delimiter::Parenthesis);
    at += usize::from(parens.is_some());
    if let Some((word, _)) = arms(tokens) {
        let text = format!("`{word}` ends a flow, but more stages stand behind it");
        diags.push(
            Diag::new(Code::BadArm, word, text).help("put the stages into the arms, each with a sink of its own"),
        );
        return None;
    }
    let mut stage = stage(&piece, name, stream(&tokens[1..=fish]), parens);
    if matches!(ident(tokens.get(at)), Some(word) if word == "as") {
        at += 1 + label(&mut stage, &tokens[at..], diags);
    }
    stages.push(stage);
    behind(&piece, at, diags)
}

/// `split { .. }`, `route { .. }`
fn arms(tokens: &[TokenTree]) -> Option<(&Ident, &Group)> {
    let word = ident(tokens.first()).filter(|word| *word == "split" || *word == "route")?;
    Some((word, group(tokens.get(1), Delimiter::Brace).filter(|_| tokens.len() == 2)?))
}

fn stage(piece: &Piece, name: &Ident, generics: TokenStream, parens: Option<&proc_macro2::Group>) -> Stage {
    Stage {
        arrow: arrow_span(piece),
        name: name.clone(),
        spec: None,
        generics,
        args: parens.map(|group| args(group.stream())).unwrap_or_default(),
        parens: parens.map_or_else(|| name.span(), |group| group.span()),
        label: None,
    }
}

/// Reads `as label`; gives how many tokens behind `as` belong to it.
fn label(stage: &mut Stage, tokens: &[TokenTree], diags: &mut Diags) -> usize {
    let Some(token) = tokens.get(1) else {
        let text = "expected a label after `as`";
        let help = format!("write it as `{} as name`", stage.name);
        diags.push(Diag::new(Code::BadLabel, &tokens[0], text).help(help));
        return 0;
    };
    match syn::parse2::<Ident>(token.clone().into()) {
        Ok(label) if label != "gen" && !label.to_string().starts_with("r#") => stage.label = Some(label),
        _ => {
            let text = format!("`{token}` cannot be a label");
            let diag = Diag::new(Code::BadLabel, token, text)
                .note("a label becomes the name of a field: `job.state().label`, so it is no keyword");
            diags.push(diag);
        }
    }
    1
}

/// What follows a complete stage in the same piece, after a word about the missing arrow.
fn behind(piece: &Piece, at: usize, diags: &mut Diags) -> Option<Piece> {
    let rest = &piece.tokens[at..];
    let token = rest.first()?;
    let joiner = joiner(rest);
    if joiner > 0 {
        report_join(&rest[..joiner], diags);
    } else if ident(Some(token)).is_some() {
        report_missing_arrow(rest, diags);
    } else {
        let text = format!("expected `->` behind this stage, found `{token}`");
        diags.push(Diag::new(Code::MissingArrow, token, text));
        return None;
    }
    let tokens = rest[joiner..].to_vec();
    (!tokens.is_empty()).then(|| Piece { arrow: piece.arrow.clone(), tokens })
}

fn report_missing_arrow(tokens: &[TokenTree], diags: &mut Diags) {
    let call = group(tokens.get(1), Delimiter::Parenthesis).is_some();
    let args = if call { "(..)" } else { "" };
    let diag = Diag::new(Code::MissingArrow, &tokens[0], "expected `->` before the next stage");
    diags.push(diag.help(format!("write `-> {}{args}`", tokens[0])));
}

/// How many tokens at the start are punctuation in place of an arrow: `,`, `|>`, `=>`, `.`, `- >`.
fn joiner(tokens: &[TokenTree]) -> usize {
    let joins =
        |token: &&TokenTree| [',', '.', '|', '>', '-', '=', '~'].iter().any(|char| is_punct(Some(token), *char));
    tokens.iter().take_while(joins).count()
}

fn report_join(joiner: &[TokenTree], diags: &mut Diags) {
    let shown: String = joiner.iter().map(ToString::to_string).collect();
    let help = if shown == "->" {
        "write both characters together: `->`".to_owned()
    } else {
        format!("write `->` in place of `{shown}`")
    };
    diags.push(Diag::new(Code::WrongJoin, stream(joiner), "stages are joined by `->`").help(help));
}

/// Ends the source where a stage begins without an arrow: `numbers map(..)`, `numbers, map(..)`,
/// `numbers |> map(..)`. None of them can be Rust.
pub fn cut_source(tokens: Vec<TokenTree>, diags: &mut Diags) -> (Vec<TokenTree>, Option<Piece>) {
    for at in 1..tokens.len() {
        let rest = &tokens[at..];
        let joins = is_pair(rest, '|', '>') || is_pair(rest, '=', '>');
        let comma = is_punct(rest.first(), ',') && is_operator_call(&rest[1..]);
        let next = ends_operand(&tokens[at - 1]) && is_operator_call(rest);
        if joins || comma {
            report_join(&rest[..joiner(rest)], diags);
        } else if next {
            report_missing_arrow(rest, diags);
        } else {
            continue;
        }
        let skip = if next { 0 } else { joiner(rest) };
        let joined = Piece { arrow: None, tokens: rest[skip..].to_vec() };
        return (tokens[..at].to_vec(), Some(joined));
    }
    (tokens, None)
}

fn is_operator_call(tokens: &[TokenTree]) -> bool {
    let name = ident(tokens.first()).is_some_and(|name| op::find(&name.to_string()).is_some());
    name && group(tokens.get(1), Delimiter::Parenthesis).is_some()
}

/// Whether an expression may end with this token, so that no name can follow it.
fn ends_operand(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(ident) => syn::parse2::<Ident>(ident.to_token_stream()).is_ok(),
        TokenTree::Punct(punct) => punct.as_char() == '?',
        TokenTree::Group(_) | TokenTree::Literal(_) => true,
    }
}
