//! What pipelines expand to, one for each kind of segment. `INSTA_UPDATE=always cargo test -p streamflow-macros` rewrites
//! them; read the difference before it is committed.

use super::good;
use crate::lower::lower;
use proc_macro2::TokenStream;

fn expansion(text: &str) -> String {
    let expansion = lower(&good(text), &TokenStream::new());
    let file = syn::parse_quote! { fn pipeline() { #expansion } };
    prettyplease::unparse(&file)
}

macro_rules! snapshots {
    ($($name:ident: $pipeline:literal;)*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(expansion($pipeline));
        }
    )*};
}
snapshots! {
    stateless: "numbers -> map(|x| x + 1) -> filter(|x| x % 2 == 0) -> inspect(log) -> filter_map(half) -> out";
    flat_map: "lines -> flat_map(|line| line.split(' ')) -> out";
    running_key: "words -> key_by(|word| *word) -> count() as counts -> map(|row| row.value) -> out";
    whole_stream: "numbers -> sum() -> out";
    projection: "orders -> key_by(|o| o.shop) -> map_values(|o| o.cents) -> max(|cents| *cents) -> out";
    fold: "orders -> fold(Totals::default(), |totals, order| totals.add(order)) as totals -> out";
    event_time_window: "bids -> timestamp(|b| b.at, disorder = 2s) -> key_by(|b| b.auction)
        -> window(sliding(10s, every = 1s)) -> reduce(|a, b| a.max(b)) -> out";
    batch_clock_window: "bids -> window(tumbling(10s, clock = processing)) -> mean(|b| b.price) -> out";
    ranking_of_changes: "words -> key_by(|word| *word) -> count() -> top(3, by = |row| row.value) as best -> out";
    ranking_of_records: "numbers -> top(3, by = |n| *n) -> out";
    distinct: "numbers -> distinct() -> distinct(|n| n % 10) as tens -> out";
    graph: "let web = a -> map(|l| parse(l)); let store = b -> map(|l| parse(l)) -> filter(|s| s.paid);
        merge(web, store) -> split {
            totals => key_by(|s| s.shop) -> sum(|s| s.cents) as per_shop -> out,
            sizes => route { large if |s| s.cents > 900 => alarms, rest => sink::discard() },
        }";
    attributes: "#![name = \"hot\"] #![threads = 2] #![batch(every = 1s, bytes = 4_096)] numbers -> out";
    at_most_once: "#![delivery(at_most_once)] #![checkpoint(\"state\")] numbers -> out";
    exactly_once: "#![delivery(exactly_once)] #![checkpoint(directory.join(\"hot\"))] numbers -> out";
}
