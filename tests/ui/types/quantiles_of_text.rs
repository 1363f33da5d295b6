//! Text lies on no scale.
//@ stage: quantiles

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec!["1", "2"])
            -> quantiles([0.5], by = |text| text.to_owned())
            -> sink::discard()
    };
}
