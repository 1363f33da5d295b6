//! Graphs need no annotation: borrowed records, borrowed keys, words that are no keywords.

use streamflow::*;

#[derive(Clone, Copy)]
struct Sale<'b> {
    shop: &'b str,
    cents: u64,
}

fn parse(line: &str) -> Option<Sale<'_>> {
    let (shop, cents) = line.split_once(' ')?;
    Some(Sale { shop, cents: cents.parse().ok()? })
}

fn merge(numbers: Vec<u64>) -> source::Memory<u64> {
    source::vec(numbers)
}

fn main() {
    let floor = 10;
    let mut large = Vec::new();
    let job = stream! {
        #![name = "shop"]
        let web = source::vec(vec!["ann 20", "bob 990"]) -> filter_map(|line| parse(line));
        let store = source::stdin() -> filter_map(|line| parse(line)) -> filter(|sale| sale.cents > floor);
        let sales = merge(web, store);
        let by_shop = sales -> key_by(|sale| sale.shop);
        by_shop -> sum(|sale| sale.cents) as per_shop -> map(|row| (row.key.to_owned(), row.value)) -> sink::discard();
        by_shop -> map_values(|sale| sale.cents) -> max() -> map(|row| row.value) -> sink::discard();
        sales -> route {
            large if |sale| sale.cents > 900 => map(|sale| sale.cents) -> &mut large,
            rest => split {
                a => map(|sale| sale.shop.len()) -> sink::discard(),
                b => try_map(|sale| u8::try_from(sale.cents)) as small -> sink::discard(),
            },
        };
        errors(small) -> map(|failed| failed.record.shop.to_owned()) -> sink::discard();
        self::merge(vec![1]) -> sink::discard();
    };
    let _ = job;
}
