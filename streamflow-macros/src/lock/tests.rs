use super::*;
use crate::tests::good;

const FILE: &str = r#"
# words
version = 1

["hot \"bids\""."recent"]
kept_by = "count in windows of 10s every 1s"
panes = "(u64, u64)"

["hot \"bids\""."all"]
kept_by = "fold"
values = "(u64, {sum: i64})"

["hot \"bids\""."all".types]
"shop::Totals" = "{sum: i64}"

["other"."recent"]
kept_by = "sum"
values = "((), f64)"
"#;

/// What is said about a pipeline, and what is left for the compiler.
fn compared(pipeline: &str) -> (Vec<String>, String) {
    let pipeline = good(pipeline);
    let name = job_name(&pipeline).expect("a name");
    let mut diags = Diags::new();
    let holds = compare_with(&Lock::of(FILE), &pipeline, &name, &mut diags);
    (diags.lines(), holds.to_string())
}

fn pipeline(recent: &str) -> String {
    format!(
        "#![name = \"hot \\\"bids\\\"\"] let timed = bids -> timestamp(|b| b.at, disorder = 2s) -> key_by(|b| b.auction);
        timed -> split {{ recent => {recent} -> out, all => fold(Totals::default(), |t, b| t.add(b)) as all -> out }}"
    )
}

#[test]
fn a_file_is_read_as_it_was_written() {
    let states = file::parse(FILE).expect("a lock");
    let said: Vec<_> = states.iter().map(|state| (state.job.as_str(), state.label.as_str())).collect();
    assert_eq!(said, [("hot \"bids\"", "recent"), ("hot \"bids\"", "all"), ("other", "recent")]);
    assert_eq!(states[1].kept_by, "fold");
    assert_eq!(states[1].tables, [("values".to_owned(), "(u64, {sum: i64})".to_owned())]);
    assert_eq!(states[1].types, [("shop::Totals".to_owned(), "{sum: i64}".to_owned())]);
    assert_eq!(states[2].types, []);
}

#[test]
fn a_file_that_cannot_be_read_is_told_with_its_line() {
    let line = |text: &str| file::parse(text).expect_err(text).0;
    assert_eq!(line("version = 2"), "line 1 of streamflow.lock cannot be read: `version = 2`");
    for text in
        ["x = \"1\"", "[\"a\"]", "[\"a\".\"b\"", "[\"a\".\"b\"]\n<<<<", "[\"a\".\"b\"]\nx = \"1", "[\"a\".\"b\"]\nx"]
    {
        assert!(line(text).starts_with(&format!("line {} of", text.lines().count())), "{text}");
    }
}

#[test]
fn the_same_stages_are_left_to_the_compiler() {
    let (found, holds) = compared(&pipeline("window(sliding(10s, every = 1s)) -> count() as recent"));
    assert_eq!(found, [""; 0]);
    for part in ["fn recent <", "fn all <", "\"(u64, {sum: i64})\"", "include_bytes"] {
        assert!(holds.contains(part), "{part}: {holds}");
    }
    assert!(!holds.contains("f64"), "of another job: {holds}");
}

#[test]
fn a_window_that_is_written_otherwise_is_the_same() {
    for window in
        ["sliding(10_000ms, every = 1000ms, lateness = 1min, late = count)", "sliding(size, every = 1s)", "mine"]
    {
        let (found, _) = compared(&pipeline(&format!("window({window}) -> count() as recent")));
        assert_eq!(found.iter().filter(|line| line.starts_with("SF")).count(), 0, "{window}: {found:#?}");
    }
}

#[test]
fn another_stage_is_refused_where_it_stands() {
    let was = "SF0515 @ {}: the state `recent` was kept by `count in windows of 10s every 1s` and is now kept by `{}`";
    let cases = [
        ("window(sliding(10s, every = 1s)) -> sum(|b| b.price) as recent", "sum", "sum in windows of 10s every 1s"),
        ("window(sliding(10s, every = 2s)) -> count() as recent", "window", "count in windows of 10s every 2s"),
        ("window(tumbling(10s)) -> count() as recent", "window", "count in windows of 10s"),
        (
            "window(sliding(10s, every = 1s, clock = processing)) -> count() as recent",
            "window",
            "count in windows of 10s every 1s on the batch clock",
        ),
        ("window(session(10s)) -> count() as recent", "window", "count in windows kept one by one"),
        ("window(counts(10)) -> count() as recent", "window", "count in windows of counts"),
        ("window(tumbling(1d, zone = \"UTC\")) -> count() as recent", "window", "count in windows kept one by one"),
        ("count() as recent", "count", "count"),
    ];
    for (recent, at, now) in cases {
        let (found, holds) = compared(&pipeline(recent));
        assert_eq!(found, [was.replacen("{}", at, 1).replacen("{}", now, 1)], "{recent}");
        assert!(!holds.contains("fn recent <") && holds.contains("fn all <"), "one error a mistake: {holds}");
    }
}

#[test]
fn a_state_that_is_gone_is_refused_and_a_new_one_is_not() {
    let (found, _) = compared(&pipeline("window(sliding(10s, every = 1s)) -> count() as late"));
    let gone = "the pipeline has no state `recent`, which streamflow.lock holds of it";
    assert_eq!(found, [format!("SF0515 @ \"hot \\\"bids\\\"\": {gone}")]);
}

#[test]
fn a_job_that_is_not_locked_is_only_watched() {
    let (found, holds) = compared("#![name = \"new\"] numbers -> sum() as recent -> out");
    assert_eq!(found, [""; 0]);
    assert!(holds.contains("include_bytes") && !holds.contains("hold"), "{holds}");
}

#[test]
fn a_type_is_compared_at_each_of_its_fields() {
    let name = Ident::new("Totals", Span::call_site());
    let members = [("sum".to_owned(), Span::call_site()), ("n".to_owned(), Span::call_site())];
    let holds = hold_type_with(&Lock::of(FILE), &name, &members, &TokenStream::new()).to_string();
    assert_eq!(holds.matches("hold_type :: < Totals >").count(), 3, "and for the rest: {holds}");
    assert!(holds.contains("\"shop::Totals\" , \"{sum: i64}\""), "{holds}");
    let other = Ident::new("Other", Span::call_site());
    assert!(hold_type_with(&Lock::of(FILE), &other, &members, &TokenStream::new()).is_empty());
}

/// The page says what the macro says.
#[test]
fn the_page_is_right() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/errors/SF0515.md")).expect("a page");
    let block = |heading: &str| {
        let part = page.split(heading).nth(1).expect(heading);
        part.split("```").nth(1).and_then(|block| block.split_once('\n')).expect("a block").1.to_owned()
    };
    let lock = Lock::of(&block("## Locked"));
    let found = |heading: &str| {
        let block = block(heading);
        let (start, end) = (block.find("stream! {").expect("a pipeline") + 9, block.rfind('}').expect("an end"));
        let pipeline = good(&block[start..end]);
        let name = job_name(&pipeline).expect("a name");
        let mut diags = Diags::new();
        compare_with(&lock, &pipeline, &name, &mut diags);
        diags.lines()
    };
    assert_eq!(found("## Bad").len(), 1);
    assert_eq!(found("## Good"), [""; 0]);
}
