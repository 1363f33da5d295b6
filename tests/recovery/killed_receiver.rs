//! A job that clients send lines to, killed with `kill -9` at any moment. A client keeps a line until it is told that it is durable.

use crate::child;
use crate::random::Random;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use streamflow::{Checkpoint, Status, Timestamp, stream, tcp};

/// Lines that a client has sent and was not told of, at most.
const UNTOLD: usize = 200;

fn path(directory: &Path, name: &str) -> PathBuf {
    directory.join(name)
}

/// The lines as they come, and windows of the numbered records in them: number, key, second. Until there is a file `stop`.
fn serve(directory: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    std::fs::write(path(directory, "new"), listener.local_addr()?.to_string())?;
    std::fs::rename(path(directory, "new"), path(directory, "address"))?;
    let (lines, sums) = (path(directory, "lines"), path(directory, "sums"));
    let checkpoint = Checkpoint::from(path(directory, "state")).snapshot_after(20);
    let job = stream! {
        #![name = "receiver"]
        #![delivery(exactly_once)]
        #![checkpoint(checkpoint.receivers_also_in(path(directory, "second")))]
        tcp::listener(listener).journaled().acknowledge().max_delay(Duration::from_millis(1))
            -> map(|line| {
                let mut numbers = line.split(' ').map(|word| word.parse::<u64>().unwrap_or(0));
                [(); 3].map(|()| numbers.next().unwrap_or(0))
            })
            -> split {
                all => map(|record| record[0]) -> streamflow::file::write(lines),
                windows => distinct(|record| record[0]) as numbers
                    -> timestamp(|record| Timestamp::from_secs(record[2] as i64), disorder = 4s)
                    -> key_by(|record| record[1])
                    -> window(tumbling(10s))
                    -> count() as counts
                    -> map(|row| format!("{} {} {}", row.start.as_millis() / 1000, row.key, row.value))
                    -> streamflow::file::write(sums),
            }
    };
    let job = job.threads(2).start()?;
    while !path(directory, "stop").exists() && job.status() == Status::Running {
        std::thread::sleep(Duration::from_millis(1));
    }
    job.stop();
    job.wait()?;
    Ok(())
}

/// Number, key, second.
fn record(number: u64) -> [u64; 3] {
    let mut random = Random(number);
    [number, random.below(5), number / 10 + random.below(3)]
}

/// The sender, through all lives of the job.
#[derive(Default)]
struct Client {
    stream: Option<TcpStream>,
    /// Lines before this connection, and those that were sent by it.
    base: usize,
    /// Lines that are durable.
    told: usize,
    /// Bytes of an answer that has not come to its end.
    answer: Vec<u8>,
    /// How often each line was sent.
    sent: Vec<u32>,
    next: usize,
}

impl Client {
    /// Sends some lines and hears what is durable. Connects again where the connection has broken.
    fn turn(&mut self, directory: &Path, random: &mut Random, until: Option<usize>) {
        if self.stream.is_none() {
            let address = std::fs::read_to_string(path(directory, "address")).unwrap_or_default();
            let Ok(stream) = TcpStream::connect(address) else { return std::thread::sleep(Duration::from_micros(500)) };
            stream.set_read_timeout(Some(Duration::from_millis(1))).expect("a time");
            (self.base, self.next) = (self.told, self.told);
            self.answer.clear();
            self.stream = Some(stream);
        }
        let Some(stream) = &mut self.stream else { return };
        let end = until.unwrap_or(usize::MAX).min(self.told + UNTOLD);
        let to = (self.next + random.below(60) as usize).min(end).max(self.next);
        let mut text = String::new();
        for number in self.next..to {
            let [number, key, second] = record(number as u64);
            let _ = writeln!(text, "{number} {key} {second}");
        }
        self.sent.resize(self.sent.len().max(to), 0);
        // whatever became of them, they may have arrived
        self.sent[self.next..to].iter_mut().for_each(|sent| *sent += 1);
        self.next = to;
        let mut buffer = [0; 4096];
        let heard = stream.write_all(text.as_bytes()).and_then(|()| stream.read(&mut buffer));
        match heard {
            Ok(0) => self.stream = None,
            Ok(length) => self.hear(&buffer[..length]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => self.stream = None,
        }
    }

    fn hear(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if *byte != b'\n' {
                self.answer.push(*byte);
                continue;
            }
            let answer = String::from_utf8_lossy(&std::mem::take(&mut self.answer)).into_owned();
            let told = self.base + answer.parse::<usize>().expect("a number of lines");
            assert!(told >= self.told && told <= self.next, "{told} after {}, of {}", self.told, self.next);
            self.told = told;
        }
    }
}

