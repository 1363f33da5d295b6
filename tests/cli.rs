//! Jobs as programs: what they print, to the letter, and the exit codes.

use std::fs;
use std::path::Path;
use std::time::Duration;
use streamflow::cli::Program;
use streamflow::testing::ManualClock;
use streamflow::{Checkpoint, Error, ErrorKind, Timestamp, file, sink, source, stream};

/// What a program does: its exit code, standard output and standard error, without the place of the test.
struct Done {
    code: u8,
    out: String,
    errors: String,
}

macro_rules! execute {
    ($directory:expr, $arguments:expr, $build:expr) => {{
        let (mut out, mut errors) = (vec![], vec![]);
        let arguments: Vec<&str> = ["job"].into_iter().chain($arguments).collect();
        let code = Program::new($build).about("Counts visits").execute(arguments, &mut out, &mut errors);
        let text = |bytes| {
            let text = String::from_utf8(bytes).expect("UTF-8");
            text.replace(&$directory.display().to_string(), "DIR")
        };
        Done { code, out: text(out), errors: text(errors) }
    }};
}

/// Visits of pages: counted by page, in windows, and all together.
macro_rules! visits {
    ($directory:expr) => {{
        let directory = $directory.to_owned();
        let [logs, state, results] = ["*.log", "state", "visits.txt"].map(|name| directory.join(name));
        let split =
            |line: &str| line.split_once(' ').map(|(at, page)| (at.parse::<i64>().unwrap_or(0), page.to_owned()));
        stream! {
            #![name = "visits"]
            #![delivery(exactly_once)]
            #![checkpoint(state)]
            file::lines(logs) -> filter_map(split) -> timestamp(|visit| Timestamp::from_secs(visit.0)) -> split {
                pages => key_by(|visit| visit.1.clone()) -> count() as pages
                    -> map(|row| format!("{} {}", row.key, row.value)) -> file::write(results),
                windows => key_by(|visit| visit.1.clone()) -> window(tumbling(1min)) -> max(|visit| visit.0) as latest
                    -> sink::discard(),
                all => fold((0u64, None::<String>), |all, visit| { all.0 += 1; all.1 = Some(visit.1) }) as all
                    -> sink::discard(),
            }
        }
        .clock(ManualClock::at(Duration::from_secs(1_000)))
    }};
}

fn visits(directory: &Path, arguments: &[&str]) -> Done {
    execute!(directory, arguments.iter().copied(), |()| visits!(directory))
}

/// A directory with some visits that were counted.
fn counted() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path();
    fs::write(path.join("1.log"), "3 /home\n61 /cart\n62 /home\n").expect("written");
    fs::write(path.join("2.log"), "63 /say \"hi\"\n").expect("written");
    let done = visits(path, &[]);
    assert_eq!((done.code, done.out.as_str(), done.errors.as_str()), (0, "", ""));
    directory
}

#[test]
fn a_program_runs_its_job_with_and_without_the_word() {
    let directory = counted();
    let results = || fs::read_to_string(directory.path().join("visits.txt")).expect("results").lines().count();
    assert_eq!(results(), 3);
    fs::write(directory.path().join("3.log"), "200 /help\n").expect("written");
    let done = visits(directory.path(), &["run", "--threads", "1"]);
    assert_eq!((done.code, done.errors.as_str()), (0, ""));
    assert_eq!(results(), 4);
}

#[test]
fn a_list_of_states() {
    let directory = counted();
    let done = visits(directory.path(), &["state", "list"]);
    assert_eq!(done.errors, "");
    // columns are as wide as the path of the directory
    let columns =
        |line: &str| line.split("  ").map(str::trim).filter(|entry| !entry.is_empty()).collect::<Vec<_>>().join("  ");
    let (states, sources) = done.out.split_once("\nsource").expect("states and sources");
    let sources: Vec<String> = format!("source{sources}").lines().map(columns).collect();
    assert_eq!(format!("{states}\n{}\n", sources.join("\n")), LIST);
    assert_eq!(done.code, 0);
}

const LIST: &str = r#"epoch 1

state        table       rows  bytes  row
timestamp_0  partitions     2     56  (u32, i64)
timestamp_0  announced      1     40  ((), i64)
pages        values         3     88  (string, u64)
latest       clock          1    123  ((), (i64, u64, i64, option<i64>, list<i64>, list<i64>))
all          values         1     71  ((), (u64, option<string>))

