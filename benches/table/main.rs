//! One table of all workloads: threads, events a second, ratio to the hand-written loop, bytes of state, allocations.
//!
//! `cargo bench --bench table -- [WORKLOAD..] [--scale N] [--rounds N] [--pipeline N] [--threads N]`
//!
//! `-- w3 q5` measures these two; `--scale 100` takes a hundredth of the input, to see that all runs. `--pipeline 20` runs the pipelines
//! alone so many times, on `--threads` (one) and without a checkpoint, and prints the shortest time: for a profiler.

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
            let times = (0..arguments.pipeline).map(|_| case.run_alone(arguments.threads));
            println!(
                "{}: {:.1} M events/s",
                case.name,
                case.events as f64 / times.min().unwrap_or_default().as_secs_f64() / 1e6
            );
        } else {
            measure(case, arguments.rounds).iter().for_each(|line| println!("{line}"));
        }
    });
}
