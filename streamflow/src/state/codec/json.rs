//! A value in words: JSON on one line.

use super::Value;
use std::fmt::{self, Display, Formatter, Write};
use std::time::{Duration, SystemTime};

impl Value {
    /// Does it look as `None` does?
    fn is_null(&self) -> bool {
        match self {
            Value::Unit | Value::Missing => true,
            Value::Tuple(items) => matches!(items.as_slice(), [item] if item.is_null()),
            _ => false,
        }
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Value::Unit | Value::Missing => f.write_str("null"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Char(value) => string(f, value.encode_utf8(&mut [0; 4])),
            Value::Signed(value) => write!(f, "{value}"),
            Value::Unsigned(value) => write!(f, "{value}"),
            Value::Float32(value) => float(f, value.is_finite(), f64::from(*value), value),
            Value::Float64(value) => float(f, value.is_finite(), *value, value),
            Value::Text(value) => string(f, value),
            Value::Bytes(bytes) => {
                f.write_char('"')?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
                f.write_char('"')
            }
            Value::TimeSpan(value) => write!(f, "\"{}s\"", Seconds(value.as_secs().into(), value.subsec_nanos())),
            Value::Time(value) => write!(f, "\"{}\"", Moment(*value)),
            Value::Timestamp(value) => write!(f, "\"{value}\""),
            Value::Present(value) if value.is_null() => f.write_str("{\"some\":null}"),
            Value::Present(value) => value.fmt(f),
            Value::Tuple(items) if items.len() == 1 => items[0].fmt(f),
            Value::List(items) | Value::Tuple(items) => joined(f, ['[', ']'], items, |f, item| item.fmt(f)),
            Value::Map(entries) if entries.iter().all(|(key, _)| matches!(key, Value::Text(_))) => {
                joined(f, ['{', '}'], entries, |f, (key, value)| write!(f, "{key}:{value}"))
            }
            Value::Map(entries) => joined(f, ['[', ']'], entries, |f, (key, value)| write!(f, "[{key},{value}]")),
            Value::Struct(names, fields) => joined(f, ['{', '}'], names.iter().zip(fields), |f, (name, field)| {
                string(f, name)?;
                write!(f, ":{field}")
            }),
            Value::Variant(name, fields) if **fields == Value::Unit => string(f, name),
            Value::Variant(name, fields) => {
                f.write_char('{')?;
                string(f, name)?;
                write!(f, ":{fields}}}")
            }
        }
    }
}

fn joined<I: IntoIterator>(
    f: &mut Formatter<'_>,
    [open, close]: [char; 2],
    items: I,
    write: impl Fn(&mut Formatter<'_>, I::Item) -> fmt::Result,
) -> fmt::Result {
    f.write_char(open)?;
    for (number, item) in items.into_iter().enumerate() {
        if number > 0 {
            f.write_char(',')?;
        }
        write(f, item)?;
    }
    f.write_char(close)
}

/// A text in quotes.
fn string(f: &mut impl Write, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for letter in text.chars() {
        match letter {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            // a terminal obeys the second range as well
            '\0'..='\x1f' | '\x7f'..='\u{9f}' => write!(f, "\\u{:04x}", u32::from(letter))?,
            letter => f.write_char(letter)?,
        }
    }
    f.write_char('"')
}

/// JSON has no word for what is not finite. `Debug` is the shortest text that reads back the same, of either width.
fn float(f: &mut Formatter<'_>, finite: bool, value: f64, shown: &dyn fmt::Debug) -> fmt::Result {
    match finite {
        true => write!(f, "{shown:?}"),
        false if value.is_nan() => f.write_str("\"NaN\""),
        false if value > 0.0 => f.write_str("\"Infinity\""),
        false => f.write_str("\"-Infinity\""),
    }
}

/// Seconds and nanoseconds as a decimal number.
struct Seconds(i128, u32);

impl Display for Seconds {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        if self.1 > 0 {
            write!(f, ".{}", format!("{:09}", self.1).trim_end_matches('0'))?;
        }
        Ok(())
    }
}

struct Moment(SystemTime);

impl Display for Moment {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Ok(moment) = jiff::Timestamp::try_from(self.0) {
            return moment.fmt(f);
        }
        // nobody writes so far a date with parts of a second
        let seconds = |distance: Duration| i128::from(distance.as_secs());
        let seconds = match self.0.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => seconds(after),
            Err(error) => -seconds(error.duration()),
        };
        write!(f, "{}s", Seconds(seconds, 0))
    }
}
