//! Where the input is cut.

use super::tokens;
use crate::diag::Diags;
use crate::split::split;
use crate::tokens::{at_commas, stream};

/// Attributes in brackets, flows as pieces.
fn cut(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut diags = Diags::new();
    let script = split(tokens(text), &mut diags);
    diags.lines();
    let attrs = script.attrs.iter().map(|attr| stream(&attr.tokens).to_string()).collect();
    let flow =
        |pieces: &Vec<crate::split::Piece>| pieces.iter().map(|piece| stream(&piece.tokens).to_string()).collect();
    (attrs, script.flows.iter().map(flow).collect())
}

/// Pieces of one flow, compared as tokens.
fn pieces(text: &str, expected: &[&str]) {
    let expected: Vec<String> = expected.iter().map(|text| tokens(text).to_string()).collect();
    assert_eq!(cut(text).1, [expected], "{text}");
}

#[test]
fn at_arrows() {
    pieces("a -> b -> c", &["a", "b", "c"]);
    pieces("a -> -> c", &["a", "", "c"]);
    pieces("a ->", &["a", ""]);
    pieces("a", &["a"]);
    pieces("a -> f(|x| -> T { x }) -> c", &["a", "f(|x| -> T { x })", "c"]);
    pieces("a -> f(b -> c) -> d", &["a", "f(b -> c)", "d"]);
}

#[test]
fn not_at_what_looks_like_an_arrow() {
    pieces("a => b >= c -> d", &["a => b >= c", "d"]);
    pieces("a - > b", &["a - > b"]);
    pieces("a - b > c", &["a - b > c"]);
}

#[test]
fn not_in_generic_arguments() {
    pieces("a -> f::<fn(A) -> B>(x) -> c", &["a", "f::<fn(A) -> B>(x)", "c"]);
    pieces("a -> f::<Vec<fn(A) -> Vec<B>>>(x) -> c", &["a", "f::<Vec<fn(A) -> Vec<B>>>(x)", "c"]);
    // never closed: the arrow is the next stage's
    pieces("a -> f::<u64 -> c", &["a", "f::<u64", "c"]);
    pieces("a < b -> c > d", &["a < b", "c > d"]);
}

#[test]
fn a_closure_keeps_its_arrow() {
    pieces("|x| -> T { x } -> c", &["|x| -> T { x }", "c"]);
    pieces("a -> move || -> T { x }", &["a", "move || -> T { x }"]);
    pieces("|x| x -> c", &["|x| x", "c"]);
    pieces("a | b -> c", &["a | b", "c"]);
}

#[test]
fn at_semicolons() {
    let flow = |name: &str| vec![name.to_owned(), "x".to_owned()];
    assert_eq!(cut("a -> x; b -> x;").1, [flow("a"), flow("b")]);
    assert_eq!(cut("; ; a -> x ;;").1, [flow("a")]);
    assert_eq!(cut("").1.len(), 0);
}

#[test]
fn attributes_and_comments() {
    let (attrs, flows) = cut("#![name = \"x\"] #![threads = 2] //! text\n /// text\n a -> /// text\n b");
    assert_eq!(attrs, ["name = \"x\"", "threads = 2"]);
    assert_eq!(flows, [["a", "b"]]);
}

#[test]
fn commas() {
    for (text, expected) in [
        ("", &[][..]),
        ("a", &["a"]),
        ("a, b,", &["a", "b"]),
        ("a,, b", &["a", "", "b"]),
        ("|a, b| a, c", &["|a, b| a", "c"]),
        ("a || b, c || d", &["a || b", "c || d"]),
        ("a | b, c | d", &["a | b", "c | d"]),
        ("|| a, b", &["|| a", "b"]),
        ("|a| |b, c| d, e", &["|a| |b, c| d", "e"]),
        ("x = |a, b| a, c", &["x = |a, b| a", "c"]),
        ("M::<A, B>::new(), c", &["M::<A, B>::new()", "c"]),
        ("|x| -> R<A, B> { x }, c", &["|x| -> R<A, B> { x }", "c"]),
        ("|x: M<A, B>| x, c", &["|x: M<A, B>| x", "c"]),
    ] {
        let cut: Vec<String> = at_commas(tokens(text)).iter().map(|part| stream(part).to_string()).collect();
        let expected: Vec<String> = expected.iter().map(|text| tokens(text).to_string()).collect();
        assert_eq!(cut, expected, "{text}");
    }
}
