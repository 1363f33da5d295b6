//! Counters of values in a checkpoint: the bytes of the sketch's own exchange format, looked at before they are believed.
//!
//! The library that reads them trusts them: counts that overflow and counters out of reach make it panic.

use super::ranks::Counters;
use crate::codec::{Differences, Field, FieldLayout, Layout, ReadError, Reader, Type, Writer};
use crate::state::State;
use sketches_ddsketch::{Config, DDSketch};

/// The name under which the bytes are stored: other bytes are not taken for these.
const NAME: &str = "quantile_counters";

impl State for Counters {
    const COLUMNS: &'static Layout =
        &Layout::Fields { named: true, fields: &[FieldLayout::place(NAME, <Box<[u8]>>::COLUMNS)] };
    fn schema() -> Type {
        Type::Struct(vec![(NAME.to_owned(), Type::Bytes)])
    }
    fn write(rows: &[&Self], out: &mut Writer) {
        let sketches: Vec<Box<[u8]>> = rows.iter().map(|row| row.0.to_java_bytes().into()).collect();
        out.column(|out| State::write(&sketches.iter().collect::<Vec<_>>(), out));
    }
    fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
        if *stored != Self::schema() {
            return Err(ReadError::unlike(stored, &Self::schema()));
        }
        let mut column = input.column()?;
        let sketches = <Box<[u8]>>::read(&Type::Bytes, rows, &mut column)?;
        column.finish()?;
        let mut read = input.reserve(rows)?;
        for bytes in sketches {
            let sketch = sketch(&bytes).ok_or_else(|| ReadError::new("the counters of values are damaged"))?;
            read.push(Counters(sketch));
        }
        Ok(read)
    }
    fn compare(stored: &Type, found: &mut Differences) {
        let bytes = Field { name: NAME, renamed: &[], optional: false, compare: <Box<[u8]>>::compare };
        found.fields(stored, &Self::schema(), true, &[bytes], &[]);
    }
}

/// Counts beyond are not exact as floats, which the format has them as.
const MOST: f64 = (1u64 << 53) as f64;

fn sketch(bytes: &[u8]) -> Option<DDSketch> {
    let config = Counters::config();
    let mut rest = bytes;
    let (mut all, mut gamma) = (0.0, None);
    while let Some((flag, behind)) = rest.split_first() {
        rest = behind;
        match *flag {
            COUNT => {
                count(&mut rest)?;
            }
            ZEROS => all += count(&mut rest)?,
            SUM | LEAST | MOST_OF_ALL => {
                float(&mut rest)?;
            }
            MAPPING => {
                gamma = Some(float(&mut rest)?);
                float(&mut rest)?;
            }
            POSITIVE | NEGATIVE => all += store(&mut rest, &config)?,
            _ => return None,
        }
    }
    // sketches of another accuracy cannot be merged with those of this program
    if gamma != Some(config.gamma) || all > MOST {
        return None;
    }
    DDSketch::from_java_bytes(bytes).ok()
}

const COUNT: u8 = 0x28 << 2;
const SUM: u8 = 0x21 << 2;
const LEAST: u8 = 0x22 << 2;
const MOST_OF_ALL: u8 = 0x23 << 2;
const ZEROS: u8 = 1 << 2;
const MAPPING: u8 = 2;
const POSITIVE: u8 = 1 << 2 | 1;
const NEGATIVE: u8 = 1 << 2 | 3;

/// Counters by number, upwards, each as its distance from the last and its count; gives the sum of the counts.
fn store(rest: &mut &[u8], config: &Config) -> Option<f64> {
    let (bins, mut number, mut first, mut all) = (unsigned(rest)?, 0i64, None, 0.0);
    // the numbers that finite values have
    let reach = i64::from(config.key(f64::MIN_POSITIVE)) - 1..=i64::from(config.key(f64::MAX)) + 1;
    for _ in 0..bins {
        let encoded = unsigned(rest)?;
        let distance = (encoded >> 1) as i64 ^ -((encoded & 1) as i64);
        number = number.checked_add(distance)?;
        let (least, upwards) = (*first.get_or_insert(number), distance > 0 || first == Some(number));
        if !upwards || !reach.contains(&number) || number - least >= i64::from(config.max_num_bins) {
            return None;
        }
        all += count(rest)?;
    }
    Some(all)
}

/// Seven bits a byte, the lowest first; the ninth byte is whole.
fn unsigned(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..=56).step_by(7) {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        if *byte < 0x80 || shift == 56 {
            return Some(value | u64::from(*byte) << shift);
        }
        value |= u64::from(byte & 0x7f) << shift;
    }
    None
}

/// A count as a float, seven bits a byte, the highest first; the ninth byte is whole.
fn count(rest: &mut &[u8]) -> Option<f64> {
    let mut bits = 0u64;
    for shift in (1..=57).rev().step_by(7) {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        if shift == 1 {
            bits |= u64::from(*byte);
        } else {
            bits |= u64::from(byte & 0x7f) << shift;
        }
        if *byte < 0x80 || shift == 1 {
            break;
        }
    }
    let value = f64::from_bits(bits.rotate_right(6).wrapping_add(1f64.to_bits())) - 1.0;
    (1.0..=MOST).contains(&value).then_some(value)
}

fn float(rest: &mut &[u8]) -> Option<f64> {
    let (bytes, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(f64::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_of(counters: &Counters) -> Vec<u8> {
        let mut out = Writer::new();
        counters.write_one(&mut out);
        out.into_bytes()
    }

    fn some(values: impl IntoIterator<Item = f64>) -> Counters {
        let mut counters = Counters::new();
        values.into_iter().for_each(|value| counters.add(value));
        counters
    }

    #[test]
    fn they_come_back_and_go_on_as_if_nothing_had_been() {
        let wide = (-1000..1000).map(|power| 1.5f64.powi(power) * if power % 3 == 0 { -1.0 } else { 1.0 });
        for counters in [some([]), some([0.0]), some((0..5000).map(f64::from)), some(wide)] {
            let bytes = bytes_of(&counters);
            let mut read = Counters::read_one(&Counters::schema(), &mut Reader::new(&bytes)).unwrap();
            let mut kept = counters;
            for more in [None, Some(1e-7), Some(1e300), Some(-12.5)] {
                for counters in [&mut read, &mut kept] {
                    more.iter().for_each(|value| counters.add(*value));
                    let other = some([3.0, 0.0, -1e9]);
                    counters.merge(&other);
                }
                for share in 0..=50 {
                    let share = f64::from(share) / 50.0;
                    assert_eq!(read.at(share).to_bits(), kept.at(share).to_bits(), "{share} {more:?}");
                }
            }
        }
    }

    #[test]
    fn damaged_counters_are_refused_or_harmless() {
        let bytes = bytes_of(&some((-50..50).map(f64::from)));
        let mut refused = 0;
        for place in 0..bytes.len() {
            for change in [1u8, 0x40, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[place] ^= change;
                match Counters::read_one(&Counters::schema(), &mut Reader::new(&damaged)) {
                    Err(_) => refused += 1,
                    Ok(mut counters) => {
                        counters.merge(&some([-1e300, 1e-300, 1e300]));
                        counters.at(0.5);
                    }
                }
            }
        }
        assert!(refused > 100, "{refused}");
    }
}
