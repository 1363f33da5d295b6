//! What to measure.

/// The words behind `cargo bench --bench table --`.
#[derive(Debug)]
pub struct Arguments {
    /// All, if none is named.
    workloads: Vec<String>,
    /// What the size of each input is divided by.
    pub scale: usize,
    pub rounds: usize,
    /// How often to run the pipelines alone.
    pub pipeline: usize,
    /// On so many threads.
    pub threads: usize,
}

impl Arguments {
    pub fn read() -> Self {
        let mut read = Arguments { workloads: vec![], scale: 1, rounds: 5, pipeline: 0, threads: 1 };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let target = match word.as_str() {
                "--scale" => &mut read.scale,
                "--rounds" => &mut read.rounds,
                "--pipeline" => &mut read.pipeline,
                "--threads" => &mut read.threads,
                // what cargo itself says to a bench
                "--bench" => continue,
                _ if word.starts_with('-') => refuse(&word),
                _ => {
                    read.workloads.push(word);
                    continue;
                }
            };
            match words.next().and_then(|number| number.parse().ok()) {
                Some(number) if number > 0 => *target = number,
                _ => refuse(&word),
            }
        }
        read
    }

    pub fn want(&self, workload: &str) -> bool {
        self.workloads.is_empty() || self.workloads.iter().any(|wanted| wanted == workload)
    }
}

fn refuse(word: &str) -> ! {
    eprintln!(
        "`{word}`: the words are names of workloads, `--scale N`, `--rounds N`, `--pipeline N` and `--threads N`"
    );
    std::process::exit(2)
}
