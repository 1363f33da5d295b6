//! One table of all workloads: threads, events a second, ratio to the hand-written loop, bytes of state, allocations.
//!
//! `cargo bench --bench table -- [WORKLOAD..] [--scale N] [--rounds N] [--pipeline N]`
//!
//! `-- w3 q5` measures these two; `--scale 100` takes a hundredth of the input, to see that all runs. `--pipeline 20` runs the pipelines
//! alone so many times, on one thread and without a checkpoint: for a profiler.

mod arguments;
mod case;
mod cases;
mod measure;
#[path = "../support/mod.rs"]
mod support;
#[path = "../workloads/mod.rs"]
mod workloads;

use arguments::Arguments;
use measure::{Line, measure};

#[global_allocator]
static COUNTING: support::Counting = support::Counting;

fn main() {
    let arguments = Arguments::read();
    if arguments.pipeline == 0 {
        println!("{}", Line::HEAD);
    }
    cases::each(&arguments, &mut |case| {
        if arguments.pipeline > 0 {
            (0..arguments.pipeline).for_each(|_| drop(case.run_alone()));
        } else {
            measure(case, arguments.rounds).iter().for_each(|line| println!("{line}"));
        }
    });
}
