//! From pieces to the intermediate form. Whatever is wrong with a piece is reported here or by a later
//! pass, and the next piece is read as if nothing had happened.

mod args;
mod attrs;
mod stage;

pub use args::args;

use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::ir::{End, Flow, Head, Pipeline, Stage};
use crate::split::{Piece, Script};
use crate::tokens::{ident, stream};
use proc_macro2::{Span, TokenStream, TokenTree};

/// Reads the whole input.
pub fn parse(script: Script, diags: &mut Diags) -> Pipeline {
    let attrs = attrs::attrs(script.attrs, diags);
    if script.flows.is_empty() {
        report_too_short(TokenStream::new(), diags);
    }
    let mut flows: Vec<Flow> = Vec::new();
    // several flows mostly come with a reserved form that makes sense of them; that one is reported
    let reserved = script.flows.iter().find_map(|pieces| later_statement(&pieces[0])).is_some();
    for pieces in script.flows {
        if let Some(first) = later_statement(&pieces[0]) {
            report_later(first, diags);
            continue;
        }
        if !flows.is_empty() && reserved {
            continue;
        }
        if !flows.is_empty() {
            let text = "one `stream!` holds one flow in this version of streamflow";
            let diag = Diag::new(Code::NotYet, stream(&pieces[0].tokens), text)
                .help("write a `stream!` of its own for this flow");
            diags.push(diag);
            continue;
        }
        flows.push(flow(pieces, diags));
    }
    Pipeline { attrs, flows }
}

/// `let name = ..`, `merge(..) ->`, `late(..) ->`: the word, if the flow begins with a reserved form.
fn later_statement(first: &Piece) -> Option<&TokenTree> {
    let name = ident(first.tokens.first())?;
    let call = first.tokens.len() == 2 && matches!(&first.tokens[1], TokenTree::Group(_));
    (name == "let" || (call && (name == "merge" || name == "late"))).then(|| &first.tokens[0])
}

fn report_later(word: &TokenTree, diags: &mut Diags) {
    let name = word.to_string();
    let (text, help) = if name == "let" {
        let text = "named streams (`let name = ..;`) do not exist in this version of streamflow";
        (text.to_owned(), "write one flow: `source -> .. -> sink`".to_owned())
    } else {
        let text = format!("`{name}` does not exist in this version of streamflow");
        (text, format!("to call a function of your own, write `self::{name}(..)`"))
    };
    diags.push(Diag::new(Code::NotYet, word, text).help(help));
}

fn report_too_short(at: TokenStream, diags: &mut Diags) {
    let text = "a stream needs at least a source and a sink";
    diags.push(Diag::new(Code::TooShort, at, text).help("write `source -> sink`"));
}

/// `source -> stage -> .. -> sink`
fn flow(mut pieces: Vec<Piece>, diags: &mut Diags) -> Flow {
    let (source, joined) = stage::cut_source(pieces.remove(0).tokens, diags);
    // after a wrong arrow the rest is read as stages, but what it lacks is no second mistake
    let recovered = joined.is_some();
    let mut pieces: Vec<Piece> = joined.into_iter().chain(pieces).collect();
    let last = pieces.pop();
    if source.is_empty() {
        match pieces.first().or(last.as_ref()).and_then(|piece| piece.arrow.as_ref()) {
            Some(arrow) => {
                let text = "expected a source before the first `->`";
                let diag = Diag::new(Code::TooShort, stream(arrow), text).help("write `source -> sink`");
                diags.push(diag);
            }
            None => report_too_short(TokenStream::new(), diags),
        }
    } else if last.is_none() {
        report_too_short(stream(&source), diags);
    }
    let mut flow = Flow { head: Head::Source(stream(&source)), stages: Vec::new(), end: None };
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
