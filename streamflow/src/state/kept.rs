//! For tests of slots: what a job saves of a slot batch by batch, and how it comes back.

use super::save::{Saving, Stored, Table};
use super::{Fraction, SlotApi};

/// Name of the table, rows.
type Tables = Vec<(&'static str, Vec<u8>)>;

/// What is kept of a slot.
#[derive(Default)]
pub(crate) struct Kept {
    snapshot: Tables,
    records: Vec<Tables>,
}

fn saved(slot: &impl SlotApi, all: bool) -> Tables {
    let (mut tables, mut failure) = (vec![], None);
    let spare = &mut Default::default();
    slot.save(&mut Saving {
        all,
        fraction: Fraction::ALL,
        slot: "slot",
        tables: &mut tables,
        spare,
        failure: &mut failure,
    });
    assert_eq!(failure, None);
    tables.into_iter().map(|(_, table, rows)| (table, rows)).collect()
}

impl Kept {
    /// Makes a batch final, as a job does, and gives the bytes of its record.
    pub fn commit(&mut self, slot: &mut impl SlotApi) -> usize {
        let record = saved(slot, false);
        let bytes = record.iter().map(|(_, rows)| rows.len()).sum();
        self.records.push(record);
        slot.commit();
        bytes
    }

    /// Keeps all there is. Records stay, as those that a snapshot has seen may.
    pub fn snapshot(&mut self, slot: &impl SlotApi) {
        self.snapshot = saved(slot, true);
    }

    /// Brings the slot back into a new one, which knows its types.
    pub fn restore(&self, slot: &mut impl SlotApi) {
        let types = slot.tables().expect("it can be kept");
        for (name, bytes) in self.snapshot.iter().chain(self.records.iter().flatten()) {
            let Table { row, .. } = types.iter().find(|table| table.name == *name).expect("it is one of its tables");
            slot.restore(&Stored { name, row, bytes }).expect("it is readable");
        }
        slot.commit();
        assert!(saved(slot, false).is_empty(), "what came back is final");
    }
}