fn start(directory: &Path) -> Child {
    let _ = std::fs::remove_file(path(directory, "address"));
    let mut command = child::command("killed_receiver::every_acknowledged_line_counts_once", "receiver");
    command.env("DIRECTORY", directory).stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().expect("this program starts")
}

fn lines(file: PathBuf) -> Vec<String> {
    std::fs::read_to_string(file).unwrap_or_default().lines().map(str::to_owned).collect()
}

#[test]
fn every_acknowledged_line_counts_once() {
    if child::role().as_deref() == Some("receiver") {
        let directory: PathBuf = std::env::var_os("DIRECTORY").expect("the directory of the test").into();
        return serve(&directory).unwrap_or_else(|error| panic!("{error}"));
    }
    let kills: u64 = std::env::var("STREAMFLOW_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(40);
    let home = tempfile::tempdir().expect("a directory");
    let (directory, mut random, mut client) = (home.path(), Random(7), Client::default());
    for life in 0..kills {
        let mut process = start(directory);
        // some die while they come back, the others while they receive
        while life % 3 > 0 && !path(directory, "address").exists() && process.try_wait().expect("a child").is_none() {
            std::thread::sleep(Duration::from_micros(500));
        }
        let patience = Duration::from_micros(random.below(250_000));
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            client.turn(directory, &mut random, None);
        }
        let ended = process.try_wait().expect("a child");
        process.kill().expect("a child");
        let output = process.wait_with_output().expect("a child");
        assert!(ended.is_none(), "a life ends with {}", String::from_utf8_lossy(&output.stderr));
    }
    // one more life, until all is durable and has come out
    let total = client.sent.len().max(client.told) + 100;
    let mut process = start(directory);
    while client.told < total {
        client.turn(directory, &mut random, Some(total));
        assert!(process.try_wait().expect("a child").is_none(), "the last life has ended");
    }
    while !lines(path(directory, "lines")).contains(&(total - 1).to_string()) {
        assert!(process.try_wait().expect("a child").is_none(), "the last life has ended");
        std::thread::sleep(Duration::from_millis(5));
    }
    std::fs::write(path(directory, "stop"), "").expect("a file");
    let output = process.wait_with_output().expect("a child");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let mut counts = vec![0; total];
    for line in lines(path(directory, "lines")) {
        counts[line.parse::<usize>().expect("a number")] += 1;
    }
    for (number, (count, sent)) in counts.iter().zip(&client.sent).enumerate() {
        assert!((1..=*sent).contains(count), "line {number} was sent {sent} times and is there {count} times");
    }
    let mut expected: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    let records: Vec<[u64; 3]> = (0..total as u64).map(record).collect();
    records.iter().for_each(|[_, key, second]| *expected.entry((second / 10 * 10, *key)).or_default() += 1);
    // windows that the last records have not closed are kept for later
    let newest = records.iter().map(|record| record[2]).max().unwrap_or(0);
    expected.retain(|(start, _), _| start + 10 + 4 <= newest);
    let expected: Vec<String> = expected.iter().map(|((start, key), count)| format!("{start} {key} {count}")).collect();
    let mut seen = lines(path(directory, "sums"));
    seen.sort_by_key(|line| line.split(' ').filter_map(|n| n.parse::<u64>().ok()).collect::<Vec<_>>());
    assert_eq!(seen, expected);
    let again = client.sent.iter().filter(|sent| **sent > 1).count();
    println!(
        "{kills} deaths, {total} lines, {again} of them sent again, {} there twice",
        counts.iter().filter(|count| **count > 1).count()
    );
    assert!(again > 0, "no line was on its way when a process died");
}
