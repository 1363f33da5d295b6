//! What is run: engines, workloads, and what the command line says of them.

/// Declares the choices of one kind, with the name of each.
macro_rules! choices {
    ($(#[$about:meta])* $kind:ident { $($variant:ident = $name:literal),* $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $kind {
            $($variant,)*
        }

        impl $kind {
            pub const ALL: &[$kind] = &[$($kind::$variant,)*];

            pub fn name(self) -> &'static str {
                match self {
                    $($kind::$variant => $name,)*
                }
            }

            pub fn named(name: &str) -> Result<Self, String> {
                let known = Self::ALL.iter().copied().find(|one| one.name() == name);
                known.ok_or_else(|| {
                    let names: Vec<_> = Self::ALL.iter().map(|one| one.name()).collect();
                    format!("`{name}` is none of {}", names.join(", "))
                })
            }
        }
    };
}

choices! {
    Engine { Hand = "hand", StreamFlow = "streamflow", Renoir = "renoir", Timely = "timely" }
}

choices! {
    Workload { W1 = "w1", W2 = "w2", W3 = "w3", W4 = "w4", Q1 = "q1", Q2 = "q2", Q3 = "q3", Q4 = "q4", Q5 = "q5", Q7 = "q7", Q8 = "q8" }
}

/// One engine with one workload, in a process of its own.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    pub engine: Engine,
    pub workload: Workload,
    /// How many workers the engine is told to use, and how many processors the process may use.
    pub threads: usize,
    /// Of the full input.
    pub scale: f64,
}

#[derive(Debug)]
pub struct Options {
    pub engines: Vec<Engine>,
    pub workloads: Vec<Workload>,
    pub threads: Vec<usize>,
    pub rounds: usize,
    pub scale: f64,
}

impl Options {
    pub const HELP: &str = "\
usage: streamflow-peers [--rounds N] [--scale S] [--threads 1,2] [--engines renoir,timely,..] [WORKLOAD..]

Runs each workload on each engine in turn, N times (5), and prints a table in Markdown. A scale of 0.01 takes a hundredth of the
input: enough to see that the results agree. StreamFlow always takes part.
";
}

pub enum Command {
    Compare(Options),
    /// What `compare` starts.
    Work(Task),
    Help,
}

impl Command {
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Options {
            engines: Engine::ALL.to_vec(),
            workloads: Vec::new(),
            threads: vec![1, 2],
            rounds: 5,
            scale: 1.0,
        };
        let mut worker = None;
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("`{argument}` needs a value"));
            match argument.as_str() {
                "--help" | "-h" => return Ok(Command::Help),
                "--rounds" => options.rounds = number(&value()?)?,
                "--scale" => options.scale = number(&value()?)?,
                "--threads" => options.threads = list(&value()?, number)?,
                "--engines" => options.engines = list(&value()?, Engine::named)?,
                "--worker" => worker = Some(Engine::named(&value()?)?),
                name => options.workloads.push(Workload::named(name)?),
            }
        }
        if options.rounds == 0 || options.threads.contains(&0) || options.scale <= 0.0 {
            return Err("rounds, threads and scale must be more than zero".to_owned());
        }
        if options.workloads.is_empty() {
            options.workloads = Workload::ALL.to_vec();
        }
        if let Some(engine) = worker {
            let (workload, threads) = (options.workloads[0], options.threads[0]);
            return Ok(Command::Work(Task { engine, workload, threads, scale: options.scale }));
        }
        if !options.engines.contains(&Engine::StreamFlow) {
            options.engines.push(Engine::StreamFlow);
        }
        // in the order of the table
        options.engines = Engine::ALL.iter().copied().filter(|engine| options.engines.contains(engine)).collect();
        Ok(Command::Compare(options))
    }
}

fn number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}

fn list<V>(text: &str, each: impl Fn(&str) -> Result<V, String>) -> Result<Vec<V>, String> {
    text.split(',').map(each).collect()
}
