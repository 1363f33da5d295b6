//! What a checkpoint holds, in words.

use super::perform::Trouble;
use crate::codec::Value;
use crate::job::inspect::{Contents, Kept, Row};
use crate::{Error, ErrorKind};
use std::io::Write;

/// States and sources, a line each.
pub(super) fn list(contents: &Contents, out: &mut dyn Write) -> Result<(), Trouble> {
    match contents.epoch {
        Some(epoch) => writeln!(out, "epoch {epoch}")?,
        None => return Ok(writeln!(out, "nothing was committed yet")?),
    }
    let mut states = vec![["state", "table", "rows", "bytes", "row"].map(str::to_owned)];
    for kept in &contents.tables {
        // a state that holds nothing is shown with its first table
        let mut of_state = contents.tables.iter().filter(|other| other.state == kept.state);
        let is_shown = match of_state.clone().all(|other| other.bytes.is_empty()) {
            true => of_state.next().is_some_and(|first| first.table == kept.table),
            false => !kept.bytes.is_empty(),
        };
        if !is_shown {
            continue;
        }
        let row = kept.row.to_string();
        let [rows, bytes] = [kept.count()?, kept.bytes.len()].map(|number| number.to_string());
        states.push([kept.state.to_owned(), kept.table.to_owned(), rows, bytes, row]);
    }
    table(&states, &[2, 3], out)?;
    let mut sources = vec![["source", "partition", "records", "read up to"].map(str::to_owned)];
    for place in contents.places()? {
        let offset = if place.ended { "its end".to_owned() } else { place.offset.to_string() };
        sources.push([place.name, place.partition, place.records.to_string(), offset]);
    }
    table(&sources, &[2], out)
}

/// Columns as wide as their widest entry; those with numbers are flush right. Nothing for a head alone.
fn table<const N: usize>(lines: &[[String; N]], right: &[usize], out: &mut dyn Write) -> Result<(), Trouble> {
    if lines.len() == 1 {
        return Ok(());
    }
    writeln!(out)?;
    let wide: Vec<usize> =
        (0..N).map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0)).collect();
    for line in lines {
        let mut text = String::new();
        for (column, (entry, wide)) in line.iter().zip(&wide).enumerate() {
            let entry = match right.contains(&column) {
                true => format!("{entry:>wide$}  "),
                false => format!("{entry:<wide$}  "),
            };
            text.push_str(&entry);
        }
        writeln!(out, "{}", text.trim_end())?;
    }
    Ok(())
}

/// All rows, and how far sources were read.
pub(super) fn dump(contents: &Contents, state: Option<&str>, out: &mut dyn Write) -> Result<(), Trouble> {
    for kept in of(contents, state)? {
        for row in kept.rows()? {
            line(kept, &row, out)?;
        }
    }
    if state.is_none() {
        for place in contents.places()? {
            let [name, partition] = [place.name, place.partition].map(Value::Text);
            let (ended, records, offset) = (place.ended, place.records, place.offset);
            writeln!(
                out,
                "{{\"source\":{name},\"partition\":{partition},\"ended\":{ended},\"records\":{records},\"offset\":{offset}}}"
            )?;
        }
    }
    Ok(())
}

/// The rows of a key.
pub(super) fn get(contents: &Contents, state: Option<&str>, key: &str, out: &mut dyn Write) -> Result<(), Trouble> {
    let quoted = Value::Text(key.to_owned()).to_string();
    let mut found = false;
    for kept in of(contents, state)? {
        for row in kept.rows()? {
            let shown = row.key.to_string();
            if !kept.is_global() && (shown == key || shown == quoted) {
                line(kept, &row, out)?;
                found = true;
            }
        }
    }
    if found {
        return Ok(());
    }
    let error = Error::new(ErrorKind::Checkpoint, format!("no state holds the key `{key}`"));
    Err(error.help("`state dump` shows all keys as they are written here").into())
}

/// The tables of one state, or of all.
fn of<'c>(contents: &'c Contents, state: Option<&str>) -> Result<Vec<&'c Kept>, Error> {
    if let Some(state) = state
        && !contents.states.contains(&state)
    {
        let known: Vec<String> = contents.states.iter().map(|known| format!("`{known}`")).collect();
        let text = format!("there is no state `{state}`");
        return Err(Error::new(ErrorKind::Settings, text).help(format!("it is one of {}", known.join(", "))));
    }
    Ok(contents.tables.iter().filter(|kept| state.is_none_or(|state| state == kept.state)).collect())
}

fn line(kept: &Kept, row: &Row, out: &mut dyn Write) -> Result<(), Trouble> {
    let Row { index, key, value } = row;
    write!(out, "{{\"state\":\"{}\",\"table\":\"{}\"", kept.state, kept.table)?;
    if let Some(index) = index {
        write!(out, ",\"index\":{index}")?;
    }
    if !kept.is_global() {
        write!(out, ",\"key\":{key}")?;
    }
    Ok(writeln!(out, ",\"value\":{value}}}")?)
}
