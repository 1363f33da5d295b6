//! Good pipelines, for tests that damage them.

pub const GOOD: &[&str] = &[
    "numbers -> out",
    "numbers -> map(|x| x * 2) -> filter(|x| x % 3 == 0) -> out",
    "file::lines(dir)? -> flat_map(|l| l.split_whitespace()) -> key_by(|w| *w) -> count() as counts -> stdout()",
    "#![name = \"hot\"] #![threads = 4] #![batch(every = 1s, bytes = 1_000_000)] bids -> inspect(log) -> out",
    "bids -> timestamp(|b| b.at, disorder = 2s) -> key_by(|b| b.auction)
        -> window(sliding(10s, every = 1s)) -> count() as per_auction -> top(10, by = |c| c.value) -> out",
    "bids -> timestamp(|b| b.at) -> window(tumbling(1.5h, lateness = 5s)) -> mean(|b| b.price) -> &mut rows",
    "bids -> window(tumbling(10s, clock = processing)) -> sum(|b| b.price) -> out;",
    "orders -> key_by(|o| o.customer) -> fold(Totals::default(), |t, o| { t.add(o); }) as totals -> ledger",
    "orders -> key_by(|o| (o.shop, o.day)) -> map_values(|o| o.cents) -> sum -> out",
    "orders -> key_by(|o| o.shop) -> sum(|o| o.cents) as per_shop -> key_by(|u| u.value) -> count -> out",
    "orders -> reduce(|a, b| if a.at < b.at { b } else { a }) -> out",
    "lines -> filter_map(|l| l.parse::<u64>().ok()) -> min -> out",
    "lines -> map(parse::<Order>) -> distinct(|o| o.id) as seen -> out",
    "lines -> map::<fn(&str) -> u64>(length) -> max() -> out",
    "lines -> map(|l| -> Result<u64, Error> { l.parse() }) -> filter_map(|r| r.ok()) -> out",
    "(|n| -> u64 { n }) -> map(|x| x) -> (|x| -> () { drop(x) })",
    "numbers.iter().map(|x| x + 1) -> filter(|x| a || *x >= b) -> top(3, by = |x| *x) as best -> out",
    "vec![1, 2, 3] -> inspect(|x| tracing::info!(\"{x}\")) -> Vec::<u64>::new()",
    "HashMap::<u8, u8>::new() -> map(|(k, v)| move |x| k + v + x) -> out",
    "ticks(500ms) -> map(|t| t + 1min) -> window(kind) -> count -> sink(every(5s))",
    "events -> map(|e| match e { E::A => 1, E::B(x) if x => 2, _ => 3 }) -> window(self::mine(3)) -> max -> out",
    "numbers -> timestamp(|x| x.at) -> window(tumbling(1d)) -> count
        -> timestamp(|row| row.start) -> window(tumbling(7d)) -> count -> out",
];

#[test]
fn are_good() {
    for text in GOOD {
        super::good(text);
    }
}
