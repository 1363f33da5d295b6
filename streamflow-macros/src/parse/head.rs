//! Where a flow begins: a source, a stream that has a name, streams that are merged, what a stage puts aside.

use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::ir::Head;
use crate::tokens::{at_commas, group, ident, is_punct, stream};
use proc_macro2::{Delimiter, Ident, TokenTree};

/// The name of `let name = ..`. Whatever else begins with `let` is Rust, and no stream.
pub fn name(tokens: &[TokenTree]) -> Option<&Ident> {
    let word = ident(tokens.first()).filter(|word| *word == "let");
    word.filter(|_| is_punct(tokens.get(2), '=')).and_then(|_| ident(tokens.get(1)))
}

/// Reads a head. Names are those of all streams of the pipeline; whether one stands before its use is checked later.
pub fn head(tokens: Vec<TokenTree>, names: &[Ident], diags: &mut Diags) -> Head {
    let Some(word) = ident(tokens.first()) else { return Head::Source(stream(&tokens)) };
    if tokens.len() == 1 && names.contains(word) {
        return Head::Name(word.clone());
    }
    if word == "let" {
        let text = "expected `let name = ..`";
        diags.push(Diag::new(Code::BadStream, word, text).help("write `let clicks = source -> map(..);`"));
    }
    let Some(parens) = group(tokens.get(1), Delimiter::Parenthesis).filter(|_| tokens.len() == 2) else {
        return Head::Source(stream(&tokens));
    };
    let words: Option<Vec<Ident>> = at_commas(parens.stream())
        .into_iter()
        .map(|part| ident(part.first()).filter(|_| part.len() == 1).cloned())
        .collect();
    let text = word.to_string();
    match (text.as_str(), words) {
        ("merge", Some(words)) if words.len() >= 2 => Head::Merge(words),
        ("merge", _) => {
            let text = "`merge` takes two or more streams by their names";
            let diag = Diag::new(Code::BadStream, word, text)
                .help("name them first: `let web = ..; let store = ..; merge(web, store) -> ..`");
            diags.push(diag.note("a function of your own is called by its path: `self::merge(..)`"));
            Head::Source(stream(&tokens))
        }
        ("late" | "errors", Some(words)) if words.len() == 1 => {
            Head::Side { word: word.clone(), label: words[0].clone() }
        }
        ("late" | "errors", _) => {
            let text = format!("`{word}` takes the label of one stage");
            let diag = Diag::new(Code::BadStream, word, text)
                .help(format!("write `{word}(label)` and label the stage: `count() as label`"));
            diags.push(diag.note(format!("a function of your own is called by its path: `self::{word}(..)`")));
            Head::Source(stream(&tokens))
        }
        _ => Head::Source(stream(&tokens)),
    }
}
