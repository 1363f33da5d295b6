//! Neither the source nor the sink fits.
//@ line: source::iter
//@ errors: 2, one for the source and one for the sink

use streamflow::*;

fn main() {
    let _job = stream! {
        #![delivery(exactly_once)]
        source::iter(0..3)
            -> sink::stdout()
    };
}
