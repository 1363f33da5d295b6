//! Dead letters: lines that cannot be read do not stop the job. They are kept with their place and the reason.
//!
//! `cargo run --example dead_letters`

use streamflow::{sink, source, stream};

struct Order<'b> {
    customer: &'b str,
    cents: u64,
}

/// Borrows from the line: nothing is allocated for a good one.
fn parse(line: &str) -> Result<Order<'_>, String> {
    let (customer, cents) = line.split_once(';').ok_or_else(|| "a semicolon is missing".to_owned())?;
    let cents = cents.parse().map_err(|error| format!("`{cents}`: {error}"))?;
    Ok(Order { customer, cents })
}

fn main() -> Result<(), streamflow::Error> {
    let lines = vec!["ann;1250", "bob;twelve", "ann;300", "cyd", "bob;99"];
    let mut job = stream! {
        #![name = "dead_letters"]
        #![threads = 1]
        source::vec(lines)
            -> try_map(parse) as parsed
            -> key_by(|order| order.customer)
            -> sum(|order| order.cents) as cents
            -> top(10, by = |row| row.value)
            -> sink::stdout();
        errors(parsed)
            -> map(|failed| format!("{failed}: {:?}", failed.record))
            -> sink::stdout();
    };
    if std::env::var_os("STREAMFLOW_EXPLAIN").is_some() {
        print!("{}", job.explain());
        return Ok(());
    }
    let report = job.run()?;
    eprintln!("{report}");
    Ok(())
}
