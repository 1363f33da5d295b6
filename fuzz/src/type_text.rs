//! The text of a type, as checkpoints keep it.

use super::{Outcome, Seeds, clear};
use streamflow::codec::Type;

/// Any text: what is read is written as it was read.
pub fn type_text(bytes: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(bytes);
    let found: Type = text.parse().map_err(|error| clear(&error))?;
    assert_eq!(found.to_string().parse(), Ok(found.clone()), "{found}");
    Ok(())
}

pub fn seeds() -> Seeds {
    vec![
        ("struct", b"{orders: u32, cents: i64, at: option<timestamp>}".to_vec()),
        ("enum", b"Quiet | Number(i32, option<u16>) | Named{name: string, flags: [bool; 3]} version 2".to_vec()),
        ("containers", b"map<(string, u8), list<set<option<[f64; 12]>>>>".to_vec()),
        ("words", b"(bool, char, bytes, duration, time, timestamp, packed, u128, i8, f32, ())".to_vec()),
        ("raw", b"r#option | r#u8(u8)".to_vec()),
        ("deep", "list<".repeat(62).into_bytes()),
    ]
}
