//! What becomes of windows, of errors and of warnings.

use super::{good, texts, tokens};
use crate::front::front;
use crate::ir::Clock;

fn window(text: &str) -> (String, Option<Clock>) {
    let pipeline = good(&format!("s -> timestamp(t) -> window({text}) -> count -> out"));
    let arg = &pipeline.flows[0].stages[1].args[0];
    (arg.tokens.to_string(), arg.window.as_ref().map(|window| window.clock))
}

#[test]
fn windows_become_calls() {
    let ten = "::core::time::Duration::from_micros(10000000u64)";
    let one = "::core::time::Duration::from_micros(1000000u64)";
    let path = "::streamflow::window";
    for (text, expected, clock) in [
        ("tumbling(10s)", format!("{path}::tumbling({ten},)"), Some(Clock::Event)),
        ("tumbling(size)", format!("{path}::tumbling(size,)"), Some(Clock::Event)),
        ("sliding(10s, every = 1s)", format!("{path}::sliding({ten}, {one})"), Some(Clock::Event)),
        ("sliding(every = 1s, 10s)", format!("{path}::sliding({ten}, {one})"), Some(Clock::Event)),
        (
            "tumbling(10s, clock = processing)",
            format!("{path}::tumbling({ten},).clock({path}::processing)"),
            Some(Clock::Processing),
        ),
        ("kind", "kind".to_owned(), None),
        ("self::kind(10s)", format!("self::kind({ten})"), None),
    ] {
        assert_eq!(window(text), (tokens(&expected).to_string(), clock), "{text}");
    }
}

#[test]
fn arguments_stand_in_the_order_of_the_table() {
    let pipeline = good("s -> top(by = |x| x.n, 10) -> out");
    let args = &pipeline.flows[0].stages[0].args;
    assert!(args[0].option.is_none());
    assert_eq!(args[1].option.as_ref().map(ToString::to_string), Some("by".to_owned()));
}

#[test]
fn half_typed_arguments_stay_as_they_are() {
    let pipeline = good("s -> map(|x| x.) -> out");
    let arg = &pipeline.flows[0].stages[0].args[0];
    assert_eq!((arg.tokens.to_string(), arg.expr.is_none()), (tokens("|x| x.").to_string(), true));
}

#[test]
fn errors_end_in_a_job() {
    let expansion = front(tokens("s -> fliter(f) -> map() -> out")).err().expect("errors").to_string();
    assert_eq!(expansion.matches("compile_error").count(), 2);
    let end = tokens("{ ::streamflow::__private::never_job() }").to_string();
    assert!(expansion.ends_with(end.trim_start_matches('{')), "{expansion}");
}

#[test]
fn a_panic_is_our_error() {
    let panic: Box<dyn std::any::Any + Send> = Box::new("no such index");
    let expansion = crate::diag::bug(&*panic).to_string();
    assert!(expansion.contains("bug in streamflow [SF0001]") && expansion.contains("no such index"), "{expansion}");
    assert!(expansion.contains("never_job"), "{expansion}");
}

#[test]
fn warnings_let_the_pipeline_through() {
    let Ok(front) = front(tokens("s -> key_by(a) -> key_by(b) -> count -> out")) else {
        panic!("a warning is no error");
    };
    let text = front.warnings.to_string();
    assert!(text.contains("deprecated") && text.contains("[SF0306]"), "{text}");
}

/// One line with the code, then `help:` and `note:`; lower case, no final stop.
#[test]
fn the_form_of_a_text() {
    let bad = [
        "s -> fliter(f) -> groupBy(k) -> map() -> join(b) -> out",
        "s -> map_values(f) -> out",
        "s -> window(hopping(10m, step = 1s)) -> out",
        "s -> count -> window(tumbling(0s, clock = wall)) -> map(move |x| x) as fn",
        "#![naem = 1] #![delivery(x)] s",
    ];
    for text in bad.iter().flat_map(|bad| texts(bad)) {
        let mut lines = text.lines();
        let first = lines.next().expect("a first line");
        assert!(first.ends_with(']') && first.contains(" [SF"), "{text}");
        assert!(!first.starts_with(char::is_uppercase), "{text}");
        assert!(!first.contains(". ["), "{text}");
        for line in lines {
            assert!(line.starts_with("help: ") || line.starts_with("note: "), "{text}");
            assert!(!line.ends_with('.'), "{text}");
        }
    }
}
