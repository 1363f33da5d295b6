//! Real connections on the loopback interface.

use super::*;
use crate::source::OnBad;
use crate::source::testing::texts;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

fn server(send: impl FnOnce(TcpStream) + Send + 'static) -> (String, thread::JoinHandle<()>) {
    let server = TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = server.local_addr().expect("an address").to_string();
    (address, thread::spawn(move || send(server.accept().expect("accepted").0)))
}

#[test]
fn lines_are_read_until_the_server_closes() {
    let (address, server) = server(|mut stream| {
        for piece in ["fi", "rst\r", "\nsecond\n\nla", "st"] {
            stream.write_all(piece.as_bytes()).expect("sent");
            stream.flush().expect("sent");
        }
    });
    let mut source = lines(&address);
    assert_eq!(texts(&mut source, 1000).expect("reads"), ["first", "second", "", "last"]);
    assert_eq!(source.partition_name(0), address);
    server.join().expect("served");
}

#[test]
fn a_line_without_end_does_not_grow() {
    let (address, server) = server(|mut stream| {
        stream.write_all(&vec![b'x'; 3 << 20]).expect("sent");
        stream.write_all(b"\nshort\n").expect("sent");
    });
    let mut source = lines(&address).max_line(100).too_long(OnBad::Skip);
    assert_eq!(texts(&mut source, 1000).expect("reads"), ["short"]);
    assert_eq!(source.skipped(), 1);
    server.join().expect("served");
}

#[test]
fn a_refused_connection_is_tried_again_and_then_named() {
    let free = TcpListener::bind("127.0.0.1:0").expect("bound").local_addr().expect("an address");
    let mut source = lines(free).retry(3, Duration::from_millis(1));
    let text = source.open(&Signal::default()).expect_err("refused").to_string();
    assert!(text.contains(&format!("`{free}` after 3 attempts")), "{text}");
    assert!(text.contains("check the address and that the server runs"), "{text}");
    let text = lines("localhost").open(&Signal::default()).expect_err("refused").to_string();
    assert!(text.contains("write it as `host:port`"), "{text}");
}

#[test]
fn a_server_that_comes_later_is_found() {
    let free = TcpListener::bind("127.0.0.1:0").expect("bound").local_addr().expect("an address");
    let late = thread::spawn(move || {
        // The first attempt is refused unless this thread is faster, which is right too.
        let server = TcpListener::bind(free).expect("bound");
        server.accept().expect("accepted").0.write_all(b"late\n").expect("sent");
    });
    let mut source = lines(free).retry(20, Duration::from_millis(1));
    assert_eq!(texts(&mut source, 1000).expect("reads"), ["late"]);
    late.join().expect("served");
}

#[test]
fn a_dropped_source_closes_the_connection_and_ends_its_thread() {
    let (address, server) = server(|mut stream| {
        let mut rest = Vec::new();
        // Returns only when the source has closed its end.
        let _ = stream.read_to_end(&mut rest);
    });
    let mut source = lines(&address);
    source.open(&Signal::default()).expect("opens");
    drop(source);
    server.join().expect("served");
}

/// Polls until `count` lines came, each with its partition.
fn read(source: &mut Listen, signal: &Signal, count: usize) -> Vec<(usize, String)> {
    let mut seen = Vec::new();
    while seen.len() < count {
        for partition in 0..source.partitions().expect("accepts") {
            while let Poll::Block { block, .. } = source.poll(partition, 1000).expect("reads") {
                Listen::each(&block, |line| seen.push((partition, line.to_owned())));
                source.recycle(block);
            }
        }
        signal.wait(source.poll_after().expect("it accepts by polling"));
    }
    seen
}

#[test]
fn every_client_is_a_partition() {
    let bound = TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = bound.local_addr().expect("an address");
    let (mut source, signal) = (listener(bound), Signal::default());
    source.open(&signal).expect("opens");
    let mut first = TcpStream::connect(address).expect("connected");
    first.write_all(b"a\nb\n").expect("sent");
    assert_eq!(read(&mut source, &signal, 2), [(0, "a".to_owned()), (0, "b".to_owned())]);
    let mut second = TcpStream::connect(address).expect("connected");
    second.write_all(b"c").expect("sent");
    drop(second);
    assert_eq!(read(&mut source, &signal, 1), [(1, "c".to_owned())]);
    first.write_all(b"d\n").expect("sent");
    assert_eq!(read(&mut source, &signal, 1), [(0, "d".to_owned())]);
    assert!(!source.complete());
    while !matches!(source.poll(1, 10).expect("reads"), Poll::Ended) {
        signal.wait(Duration::from_millis(20));
    }
}

#[test]
fn clients_beyond_the_limit_wait_for_their_turn() {
    let (mut source, signal) = (listen("127.0.0.1:0").max_connections(1), Signal::default());
    source.open(&signal).expect("opens");
    let address = source.local_address().expect("listens");
    let mut clients = [1, 2].map(|_| TcpStream::connect(address).expect("connected"));
    for client in &mut clients {
        client.write_all(b"x\n").expect("sent");
    }
    read(&mut source, &signal, 1);
    assert_eq!(source.partitions().expect("accepts"), 1);
    drop(clients);
    assert_eq!(read(&mut source, &signal, 1), [(1, "x".to_owned())]);
}

#[test]
fn a_port_in_use_is_known_at_open() {
    let bound = TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = bound.local_addr().expect("an address");
    let text = listen(address).open(&Signal::default()).expect_err("refused").to_string();
    assert!(text.contains(&format!("the address `{address}` is in use")), "{text}");
}

#[test]
fn a_dropped_listener_frees_its_port_and_closes_its_clients() {
    let (mut source, signal) = (listen("127.0.0.1:0"), Signal::default());
    source.open(&signal).expect("opens");
    let address = source.local_address().expect("listens");
    let mut client = TcpStream::connect(address).expect("connected");
    client.write_all(b"x\n").expect("sent");
    read(&mut source, &signal, 1);
    drop(source);
    let mut rest = Vec::new();
    let _ = client.read_to_end(&mut rest);
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}
