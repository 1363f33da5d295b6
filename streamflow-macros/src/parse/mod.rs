//! From pieces to the intermediate form. Whatever is wrong with a piece is reported here or by a later
//! pass, and the next piece is read as if nothing had happened.

mod args;
mod arms;
mod attrs;
mod head;
mod stage;

pub use args::args;

use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::ir::{End, Flow, Head, Pipeline, Stage};
use crate::split::{Piece, Script};
use crate::tokens::stream;
use proc_macro2::{Ident, Span, TokenStream, TokenTree};

/// Reads the whole input.
pub fn parse(script: Script, diags: &mut Diags) -> Pipeline {
    let attrs = attrs::attrs(script.attrs, diags);
    if script.flows.is_empty() {
        report_too_short(TokenStream::new(), diags);
    }
    let names = script.flows.iter().filter_map(|pieces| head::name(&pieces[0].tokens)).cloned().collect::<Vec<_>>();
    let flows = script.flows.into_iter().map(|pieces| flow(pieces, &names, diags)).collect();
    Pipeline { attrs, flows }
}

fn report_too_short(at: TokenStream, diags: &mut Diags) {
    let text = "a stream needs at least a source and a sink";
    diags.push(Diag::new(Code::TooShort, at, text).help("write `source -> sink`"));
}

/// `source -> stage -> .. -> sink`, `let name = source -> stage -> ..`
fn flow(mut pieces: Vec<Piece>, names: &[Ident], diags: &mut Diags) -> Flow {
    let first = pieces.remove(0).tokens;
    if let Some(name) = head::name(&first) {
        return named(name.clone(), first, pieces, names, diags);
    }
    let (source, joined) = stage::cut_source(first, diags);
    // after a wrong arrow the rest is read as stages, but what it lacks is no second mistake
    let recovered = joined.is_some();
    let pieces: Vec<Piece> = joined.into_iter().chain(pieces).collect();
    if source.is_empty() {
        match pieces.first().and_then(|piece| piece.arrow.as_ref()) {
            Some(arrow) => {
                let text = "expected a source before the first `->`";
                let diag = Diag::new(Code::TooShort, stream(arrow), text).help("write `source -> sink`");
                diags.push(diag);
            }
            None => report_too_short(TokenStream::new(), diags),
        }
    } else if pieces.is_empty() {
        report_too_short(stream(&source), diags);
    }
    let head = head::head(source, names, diags);
    rest(head, pieces, recovered, diags)
}

/// A named stream has no sink: whoever uses the name has one.
fn named(name: Ident, first: Vec<TokenTree>, pieces: Vec<Piece>, names: &[Ident], diags: &mut Diags) -> Flow {
    let (source, joined) = stage::cut_source(first[3..].to_vec(), diags);
    if source.is_empty() {
        let text = format!("expected a stream behind `let {name} =`");
        diags.push(Diag::new(Code::BadStream, &name, text).help(format!("write `let {name} = source -> map(..);`")));
    }
    let head = head::head(source, names, diags);
    let mut flow = Flow { name: Some(name), head, stages: vec![], end: None };
    for piece in joined.into_iter().chain(pieces) {
        if let Some(end) = stage::stages_until_sink(piece, &mut flow.stages, diags) {
            let at = match end {
                End::Sink { tokens, .. } => tokens,
                End::Split { word, .. } | End::Route { word, .. } => quote::quote!(#word),
            };
            let text = "a stream with a name does not end: whoever uses it does";
            let help = format!(
                "end it where it is used: `{} -> ..`",
                flow.name.as_ref().map_or_else(String::new, ToString::to_string)
            );
            diags.push(Diag::new(Code::BadStream, at, text).help(help).help("or remove `let` and the name"));
            break;
        }
    }
    flow
}

/// The stages and the end behind a head.
fn rest(head: Head, mut pieces: Vec<Piece>, recovered: bool, diags: &mut Diags) -> Flow {
    let last = pieces.pop();
    let mut flow = Flow { name: None, head, stages: Vec::new(), end: None };
    for piece in pieces {
        stage::stages(piece, &mut flow.stages, diags);
    }
    if let Some(last) = last {
        flow.end = end(last, recovered, &mut flow.stages, diags);
    }
    flow
}

/// The last piece: a sink, unless it is written like a stage.
fn end(piece: Piece, recovered: bool, stages: &mut Vec<Stage>, diags: &mut Diags) -> Option<End> {
    if piece.tokens.is_empty() && recovered {
        return None;
    }
    if piece.tokens.is_empty() {
        let arrow = piece.arrow.as_ref().map(|arrow| stream(arrow)).unwrap_or_default();
        let diag = Diag::new(Code::NoSink, arrow, "expected a sink after the last `->`");
        diags.push(diag.help("write `-> sink`"));
        return None;
    }
    if !stage::is_operator(&piece.tokens) {
        let arrow = arrow_span(&piece);
        return Some(End::Sink { arrow, tokens: stream(&piece.tokens) });
    }
    let name = piece.tokens[0].clone();
    let before = diags.len();
    let end = stage::stages_until_sink(piece, stages, diags);
    let known = crate::op::find(&name.to_string());
    if let (None, Some(spec), false) = (&end, known, recovered)
        && diags.len() == before
    {
        let args = if spec.args.is_empty() { "" } else { ".." };
        let text = "expected a sink after the last `->`, found an operator";
        let diag = Diag::new(Code::EndsInOperator, &name, text)
            .help(format!("write `-> {name}({args}) -> sink`"))
            .note(format!("a sink that is called `{name}` is written in parentheses: `-> ({name})`"));
        diags.push(diag);
    }
    end
}

/// The span that stands for the arrow: stable Rust cannot join the spans of its two characters.
pub fn arrow_span(piece: &Piece) -> Span {
    match (&piece.arrow, piece.tokens.first()) {
        (Some(arrow), _) => arrow[0].span(),
        (None, Some(token)) => token.span(),
        (None, None) => Span::call_site(),
    }
}
