//! Half-typed pipelines: whatever is missing, the macro answers.

use super::pipelines::GOOD;
use super::tokens;
use crate::front::front;
use proc_macro2::{Group, TokenStream, TokenTree};

/// All streams that end early: after every token, also within groups, which are then closed.
fn prefixes(stream: &TokenStream) -> Vec<TokenStream> {
    let mut all = vec![TokenStream::new()];
    let mut before = TokenStream::new();
    for token in stream.clone() {
        if let TokenTree::Group(group) = &token {
            all.extend(
                prefixes(&group.stream())
                    .into_iter()
                    .map(|inner| regroup(&before, group, inner)),
            );
        }
        before.extend([token]);
        all.push(before.clone());
    }
    all
}

/// All streams with one token less; a group goes as a whole, and loses each of its tokens.
fn deletions(stream: &TokenStream) -> Vec<TokenStream> {
    let tokens: Vec<TokenTree> = stream.clone().into_iter().collect();
    let mut all = Vec::new();
    for at in 0..tokens.len() {
        let before: TokenStream = tokens[..at].iter().cloned().collect();
        let after: TokenStream = tokens[at + 1..].iter().cloned().collect();
        let shorter = if let TokenTree::Group(group) = &tokens[at] {
            deletions(&group.stream())
                .into_iter()
                .map(|inner| regroup(&before, group, inner))
                .collect()
        } else {
            Vec::new()
        };
        all.extend(
            std::iter::once(before.clone())
                .chain(shorter)
                .map(|start| [start, after.clone()].into_iter().collect()),
        );
    }
    all
}

fn regroup(before: &TokenStream, group: &Group, inner: TokenStream) -> TokenStream {
    let mut stream = before.clone();
    stream.extend([TokenTree::Group(Group::new(group.delimiter(), inner))]);
    stream
}

/// Nothing panics, and an error is an expression, so that `let job = stream! { .. };` goes on.
fn survives(stream: TokenStream) {
    if let Err(expansion) = front(stream) {
        syn::parse2::<syn::Expr>(expansion).expect("the expansion is an expression");
    }
}

#[test]
fn every_prefix() {
    GOOD.iter()
        .flat_map(|text| prefixes(&tokens(text)))
        .for_each(survives);
}

#[test]
fn every_deletion() {
    GOOD.iter()
        .flat_map(|text| deletions(&tokens(text)))
        .for_each(survives);
}

#[test]
fn every_token_doubled_in_an_arrow() {
    for text in GOOD {
        for odd in [
            "->", ",", "|>", ";", "as", "=", "::<", "10m", "|", "split {}",
        ] {
            {
                survives(tokens(&text.replace("->", &format!("-> {odd}"))));
                survives(tokens(&text.replace("->", odd)));
            }
        }
    }
}