source  partition  records  read up to
lines of DIR/*.log  DIR/1.log  3  its end
lines of DIR/*.log  DIR/2.log  1  its end
"#;

#[test]
fn rows_as_json() {
    let directory = counted();
    let done = visits(directory.path(), &["state", "dump"]);
    assert_eq!((done.code, done.errors.as_str()), (0, ""));
    assert_eq!(done.out, DUMP);
    for line in done.out.lines() {
        serde_json::from_str::<serde_json::Value>(line).expect("each line is JSON");
    }
    let one = visits(directory.path(), &["state", "dump", "--state", "all"]);
    let lines: Vec<&str> = DUMP.lines().filter(|line| line.starts_with("{\"state\":\"all\"")).collect();
    assert_eq!(one.out.lines().collect::<Vec<_>>(), lines);
}

const DUMP: &str = r#"{"state":"timestamp_0","table":"partitions","key":0,"value":62000000}
{"state":"timestamp_0","table":"partitions","key":1,"value":63000000}
{"state":"timestamp_0","table":"announced","value":63000000}
{"state":"pages","table":"values","key":"/cart","value":1}
{"state":"pages","table":"values","key":"/home","value":2}
{"state":"pages","table":"values","key":"/say \"hi\"","value":1}
{"state":"latest","table":"clock","value":[9223372036854775807,0,0,1000000000,[],[]]}
{"state":"all","table":"values","value":[4,"/say \"hi\""]}
{"source":"lines of DIR/*.log","partition":"DIR/1.log","ended":true,"records":3,"offset":[26,3,false]}
{"source":"lines of DIR/*.log","partition":"DIR/2.log","ended":true,"records":1,"offset":[13,1,false]}
"#;

#[test]
fn a_key_in_every_state() {
    let directory = counted();
    let get = |arguments: &[&str]| visits(directory.path(), &[&["state", "get"], arguments].concat());
    let home = get(&["/home"]);
    assert_eq!(home.out, "{\"state\":\"pages\",\"table\":\"values\",\"key\":\"/home\",\"value\":2}\n");
    // what its stage can go on from is not given up
    assert_eq!(get(&["/home", "--drop-state", "pages"]).out, home.out);
    // as text and as JSON
    let quoted = "{\"state\":\"pages\",\"table\":\"values\",\"key\":\"/say \\\"hi\\\"\",\"value\":1}\n";
    assert_eq!(get(&["/say \"hi\""]).out, quoted);
    assert_eq!(get(&["\"/say \\\"hi\\\"\""]).out, quoted);
    let missing = get(&["/hom"]);
    let text = "error: no state holds the key `/hom`; `state dump` shows all keys as they are written here\n";
    assert_eq!((missing.code, missing.out.as_str(), missing.errors.as_str()), (1, "", text));
    let unknown = get(&["/home", "--state", "page"]);
    let text = "error: there is no state `page`; it is one of `timestamp_0`, `pages`, `latest`, `all`\n";
    assert_eq!((unknown.code, unknown.errors.as_str()), (1, text));
}

#[test]
fn numbers_and_tuples_are_keys() {
    let directory = tempfile::tempdir().expect("a directory");
    let run = |arguments: &[&str]| {
        let state = directory.path().join("state");
        execute!(directory.path(), arguments.iter().copied(), |()| stream! {
            #![checkpoint(state)]
            source::vec(vec![(1u8, true), (1, true), (2, false)]) -> split {
                pairs => key_by(|pair| *pair) -> count() as pairs -> sink::discard(),
                numbers => key_by(|pair| pair.0) -> count() as numbers -> sink::discard(),
            }
        })
    };
    assert_eq!(run(&[]).code, 0);
    assert_eq!(
        run(&["state", "get", "[1,true]"]).out,
        "{\"state\":\"pairs\",\"table\":\"values\",\"key\":[1,true],\"value\":2}\n"
    );
    assert_eq!(
        run(&["state", "get", "2", "--state", "numbers"]).out,
        "{\"state\":\"numbers\",\"table\":\"values\",\"key\":2,\"value\":1}\n"
    );
}

/// State that stays open, since the job is stopped and its input has not ended.
#[test]
fn windows_have_an_index_and_the_state_of_a_live_job_is_read_beside_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let state = || Checkpoint::from(directory.path().join("state")).snapshot_after(1);
    macro_rules! windows {
        ($numbers:expr) => {
            stream! {
                #![checkpoint(state())]
                $numbers -> timestamp(|n: &i64| Timestamp::from_secs(1_000 + n % 10)) -> key_by(|n| n % 2)
                    -> window(tumbling(10s)) -> max() as best -> sink::discard()
            }
        };
    }
    let running = windows!(source::generate_unpaced(|n| n as i64)).batch_bytes(1_000).start().expect("starts");
    while running.progress().is_none_or(|progress| progress.epoch < 5) {
        std::thread::sleep(Duration::from_millis(1));
    }
    for _ in 0..20 {
        let beside =
            execute!(directory.path(), ["state", "dump", "--state", "best"], |()| windows!(source::vec(vec![])));
        assert_eq!((beside.code, beside.errors.as_str()), (0, ""));
        let panes: Vec<&str> = beside.out.lines().filter(|line| line.contains("\"table\":\"panes\"")).collect();
        assert_eq!(panes.len(), 2, "{}", beside.out);
        assert!(
            panes[0].starts_with("{\"state\":\"best\",\"table\":\"panes\",\"index\":100,\"key\":0,\"value\":"),
            "{}",
            panes[0]
        );
    }
    let refused = execute!(directory.path(), ["savepoint", "x"], |()| windows!(source::vec(vec![])));
    assert_eq!(refused.code, 1);
    assert!(refused.errors.contains("stop the job first"), "{}", refused.errors);
    running.stop();
    running.wait().expect("no failure");
}

#[test]
fn a_checkpoint_is_looked_through() {
    let directory = counted();
    fs::write(directory.path().join("3.log"), "200 /help\n").expect("written");
    assert_eq!(visits(directory.path(), &[]).code, 0);
    let whole = visits(directory.path(), &["checkpoint", "verify"]);
    assert_eq!((whole.code, whole.errors.as_str()), (0, ""));
    assert_eq!(whole.out, "`DIR/state` is whole, up to epoch 2\n");
    let state = directory.path().join("state");
    let file = |prefix: &str| {
        let entries = fs::read_dir(&state).expect("listed").map(|entry| entry.expect("listed").path());
        let mut files: Vec<_> = entries.filter(|path| path.to_string_lossy().contains(prefix)).collect();
        files.sort();
        files.pop().expect("such a file")
    };
    let log = file("/log-");
    let bytes = fs::read(&log).expect("read");
    let mut damaged = bytes.clone();
    damaged[100] ^= 1;
    fs::write(&log, &damaged).expect("written");
    let found = visits(directory.path(), &["checkpoint", "verify"]);
    let name = log.file_name().expect("a name").to_string_lossy();
    assert_eq!(found.code, 3, "{}", found.out);
    assert!(found.out.starts_with("damaged: "), "{}", found.out);
    assert!(found.out.contains(&format!("in `{name}` at byte 40\n")), "{}", found.out);
    assert!(found.out.ends_with("`DIR/state` is damaged\n"), "{}", found.out);
    assert_eq!(found.errors, "");
    // and whoever reads its state is told so too
    let dump = visits(directory.path(), &["state", "dump"]);
    assert_eq!((dump.code, dump.out.as_str()), (1, ""));
    assert!(dump.errors.contains(&format!("in `{name}` at byte 40")), "{}", dump.errors);
    let other = visits(directory.path(), &["checkpoint", "verify", "--checkpoint", "nowhere"]);
    assert_eq!(
        (other.code, other.errors.as_str()),
        (1, "error: there is no checkpoint directory `nowhere`; check the path\n")
    );
    assert!(!Path::new("nowhere").exists());
}

#[test]
fn a_savepoint_and_a_job_that_begins_with_it() {
    let directory = counted();
    let path = |name: &str| directory.path().join(name).display().to_string();
    let saved = visits(directory.path(), &["savepoint", &path("monday")]);
    assert_eq!(
        (saved.code, saved.out.as_str(), saved.errors.as_str()),
        (0, "savepoint of epoch 1 in `DIR/monday`\n", "")
    );
    let verified = visits(directory.path(), &["checkpoint", "verify", "--checkpoint", &path("monday")]);
    assert_eq!((verified.code, verified.out.as_str()), (0, "`DIR/monday` is whole, up to epoch 1\n"));
    fs::write(directory.path().join("3.log"), "200 /home\n").expect("written");
    fs::rename(directory.path().join("visits.txt"), directory.path().join("old.txt")).expect("moved");
    fs::remove_file(directory.path().join(".visits.txt.incarnation")).expect("removed");
    let fork = visits(directory.path(), &["--checkpoint", &path("fork"), "--from-savepoint", &path("monday")]);
    assert_eq!((fork.code, fork.errors.as_str()), (0, ""));
    assert_eq!(fs::read_to_string(directory.path().join("visits.txt")).expect("results"), "/home 3\n");
    // the old one still stands where it stood
    let old = visits(directory.path(), &["state", "get", "/home"]);
    assert!(old.out.ends_with("\"value\":2}\n"), "{}", old.out);
    fs::remove_file(directory.path().join("monday").join("man-00000001-000001")).expect("removed");
    let torn = visits(directory.path(), &["checkpoint", "verify", "--checkpoint", &path("monday")]);
    assert_eq!(torn.code, 3);
    assert!(torn.out.contains("the savepoint was not finished"), "{}", torn.out);
}

#[test]
fn what_a_job_keeps_is_printed_as_the_lock_file_has_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let done = visits(directory.path(), &["lock", "--print"]);
    assert_eq!((done.code, done.errors.as_str()), (0, ""));
    let pages = "[\"visits\".\"pages\"]\nkept_by = \"count\"\nvalues = \"(string, u64)\"\n";
    assert!(done.out.contains(pages), "{}", done.out);
    assert!(fs::read_dir(directory.path()).expect("listed").next().is_none(), "nothing is opened");
}

#[test]
fn a_plan_is_explained_and_nothing_is_opened() {
    let directory = tempfile::tempdir().expect("a directory");
    let job = |directory: &Path| {
        let directory = directory.to_owned();
        stream! {
            #![name = "closed"]
            #![checkpoint(directory.join("state"))]
            file::lines(directory.join("missing.txt")) -> count() as lines -> file::write(directory.join("out.txt"))
        }
    };
    let done = execute!(directory.path(), ["explain", "--threads", "3"], |()| job(directory.path()));
    assert_eq!((done.code, done.errors.as_str()), (0, ""));
    assert!(done.out.starts_with("job `closed`\n  threads: 3\n"), "{}", done.out);
    assert!(done.out.ends_with("state is kept in `DIR/state`\n"), "{}", done.out);
    let listed = execute!(directory.path(), ["state", "list"], |()| job(directory.path()));
    assert_eq!((listed.code, listed.out.as_str()), (1, ""));
    assert_eq!(listed.errors, "error: there is no checkpoint directory `DIR/state`; check the path\n");
    assert_eq!(fs::read_dir(directory.path()).expect("listed").count(), 0);
}

#[test]
fn arguments_of_the_user_stand_beside_those_of_the_job() {
    #[derive(clap::Args)]
    struct Arguments {
        /// Numbers to be added
        #[arg(required = true)]
        numbers: Vec<u64>,
        /// Added to each
        #[arg(long, default_value_t = 0)]
        plus: u64,
    }
    let directory = tempfile::tempdir().expect("a directory");
    let state = directory.path().join("state").display().to_string();
    let run = |arguments: &[&str]| {
        execute!(directory.path(), arguments.iter().copied(), |Arguments { numbers, plus }| -> Result<_, Error> {
            if plus == 13 {
                return Err(Error::new(ErrorKind::Settings, "no numbers of bad luck").because(std::fmt::Error));
            }
            Ok(stream! { source::vec(numbers) -> map(|n| n + plus) -> sum() as total -> sink::discard() })
        })
    };
    assert_eq!(run(&["1", "2", "--plus", "10", "--checkpoint", &state]).code, 0);
    let dump = run(&["state", "dump", "--state", "total", "--checkpoint", &state, "1"]);
    assert_eq!(dump.out, "{\"state\":\"total\",\"table\":\"values\",\"value\":23}\n", "{}", dump.errors);
    let failed = run(&["run", "1", "--plus", "13"]);
    let because = "\n  because: an error occurred when formatting an argument\n";
    assert_eq!((failed.code, failed.errors), (1, format!("error: no numbers of bad luck{because}")));
    let missing = run(&[]);
    assert_eq!((missing.code, missing.out.as_str()), (2, ""));
    assert!(missing.errors.contains("<NUMBERS>"), "{}", missing.errors);
    let wrong = run(&["1", "--plus", "x"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.errors.starts_with("error: invalid value 'x' for '--plus <PLUS>'"), "{}", wrong.errors);
    let without = run(&["state", "list", "1"]);
    let text = "error: job `job` has no checkpoint directory; say which one: `--checkpoint DIR`\n";
    assert_eq!((without.code, without.errors.as_str()), (1, text));
}

#[test]
fn help_says_what_there_is() {
    let directory = Path::new("nowhere");
    let help = visits(directory, &["--help"]);
    assert_eq!((help.code, help.errors.as_str()), (0, ""));
    assert_eq!(help.out, HELP);
    for command in [&["state"][..], &["checkpoint"], &["stat"], &["state", "show"], &["--threads", "many"]] {
        let wrong = visits(directory, command);
        assert_eq!((wrong.code, wrong.out.as_str()), (2, ""), "{command:?}: {}", wrong.errors);
        assert!(!wrong.errors.is_empty());
    }
}

const HELP: &str = r#"Counts visits

Usage: job [OPTIONS]
       job <COMMAND>

Commands:
  run         Runs the job, as without a command
  explain     Says what the job does: segments, exchanges, state, delivery
  state       Shows what a checkpoint directory holds
  checkpoint  Looks after a checkpoint directory
  lock        Writes what the job keeps into `streamflow.lock`, for the compiler
  savepoint   Copies the state of a job that does not run into a new directory
  help        Print this message or the help of the given subcommand(s)

Options:
      --checkpoint <DIR>      Keep state in this directory instead of the one that the job says
      --drop-state <LABEL>    Give up stored state that no stage goes on from
      --threads <N>           Work on so many threads
      --from-savepoint <DIR>  Begin a checkpoint directory that is new with this savepoint
  -h, --help                  Print help
"#;

#[test]
fn state_that_no_stage_goes_on_from_is_given_up_by_name() {
    let directory = counted();
    let run = |arguments: &[&str]| {
        let state = directory.path().join("state");
        let logs = directory.path().join("*.log");
        execute!(directory.path(), arguments.iter().copied(), |()| stream! {
            #![checkpoint(state)]
            file::lines(logs) -> count() as pages -> sink::discard()
        })
    };
    let refused = run(&[]);
    assert_eq!(refused.code, 1);
    assert!(refused.errors.starts_with("error: the checkpoint holds the state `timestamp_0`"), "{}", refused.errors);
    let less = run(&["--drop-state", "timestamp_0", "--drop-state", "latest", "--drop-state", "all"]);
    // it has no key any more
    assert!(less.errors.starts_with("error: the state `pages` does not fit its stage"), "{}", less.errors);
    // the timestamps of the old pipeline are state too
    let labels = ["pages", "latest", "all", "timestamp_0"].iter().flat_map(|label| ["--drop-state", label]);
    let done = run(&labels.collect::<Vec<_>>());
    assert_eq!((done.code, done.errors.as_str()), (0, ""));
}

#[test]
fn what_a_program_does_at_its_end() {
    let ended = std::rc::Rc::new(std::cell::Cell::new(0));
    let (mut out, mut errors) = (vec![], vec![]);
    let program = Program::new(|()| stream! { source::vec(vec![1, 2, 3]) -> sink::discard() }).ended({
        let ended = ended.clone();
        move |report| ended.set(report.records)
    });
    assert_eq!(program.execute(["job"], &mut out, &mut errors), 0);
    assert_eq!(ended.get(), 3);
}

#[test]
fn warnings_are_shown_as_they_come_unless_the_job_has_a_listener() {
    let directory = tempfile::tempdir().expect("a directory");
    // all of one key, and several batches, of which a sample is taken
    let job = || {
        let numbers = source::generate_unpaced(|_| 7u64).limit(400_000);
        let job = stream! { numbers -> key_by(|n| *n) -> update_state(|_key, numbers, count: &mut Option<usize>| *count = Some(count.unwrap_or(0) + numbers.len())) as counts -> sink::discard() };
        job.threads(2).batch_bytes(200_000)
    };
    let done = execute!(directory.path(), ["run"], |()| job());
    assert_eq!((done.code, done.out.as_str()), (0, ""), "{}", done.errors);
    let known = "of the records of `update_state as counts` have the key 7";
    assert!(done.errors.starts_with("warning: ") && done.errors.contains(known), "{}", done.errors);
    let (tell, told) = std::sync::mpsc::channel();
    let listener = move |warning: &streamflow::Warning| drop(tell.send(warning.to_string()));
    let done = execute!(directory.path(), ["run"], |()| job().on_warning(listener));
    assert_eq!((done.code, done.errors.as_str()), (0, ""));
    assert!(told.iter().any(|warning| warning.contains(known)));
}
