//! The table that `compare` prints.

use crate::options::{Engine, Options, Workload};

/// What an engine did in one workload.
#[derive(Debug, Default)]
pub struct Measured {
    pub engine: Option<Engine>,
    pub events: u64,
    pub checksum: u64,
    pub rows: u64,
    pub missing: u64,
    /// Seconds, and seconds of processors.
    pub runs: Vec<(f64, f64)>,
}

impl Measured {
    fn seconds(&self) -> Vec<f64> {
        sorted(self.runs.iter().map(|run| run.0))
    }

    fn rate(&self, seconds: f64) -> f64 {
        self.events as f64 / seconds / 1e6
    }
}

pub fn head(options: &Options) -> String {
    let others = || options.engines.iter().filter(|engine| **engine != Engine::StreamFlow);
    let mut columns = vec!["workload".to_owned(), "threads".to_owned()];
    columns.extend(options.engines.iter().map(|engine| format!("{}, M events/s", engine.name())));
    columns.extend(others().map(|engine| format!("streamflow / {}", engine.name())));
    columns.extend(options.engines.iter().map(|engine| format!("{}, processor s", engine.name())));
    let scale = if options.scale == 1.0 { String::new() } else { format!(" Scale {} of the input.", options.scale) };
    format!(
        "Median of {} interleaved rounds, [best].{scale}\n\n| {} |\n|{}",
        options.rounds,
        columns.join(" | "),
        "---|".repeat(columns.len()),
    )
}

pub fn row(workload: Workload, threads: usize, engines: &[Engine], measured: &[Measured]) -> String {
    let of = |engine: Engine| measured.iter().find(|measured| measured.engine == Some(engine));
    let ours = of(Engine::StreamFlow).map(|ours| median(&ours.seconds()));
    let mut cells = vec![workload.name().to_owned(), threads.to_string()];
    let mut cell = |of: Option<&Measured>, text: &dyn Fn(&Measured) -> String| {
        cells.push(of.map_or("-".to_owned(), text));
    };
    for engine in engines {
        cell(of(*engine), &|measured| {
            let seconds = measured.seconds();
            format!("{:.1} [{:.1}]", measured.rate(median(&seconds)), measured.rate(seconds[0]))
        });
    }
    for engine in engines.iter().filter(|engine| **engine != Engine::StreamFlow) {
        cell(of(*engine), &|measured| {
            ours.map_or("-".to_owned(), |ours| format!("**{:.2}**", median(&measured.seconds()) / ours))
        });
    }
    for engine in engines {
        cell(of(*engine), &|measured| format!("{:.2}", median(&sorted(measured.runs.iter().map(|run| run.1)))));
    }
    format!("| {} |", cells.join(" | "))
}

/// What must be said of a result that is not whole.
pub fn note(workload: Workload, threads: usize, measured: &Measured) -> Option<String> {
    let name = measured.engine?.name();
    (measured.missing > 0).then(|| {
        format!(
            "{} on {threads}: {name} leaves out {} of {} rows; all others are as they should be.",
            workload.name(),
            measured.missing,
            measured.rows,
        )
    })
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// Of sorted values.
fn median(values: &[f64]) -> f64 {
    values[values.len() / 2]
}
