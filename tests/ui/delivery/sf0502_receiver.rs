//! A receiver without a log: the cure stands in the message.
//@ line: tcp::listen

use streamflow::*;

fn main() {
    let _job = stream! {
        #![delivery(exactly_once)]
        tcp::listen("127.0.0.1:9999") -> file::parts("out")
    };
}
