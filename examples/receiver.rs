//! Orders that a shop sends over a connection, each with its number. The shop forgets an order when it is told that it is durable, and sends
//! the others again when it connects the next time: each is booked once, whatever dies.
//!
//! `cargo run --example receiver`

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;
use streamflow::{file, stream, tcp};

/// Books what the shop sends, behind what was booked by the last process.
macro_rules! book {
    ($directory:expr, $orders:expr) => {
        stream! {
            #![name = "orders"]
            #![threads = 1]
            #![delivery(exactly_once)]
            #![checkpoint($directory.join("state"))]
            $orders.journaled().acknowledge()
                -> map(|order| order.split_once(' ').unwrap_or((order, "")))
                -> distinct(|(number, _)| number.to_string()) as numbers
                -> map(|(number, article)| format!("{number} {article}"))
                -> file::write($directory.join("booked.txt"))
        }
    };
}

/// Sends orders and waits until all of them are durable.
fn send(address: SocketAddr, orders: &[&str]) -> Result<(), std::io::Error> {
    let mut shop = TcpStream::connect(address)?;
    shop.write_all((orders.join("\n") + "\n").as_bytes())?;
    let mut answers = BufReader::new(shop).lines();
    // answers count the lines of this connection, and may come one by one or all at once
    while answers.next().transpose()?.is_some_and(|answer| answer != orders.len().to_string()) {}
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::var_os("STREAMFLOW_EXPLAIN").is_some() {
        print!("{}", book!(Path::new("orders"), tcp::listen("localhost:9999")).explain());
        return Ok(());
    }
    let home = tempfile::tempdir()?;
    let directory = home.path().to_owned();
    for (day, orders) in [
        ("monday", ["1 apples", "2 pears"]),
        // the shop has not heard that order 2 is durable: its connection broke
        ("tuesday", ["2 pears", "3 plums"]),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let job = book!(directory, tcp::listener(listener)).start()?;
        send(address, &orders)?;
        println!("{day}: {} orders are durable", orders.len());
        // one that is durable and not booked when the job stops is booked by the next one; this one waits, for the last day has none
        while !std::fs::read_to_string(directory.join("booked.txt")).is_ok_and(|text| text.contains(orders[1])) {
            std::thread::sleep(Duration::from_millis(1));
        }
        job.stop();
        job.wait()?;
    }
    print!("{}", std::fs::read_to_string(directory.join("booked.txt"))?);
    Ok(())
}
