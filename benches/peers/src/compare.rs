//! Runs the engines in turn, each in a process of its own, and compares their results.

use crate::options::{Engine, Options, Task, Workload};
use crate::table::{self, Measured};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub fn compare(options: &Options) -> Result<(), String> {
    println!("{}", table::head(options));
    let (mut notes, mut failures) = (Vec::new(), 0);
    for workload in &options.workloads {
        for threads in &options.threads {
            // what is wrong with one workload does not keep the others from being measured
            match measure(*workload, *threads, options) {
                Ok(measured) => {
                    println!("{}", table::row(*workload, *threads, &options.engines, &measured));
                    notes.extend(measured.iter().filter_map(|measured| table::note(*workload, *threads, measured)));
                }
                Err(wrong) => {
                    failures += 1;
                    notes.push(format!("{} on {threads} is not in the table: {wrong}", workload.name()));
                }
            }
        }
    }
    if !notes.is_empty() {
        println!();
        notes.iter().for_each(|note| println!("* {note}"));
    }
    if failures > 0 { Err(format!("{failures} rows are missing")) } else { Ok(()) }
}

fn measure(workload: Workload, threads: usize, options: &Options) -> Result<Vec<Measured>, String> {
    // a loop has one thread
    let taking_part = options.engines.iter().filter(|engine| threads == 1 || **engine != Engine::Hand);
    let tasks = taking_part.map(|engine| Task { engine: *engine, workload, threads, scale: options.scale });
    let mut workers = tasks.map(Worker::start).collect::<Result<Vec<_>, _>>()?;
    for one in &workers {
        let first = &workers[0];
        if one.measured.checksum != first.measured.checksum {
            return Err(format!(
                "{} computes something else than {} in {} on {threads} threads",
                one.task.engine.name(),
                first.task.engine.name(),
                workload.name(),
            ));
        }
    }
    for round in 0..options.rounds {
        // nobody always runs behind the same one
        for place in 0..workers.len() {
            let place = (round + place) % workers.len();
            workers[place].run()?;
        }
    }
    workers.into_iter().map(Worker::end).collect()
}

/// A process that runs one workload on one engine.
struct Worker {
    task: Task,
    process: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    measured: Measured,
}

impl Worker {
    /// Comes back when the worker has its input and has computed the results once: nobody generates input while others are timed.
    fn start(task: Task) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("cannot start {task:?}: {error}");
        let mut process = Command::new(std::env::current_exe().map_err(failed)?)
            .args(["--worker", task.engine.name(), "--threads", &task.threads.to_string()])
            .args(["--scale", &task.scale.to_string(), task.workload.name()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let (Some(commands), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(format!("{task:?} cannot be talked to"));
        };
        let answers = BufReader::new(answers);
        let mut worker = Worker { task, process, commands, answers, measured: Measured::default() };
        let [events, checksum, rows, missing] = worker.answer()?;
        worker.measured = Measured { engine: Some(task.engine), events, checksum, rows, missing, runs: Vec::new() };
        Ok(worker)
    }

    fn run(&mut self) -> Result<(), String> {
        writeln!(self.commands).map_err(|error| format!("{:?} cannot be told to run: {error}", self.task))?;
        let [wall, processor] = self.answer()?;
        self.measured.runs.push((wall as f64 / 1e9, processor as f64 / 1e9));
        Ok(())
    }

    fn answer<const N: usize>(&mut self) -> Result<[u64; N], String> {
        let mut line = String::new();
        self.answers.read_line(&mut line).map_err(|error| format!("{:?} does not answer: {error}", self.task))?;
        let numbers: Option<Vec<u64>> = line.split_whitespace().map(|number| number.parse().ok()).collect();
        // what went wrong it has said itself
        numbers.and_then(|numbers| numbers.try_into().ok()).ok_or_else(|| format!("{:?} has given up", self.task))
    }

    fn end(mut self) -> Result<Measured, String> {
        drop(self.commands);
        let status = self.process.wait().map_err(|error| format!("{:?} does not end: {error}", self.task))?;
        if status.success() { Ok(self.measured) } else { Err(format!("{:?} ends with {status}", self.task)) }
    }
}
