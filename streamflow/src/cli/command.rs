//! The command line: sub-commands and options, beside the arguments of the user.

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, value_parser};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What is to be done. A further sub-command is a variant here, a command in [`command`] and an arm in `perform`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Order {
    Run,
    Explain,
    StateList,
    StateGet(String),
    StateDump,
    Verify,
    Lock { prints: bool },
    Savepoint(PathBuf),
}

/// What was asked for: the order, the arguments of the user, and what is said of the job.
#[derive(Debug)]
pub(super) struct Asked<A> {
    pub order: Order,
    pub arguments: A,
    pub checkpoint: Option<PathBuf>,
    pub threads: Option<usize>,
    pub from_savepoint: Option<PathBuf>,
    pub dropped: Vec<String>,
    /// The state that is looked at, if not all.
    pub state: Option<String>,
}

// names that no field of the user's arguments has
const CHECKPOINT: &str = "streamflow::checkpoint";
const THREADS: &str = "streamflow::threads";
const FROM_SAVEPOINT: &str = "streamflow::from_savepoint";
const DROP_STATE: &str = "streamflow::drop_state";
const STATE: &str = "streamflow::state";
const KEY: &str = "streamflow::key";
const PATH: &str = "streamflow::path";
const PRINT: &str = "streamflow::print";

impl<A: Args> Asked<A> {
    /// Reads a command line. The error may also be the help that was asked for.
    pub fn of(
        about: Option<String>,
        arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    ) -> Result<Self, clap::Error> {
        let mut arguments = arguments.into_iter().map(Into::<OsString>::into).peekable();
        let name = arguments.peek().and_then(|name| Path::new(name).file_stem()).map(|name| name.to_string_lossy());
        let mut command = command::<A>(name.as_deref().unwrap_or("job"));
        if let Some(about) = about {
            command = command.about(about);
        }
        let matches = command.try_get_matches_from(arguments)?;
        let (order, matches) = order(&matches)?;
        Ok(Asked {
            order,
            checkpoint: path(matches, CHECKPOINT),
            threads: matches.try_get_one(THREADS).ok().flatten().copied(),
            from_savepoint: path(matches, FROM_SAVEPOINT),
            dropped: matches.try_get_many(DROP_STATE).ok().flatten().into_iter().flatten().cloned().collect(),
            state: matches.try_get_one(STATE).ok().flatten().cloned(),
            arguments: A::from_arg_matches(matches)?,
        })
    }
}

fn path(matches: &ArgMatches, id: &str) -> Option<PathBuf> {
    matches.try_get_one(id).ok().flatten().cloned()
}

/// The order, and the arguments that stand with it.
fn order(matches: &ArgMatches) -> Result<(Order, &ArgMatches), clap::Error> {
    let text = |matches: &ArgMatches, id| matches.get_one::<String>(id).cloned().unwrap_or_default();
    Ok(match matches.subcommand() {
        // examples and plans in the documentation of a project are made so
        None if std::env::var_os("STREAMFLOW_EXPLAIN").is_some() => (Order::Explain, matches),
        None => (Order::Run, matches),
        Some(("run", matches)) => (Order::Run, matches),
        Some(("explain", matches)) => (Order::Explain, matches),
        Some(("state", matches)) => match matches.subcommand() {
            Some(("list", matches)) => (Order::StateList, matches),
            Some(("get", matches)) => (Order::StateGet(text(matches, KEY)), matches),
            Some(("dump", matches)) => (Order::StateDump, matches),
            _ => return Err(unknown("state")),
        },
        Some(("checkpoint", matches)) => match matches.subcommand() {
            Some(("verify", matches)) => (Order::Verify, matches),
            _ => return Err(unknown("checkpoint")),
        },
        Some(("lock", matches)) => (Order::Lock { prints: matches.get_flag(PRINT) }, matches),
        Some(("savepoint", matches)) => (Order::Savepoint(path(matches, PATH).unwrap_or_default()), matches),
        Some((other, _)) => return Err(unknown(other)),
    })
}

/// A command that was added without an order.
fn unknown(name: &str) -> clap::Error {
    clap::Error::raw(ErrorKind::InvalidSubcommand, format!("`{name}` is no sub-command\n"))
}

fn command<A: Args>(name: &str) -> Command {
    let with_own = |command: Command| A::augment_args(command).arg(checkpoint());
    let of_state = |command: Command| with_own(command).arg(drop_state());
    let of_run = |command: Command| of_state(command).args([threads(), from_savepoint()]);
    let state = |command: Command| of_state(command.arg(state()));
    of_run(Command::new("job").bin_name(name))
        .args_conflicts_with_subcommands(true)
        .subcommand_negates_reqs(true)
        .subcommands([
            of_run(Command::new("run").about("Runs the job, as without a command")),
            of_run(Command::new("explain").about("Says what the job does: segments, exchanges, state, delivery")),
            Command::new("state")
                .about("Shows what a checkpoint directory holds")
                .subcommand_required(true)
                .subcommands([
                    with_own(
                        Command::new("list").about("States with their rows and bytes, and how far sources were read"),
                    ),
                    state(Command::new("get").about("What states hold for a key, a line of JSON a row").arg(
                        Arg::new(KEY).value_name("KEY").required(true).help("A text, or a key as JSON: 42, [\"a\",1]"),
                    )),
                    state(Command::new("dump").about("All rows, a line of JSON each")),
                ]),
            Command::new("checkpoint")
                .about("Looks after a checkpoint directory")
                .subcommand_required(true)
                .subcommands([with_own(
                    Command::new("verify").about("Reads every file and says what is damaged: file, place, section"),
                )]),
            with_own(
                Command::new("lock")
                    .about("Writes what the job keeps into `streamflow.lock`, for the compiler")
                    .arg(Arg::new(PRINT).long("print").action(ArgAction::SetTrue).help("Print it and write nothing")),
            ),
            with_own(
                Command::new("savepoint")
                    .about("Copies the state of a job that does not run into a new directory")
                    .arg(
                        Arg::new(PATH)
                            .value_name("PATH")
                            .required(true)
                            .value_parser(value_parser!(PathBuf))
                            .help("The directory to be made"),
                    ),
            ),
        ])
}

fn directory(id: &'static str, long: &'static str) -> Arg {
    Arg::new(id).long(long).value_name("DIR").value_parser(value_parser!(PathBuf)).action(ArgAction::Set)
}

fn checkpoint() -> Arg {
    directory(CHECKPOINT, "checkpoint").help("Keep state in this directory instead of the one that the job says")
}

fn from_savepoint() -> Arg {
    directory(FROM_SAVEPOINT, "from-savepoint").help("Begin a checkpoint directory that is new with this savepoint")
}

fn threads() -> Arg {
    Arg::new(THREADS).long("threads").value_name("N").value_parser(value_parser!(usize)).help("Work on so many threads")
}

fn drop_state() -> Arg {
    Arg::new(DROP_STATE)
        .long("drop-state")
        .value_name("LABEL")
        .action(ArgAction::Append)
        .help("Give up stored state that no stage goes on from")
}

fn state() -> Arg {
    Arg::new(STATE).long("state").value_name("LABEL").help("Show this state alone")
}
