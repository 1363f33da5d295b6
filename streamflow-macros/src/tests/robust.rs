//! Half-typed pipelines: whatever is missing, the macro answers.

use super::pipelines::GOOD;
use super::tokens;
use crate::front::front;
use crate::ir::Pipeline;
use crate::lower::lower;
use crate::op::ArgForm;
use proc_macro2::{Group, TokenStream, TokenTree};

/// All streams that end early: after every token, also within groups, which are then closed.
fn prefixes(stream: &TokenStream) -> Vec<TokenStream> {
    let mut all = vec![TokenStream::new()];
    let mut before = TokenStream::new();
    for token in stream.clone() {
        if let TokenTree::Group(group) = &token {
            all.extend(prefixes(&group.stream()).into_iter().map(|inner| regroup(&before, group, inner)));
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
            deletions(&group.stream()).into_iter().map(|inner| regroup(&before, group, inner)).collect()
        } else {
            Vec::new()
        };
        all.extend(
            std::iter::once(before.clone()).chain(shorter).map(|start| [start, after.clone()].into_iter().collect()),
        );
    }
    all
}

fn regroup(before: &TokenStream, group: &Group, inner: TokenStream) -> TokenStream {
    let mut stream = before.clone();
    stream.extend([TokenTree::Group(Group::new(group.delimiter(), inner))]);
    stream
}

/// Nothing panics; an error is an expression, so that `let job = stream! { .. };` goes on; and what is let
/// through is complete.
fn survives(stream: TokenStream) {
    match front(stream) {
        Err(expansion) => {
            syn::parse2::<syn::Expr>(expansion).expect("the expansion is an expression");
        }
        Ok(front) => {
            complete(&front.pipeline);
            let expansion = lower(&front.pipeline, &front.holds);
            // half-typed arguments are passed on for rustc to report, so the whole need not be Rust; a bug of ours is told
            assert!(!expansion.to_string().contains("SF0001"), "{expansion}");
        }
    }
}

/// What the lowering relies on.
fn complete(pipeline: &Pipeline) {
    assert_eq!(pipeline.flows.len(), 1);
    let flow = &pipeline.flows[0];
    assert!(flow.end.is_some());
    for stage in &flow.stages {
        let spec = stage.spec.expect("an operator of the table");
        assert!(stage.args.iter().all(|arg| arg.spec.is_some() && !arg.tokens.is_empty()));
        for known in spec.args {
            let given = stage.args.iter().filter(|arg| arg.spec.is_some_and(|found| std::ptr::eq(found, known)));
            let least = usize::from(matches!(known.form, ArgForm::Required | ArgForm::RequiredNamed));
            assert!((least..=1).contains(&given.count()), "{} {}", spec.name, known.name);
        }
    }
}

#[test]
fn every_prefix() {
    GOOD.iter().flat_map(|text| prefixes(&tokens(text))).for_each(survives);
}

#[test]
fn every_deletion() {
    GOOD.iter().flat_map(|text| deletions(&tokens(text))).for_each(survives);
}

#[test]
fn every_token_doubled_in_an_arrow() {
    for text in GOOD {
        for odd in ["->", ",", "|>", ";", "as", "=", "::<", "10m", "|", "split {}"] {
            {
                survives(tokens(&text.replace("->", &format!("-> {odd}"))));
                survives(tokens(&text.replace("->", odd)));
            }
        }
    }
}
