//! Cuts the input into attributes, flows and the pieces between arrows, before anything is parsed.
//!
//! `->` stands between stages and nowhere else at the top level, so a walk over token trees is enough,
//! and a piece that cannot be parsed hides no other. Whether a piece makes sense is not asked here.

use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::tokens::{group, ident, is_closure_head, is_pair, is_punct, stream, turbofish};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The cut input.
pub struct Script {
    /// What stands in the brackets of each `#![..]`.
    pub attrs: Vec<RawAttr>,
    pub flows: Vec<Vec<Piece>>,
}

/// One `#![..]`.
pub struct RawAttr {
    /// The brackets, for the place of errors about an attribute without a name.
    pub group: TokenTree,
    pub tokens: Vec<TokenTree>,
}

/// What stands between two arrows.
pub struct Piece {
    /// The arrow before it; none before the source.
    pub arrow: Option<[TokenTree; 2]>,
    pub tokens: Vec<TokenTree>,
}

impl Piece {
    fn new(arrow: Option<[TokenTree; 2]>) -> Self {
        Self { arrow, tokens: Vec::new() }
    }
}

/// Cuts the input of the macro.
pub fn split(input: TokenStream, diags: &mut Diags) -> Script {
    let tokens: Vec<TokenTree> = input.into_iter().collect();
    let mut script = Script { attrs: Vec::new(), flows: Vec::new() };
    let mut flow = vec![Piece::new(None)];
    let mut at = 0;
    while at < tokens.len() {
        let rest = &tokens[at..];
        let piece = flow.last_mut().expect("a flow has a piece from the start");
        if let Some((taken, attr)) = attribute(rest) {
            let first = piece.arrow.is_none() && piece.tokens.is_empty() && script.flows.is_empty();
            if let Some(attr) = attr {
                if !first {
                    let text = "attributes stand before the source";
                    diags.push(Diag::new(Code::BadAttribute, stream(&rest[..taken]), text));
                }
                script.attrs.push(attr);
            }
            at += taken;
        } else if is_punct(rest.first(), ';') {
            close(&mut script, std::mem::replace(&mut flow, vec![Piece::new(None)]));
            at += 1;
        } else {
            at += step(rest, &mut flow, diags);
        }
    }
    close(&mut script, flow);
    script
}

/// Cuts an arm of `split` or `route` at its arrows. The first piece has the arm's own arrow, `=>`.
pub fn cut(tokens: &[TokenTree], arrow: [TokenTree; 2], diags: &mut Diags) -> Vec<Piece> {
    let mut pieces = vec![Piece::new(Some(arrow))];
    let mut at = 0;
    while at < tokens.len() {
        at += step(&tokens[at..], &mut pieces, diags);
    }
    pieces
}

/// Takes what comes next into the last piece, or begins a new one behind an arrow: how many tokens that were.
fn step(rest: &[TokenTree], pieces: &mut Vec<Piece>, diags: &mut Diags) -> usize {
    let piece = pieces.last_mut().expect("there is a piece from the start");
    if !is_pair(rest, '-', '>') {
        let taken = turbofish(rest).max(1);
        piece.tokens.extend_from_slice(&rest[..taken]);
        return taken;
    }
    let arrow = [rest[0].clone(), rest[1].clone()];
    if is_closure_head(&piece.tokens) {
        report_bare_closure(piece, diags);
        piece.tokens.extend(arrow);
    } else {
        pieces.push(Piece::new(Some(arrow)));
    }
    2
}

/// Keeps the flow unless there is nothing in it.
fn close(script: &mut Script, flow: Vec<Piece>) {
    if flow.len() > 1 || !flow[0].tokens.is_empty() {
        script.flows.push(flow);
    }
}

/// `#![..]`, or a doc comment, which is skipped: how many tokens, and what stands in the brackets.
fn attribute(tokens: &[TokenTree]) -> Option<(usize, Option<RawAttr>)> {
    if !is_punct(tokens.first(), '#') {
        return None;
    }
    let inner = is_punct(tokens.get(1), '!');
    let place = if inner { 2 } else { 1 };
    let brackets = group(tokens.get(place), Delimiter::Bracket)?;
    let content: Vec<TokenTree> = brackets.stream().into_iter().collect();
    if matches!(ident(content.first()), Some(ident) if ident == "doc") {
        return Some((place + 1, None));
    }
    let attr = RawAttr { group: tokens[place].clone(), tokens: content };
    inner.then_some((place + 1, Some(attr)))
}

fn report_bare_closure(piece: &Piece, diags: &mut Diags) {
    let text = "the arrow in this closure would end the stage here";
    let diag = Diag::new(Code::BareClosure, stream(&piece.tokens), text)
        .help("put the closure in parentheses: `(|x| -> T { .. }) -> ..`")
        .note("between stages, `->` is always the way to the next stage");
    diags.push(diag);
}
