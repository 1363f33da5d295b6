//! Receivers with a log fit exactly-once delivery.

use streamflow::*;

fn main() {
    let (_pusher, pushed) = source::pushed("orders");
    let mut job = stream! {
        #![delivery(exactly_once)]
        #![checkpoint(Checkpoint::from("state").receivers_also_in("copy"))]
        let clients = tcp::listen("127.0.0.1:9999").max_connections(9).journaled().acknowledge();
        let server = tcp::lines("127.0.0.1:9998").journaled().max_block(1 << 16);
        let input = source::stdin().journaled();
        let lines = merge(clients, server, input) -> map(|line| line.len());
        let orders = pushed.journaled() -> map(|order| order.len());
        merge(lines, orders) -> sum() as bytes -> file::write("bytes")
    };
    assert!(job.explain().contains("from lines of clients of 127.0.0.1:9999, through the receiver log"));
    // without the promise and without its cost
    let _job = stream! { tcp::listen("127.0.0.1:9999") -> count() -> sink::discard() };
}
