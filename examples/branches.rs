//! A graph: two sources are merged, decoded once, and used in three ways.
//!
//! `cargo run --example branches`

use streamflow::{sink, source, stream};

#[derive(Clone, Copy)]
struct Sale<'b> {
    shop: &'b str,
    cents: u64,
}

fn parse(line: &str) -> Option<Sale<'_>> {
    let (shop, cents) = line.split_once(' ')?;
    Some(Sale { shop, cents: cents.parse().ok()? })
}

fn main() -> Result<(), streamflow::Error> {
    let web = vec!["north 1250", "south 99", "north 300"];
    let tills = vec!["south 5000", "west 120", "not a sale"];
    let mut job = stream! {
        #![name = "branches"]
        #![threads = 1]
        let online = source::vec(web) -> filter_map(parse);
        let shops = source::vec(tills) -> filter_map(parse) -> filter(|sale| sale.cents > 100);
        let sales = merge(online, shops);
        // every arm of `split` sees every sale
        sales -> split {
            totals => key_by(|sale| sale.shop) -> sum(|sale| sale.cents) as totals
                -> top(10, by = |row| row.value)
                -> map(|row| format!("total {row}"))
                -> sink::stdout(),
            number => count() as sales -> map(|sales| format!("{sales} sales")) -> sink::stdout(),
        };
        // `route` sends each to one
        sales -> route {
            large if |sale| sale.cents >= 1000 => map(|sale| format!("large {}: {}", sale.shop, sale.cents)) -> sink::stdout(),
            rest => sink::discard(),
        };
    };
    if std::env::var_os("STREAMFLOW_EXPLAIN").is_some() {
        print!("{}", job.explain());
        return Ok(());
    }
    let report = job.run()?;
    eprintln!("{report}");
    Ok(())
}
