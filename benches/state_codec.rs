//! What does it cost to write state to a checkpoint and to read it back?
//!
//! A million entries `{count: u64, sum: f64, max: f64}` in blocks of 4,096: columns and serde. The goal is that of encodings by
//! columns measured before: 6 ns to write, 34 ns to read into a hash table.

mod support;

use foldhash::fast::FixedState;
use std::collections::HashMap;
use std::hint::black_box;
use streamflow::codec::{Reader, Type, Writer};
use streamflow::{AsSerde, State};
use support::{Random, compare, entry};

#[derive(Clone, Copy, serde::Serialize, serde::Deserialize, State)]
struct Totals {
    count: u64,
    sum: f64,
    max: f64,
}

const BLOCK: usize = 4096;

/// All blocks, each a column of keys and those of the values.
fn write<V: State>(keys: &[u64], values: &[V], out: &mut Writer) {
    for (keys, values) in keys.chunks(BLOCK).zip(values.chunks(BLOCK)) {
        u64::write(&keys.iter().collect::<Vec<_>>(), out);
        V::write(&values.iter().collect::<Vec<_>>(), out);
    }
}

fn read<V: State>(stored: &Type, rows: usize, bytes: &[u8], mut each: impl FnMut(Vec<u64>, Vec<V>)) {
    let mut input = Reader::new(bytes);
    for start in (0..rows).step_by(BLOCK) {
        let block = BLOCK.min(rows - start);
        let keys = u64::read(&u64::schema(), block, &mut input).expect("keys");
        each(keys, V::read(stored, block, &mut input).expect("values"));
    }
}

fn main() {
    let mut random = Random(7);
    let keys: Vec<u64> = (0..1_000_000).map(|_| random.next()).collect();
    let totals: Vec<Totals> =
        keys.iter().map(|key| Totals { count: key % 1000, sum: *key as f64, max: (*key >> 7) as f64 }).collect();
    let packed: Vec<AsSerde<Totals>> = totals.iter().copied().map(AsSerde).collect();
    let written = |write: &dyn Fn(&mut Writer)| {
        let mut out = Writer::new();
        write(&mut out);
        out.into_bytes()
    };
    let columns = written(&|out| write(&keys, &totals, out));
    let named = written(&|out| write(&keys, &packed, out));
    let schema = Totals::schema();
    let rows = keys.len();

    let mut kept = Some(Vec::new());
    let mut again = |write: &dyn Fn(&mut Writer)| {
        let mut memory: Vec<u8> = kept.take().unwrap_or_default();
        memory.clear();
        let mut out = Writer::after(memory);
        write(&mut out);
        let bytes = out.into_bytes();
        let length = bytes.len() as u64;
        kept = Some(bytes);
        length
    };
    compare("write state", rows as u64, 7, vec![entry("columns", || again(&|out| write(&keys, &totals, out)))]);
    compare("write state", rows as u64, 5, vec![entry("serde", || again(&|out| write(&keys, &packed, out)))]);
    let into_table = |bytes: &[u8]| {
        let mut table: HashMap<u64, Totals, FixedState> =
            HashMap::with_capacity_and_hasher(rows, FixedState::default());
        read::<Totals>(&schema, rows, bytes, |keys, values| table.extend(keys.into_iter().zip(values)));
        table.len() as u64
    };
    compare(
        "read state",
        rows as u64,
        7,
        vec![
            entry("columns, rows alone", || {
                let mut read_rows = 0;
                read::<Totals>(&schema, rows, &columns, |_, values| read_rows += black_box(values).len() as u64);
                read_rows
            }),
            entry("columns, into a hash table", || into_table(&columns)),
        ],
    );
    compare(
        "read state",
        rows as u64,
        5,
        vec![entry("serde, rows alone", || {
            let mut read_rows = 0;
            let schema = AsSerde::<Totals>::schema();
            read::<AsSerde<Totals>>(&schema, rows, &named, |_, values| read_rows += black_box(values).len() as u64);
            read_rows
        })],
    );
}
