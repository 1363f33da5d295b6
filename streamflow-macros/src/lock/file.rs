//! `streamflow.lock`, read. The program writes it: `streamflow/src/job/lock.rs`.

use std::path::PathBuf;

/// The name of the file, beside the `Cargo.toml` of the crate.
const NAME: &str = "streamflow.lock";

/// What is locked of one state.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct State {
    pub job: String,
    pub label: String,
    pub kept_by: String,
    /// The types of the rows of each table.
    pub tables: Vec<(String, String)>,
    /// Types with a name that occur in them.
    pub types: Vec<(String, String)>,
}

/// A file that cannot be read: the line, and what is wrong.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable(pub String);

/// The lock of the crate that is being compiled; `None`: it has none.
pub fn read() -> Result<Option<Vec<State>>, Unreadable> {
    let Some(folder) = std::env::var_os("CARGO_MANIFEST_DIR") else { return Ok(None) };
    match std::fs::read_to_string(PathBuf::from(folder).join(NAME)) {
        Ok(text) => parse(&text).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Unreadable(format!("{NAME} cannot be read: {error}"))),
    }
}

/// The states of a text.
pub fn parse(text: &str) -> Result<Vec<State>, Unreadable> {
    let mut states: Vec<State> = vec![];
    let mut in_types = false;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        let done = match line.chars().next() {
            None | Some('#') => Some(()),
            Some('[') => header(line).map(|(job, label, types)| {
                in_types = types;
                if !types {
                    states.push(State { job, label, ..State::default() });
                }
            }),
            Some(_) => entry(line).and_then(|(name, value)| {
                let state = states.last_mut();
                match (state, name.as_str()) {
                    (None, "version") => (value == VERSION).then_some(()),
                    (None, _) => None,
                    (Some(state), "kept_by") if !in_types => {
                        state.kept_by = value;
                        Some(())
                    }
                    (Some(state), _) => {
                        let list = if in_types { &mut state.types } else { &mut state.tables };
                        list.push((name, value));
                        Some(())
                    }
                }
            }),
        };
        done.ok_or_else(|| Unreadable(format!("line {} of {NAME} cannot be read: `{line}`", number + 1)))?;
    }
    Ok(states)
}

/// What this version reads.
const VERSION: &str = "1";

/// `["hot"."totals"]`, `["hot"."totals".types]`
fn header(line: &str) -> Option<(String, String, bool)> {
    let rest = line.strip_prefix('[')?;
    let (job, rest) = text(rest)?;
    let (label, rest) = text(rest.strip_prefix('.')?)?;
    match rest {
        "]" => Some((job, label, false)),
        ".types]" => Some((job, label, true)),
        _ => None,
    }
}

/// `name = "text"`
fn entry(line: &str) -> Option<(String, String)> {
    let (name, rest) = if line.starts_with('"') {
        text(line)?
    } else {
        let end = line.find(|sign: char| !sign.is_alphanumeric() && sign != '_')?;
        (line[..end].to_owned(), &line[end..])
    };
    let value = rest.trim_start().strip_prefix('=')?.trim_start();
    match text(value) {
        Some((value, "")) => Some((name, value)),
        Some(_) => None,
        None => value.chars().all(|sign| sign.is_ascii_digit()).then(|| (name, value.to_owned())),
    }
}

/// A text in quotation marks, and what stands behind it.
fn text(line: &str) -> Option<(String, &str)> {
    let rest = line.strip_prefix('"')?;
    let mut text = String::new();
    let mut signs = rest.char_indices();
    while let Some((place, sign)) = signs.next() {
        match sign {
            '"' => return Some((text, &rest[place + 1..])),
            '\\' => text.push(signs.next()?.1),
            sign => text.push(sign),
        }
    }
    None
}
