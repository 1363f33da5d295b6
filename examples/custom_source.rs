//! A source of your own: a type that implements `Source` stands where `source::vec` or `file::lines` would.
//!
//! `cargo run --example custom_source`
//!
//! The source is a fleet of buses. Each bus is a partition: an independently ordered part of the input. A block holds some
//! consecutive records of one partition; records may borrow from it, so nothing is copied on the way to `sum`.

use std::cmp::Reverse;
use streamflow::source::Poll;
use streamflow::{Error, Source, sink, stream};

/// Somebody got on.
struct Ride {
    stop: String,
    passengers: u64,
}

/// Buses and the stops they still have to make.
struct Fleet {
    left: Vec<u64>,
}

impl Source for Fleet {
    type Offset = ();
    type Block = Vec<Ride>;
    type Item<'b> = &'b Ride;

    fn name(&self) -> String {
        format!("a fleet of {} buses", self.left.len())
    }

    fn partitions(&mut self) -> Result<usize, Error> {
        Ok(self.left.len())
    }

    fn partition_name(&self, partition: usize) -> String {
        format!("bus {}", partition + 1)
    }

    /// A block of at most three rides. The budget is the number of bytes that the batch has left.
    fn poll(&mut self, partition: usize, budget: usize) -> Result<Poll<Vec<Ride>>, Error> {
        let left = &mut self.left[partition];
        if *left == 0 {
            return Ok(Poll::Ended);
        }
        let rides = (*left).min(3).min(budget as u64 / size_of::<Ride>() as u64).max(1);
        let ride = |number: u64| Ride { stop: format!("stop {}", number % 4 + 1), passengers: number };
        let block: Vec<Ride> = (*left - rides..*left).map(ride).rev().collect();
        *left -= rides;
        let bytes = block.len() * size_of::<Ride>();
        Ok(Poll::Block { block, bytes })
    }

    fn each<'b>(block: &'b Vec<Ride>, each: impl FnMut(&'b Ride)) {
        block.iter().for_each(each);
    }
}

fn main() -> Result<(), Error> {
    let mut job = stream! {
        #![name = "custom_source"]
        Fleet { left: vec![8, 5, 12] }
            -> key_by(|ride| ride.stop.as_str())
            -> sum(|ride| ride.passengers) as passengers
            -> top(4, by = |row| (row.value, Reverse(row.key)))
            -> sink::stdout()
    };
    if std::env::var_os("STREAMFLOW_EXPLAIN").is_some() {
        print!("{}", job.explain());
        return Ok(());
    }
    job.run()?;
    Ok(())
}
