//! Small questions about tokens.

use proc_macro2::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};

/// Whether the token is this punctuation character.
pub fn is_punct(token: Option<&TokenTree>, char: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == char)
}

/// Whether the two tokens are written together as one: `->`, `=>`, `|>`.
pub fn is_pair(tokens: &[TokenTree], first: char, second: char) -> bool {
    matches!(tokens.first(), Some(TokenTree::Punct(punct))
        if punct.as_char() == first && punct.spacing() == Spacing::Joint)
        && is_punct(tokens.get(1), second)
}

/// The identifier, if the token is one.
pub fn ident(token: Option<&TokenTree>) -> Option<&Ident> {
    match token {
        Some(TokenTree::Ident(ident)) => Some(ident),
        _ => None,
    }
}

/// The group in these delimiters, if the token is one.
pub fn group(token: Option<&TokenTree>, delimiter: Delimiter) -> Option<&Group> {
    match token {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group),
        _ => None,
    }
}

/// The tokens as a stream again.
pub fn stream(tokens: &[TokenTree]) -> TokenStream {
    tokens.iter().cloned().collect()
}

/// How many tokens `::<..>` at the start takes; 0 if there is none or it is never closed.
///
/// An arrow inside belongs to a function type only if parentheses stand before it. Elsewhere it is the
/// arrow of the next stage, and the `<` is still to be closed.
pub fn turbofish(tokens: &[TokenTree]) -> usize {
    if !(is_pair(tokens, ':', ':') && is_punct(tokens.get(2), '<')) {
        return 0;
    }
    let mut depth = 1;
    let mut at = 3;
    while let Some(token) = tokens.get(at) {
        if is_pair(&tokens[at..], '-', '>') {
            if group(tokens.get(at - 1), Delimiter::Parenthesis).is_none() {
                return 0;
            }
            at += 2;
            continue;
        }
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '<' => depth += 1,
            TokenTree::Punct(punct) if punct.as_char() == '>' => depth -= 1,
            TokenTree::Punct(punct) if punct.as_char() == ';' => return 0,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return at;
        }
    }
    0
}

/// Whether the tokens are the head of a closure with nothing behind it: `|x|`, `move |a, b|`, `||`.
/// Then the arrow that follows was meant as the closure's.
pub fn is_closure_head(tokens: &[TokenTree]) -> bool {
    let moves = matches!(ident(tokens.first()), Some(ident) if ident == "move");
    let tokens = if moves { &tokens[1..] } else { tokens };
    tokens.len() >= 2
        && is_punct(tokens.first(), '|')
        && tokens[1..].iter().position(|token| is_punct(Some(token), '|')) == Some(tokens.len() - 2)
}

/// Cuts at top-level commas; the parts may be empty, but a comma at the end opens no part.
///
/// A comma between generic arguments is none: `HashMap::<K, V>::new()`. One between the parameters of a
/// closure or in its return type is none either: `|a, b| -> Result<A, B> { .. }`.
pub fn at_commas(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut parts = Vec::new();
    let mut part: Vec<TokenTree> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let whole = turbofish(&tokens[at..]).max(parameters(&tokens, at));
        if whole > 0 {
            part.extend_from_slice(&tokens[at..at + whole]);
            at += whole;
            continue;
        }
        if is_punct(Some(&tokens[at]), ',') {
            parts.push(std::mem::take(&mut part));
        } else {
            part.push(tokens[at].clone());
        }
        at += 1;
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

/// How many tokens the parameters and the return type of a closure take that starts here; 0 if none does. A `|` opens a
/// closure where no operand stands before it.
fn parameters(tokens: &[TokenTree], at: usize) -> usize {
    if !is_punct(tokens.get(at), '|') {
        return 0;
    }
    let opens = match at.checked_sub(1).map(|before| &tokens[before]) {
        None => true,
        // the second half of `a || b`
        Some(TokenTree::Punct(punct)) if punct.as_char() == '|' => punct.spacing() == Spacing::Alone,
        Some(TokenTree::Punct(punct)) => punct.as_char() != '?',
        Some(TokenTree::Ident(ident)) => ident == "move" || ident == "async" || ident == "return",
        Some(_) => false,
    };
    if !opens {
        return 0;
    }
    let Some(close) = tokens[at + 1..].iter().position(|token| is_punct(Some(token), '|')) else {
        return 0;
    };
    let behind = &tokens[at + close + 2..];
    let output = if is_pair(behind, '-', '>') {
        behind.iter().position(|token| group(Some(token), Delimiter::Brace).is_some()).unwrap_or(0)
    } else {
        0
    };
    close + 2 + output
}
