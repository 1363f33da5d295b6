//! `streamflow.lock`: what a program that is deployed keeps in its checkpoints, as a file beside its sources. `stream!` reads it.

use super::Body;
use super::drive::describe;
use super::explain::{Plan, StageInfo};
use super::settings::Settings;
use crate::state::SlotApi;
use crate::state::lock::named;
use crate::{Error, ErrorKind};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::{fs, io};

const NAME: &str = "streamflow.lock";

/// What stands above the states.
const HEAD: &str = "\
# What the checkpoints of this program hold. It belongs into version control: a change that could not read it does not compile.
# Written by the program: `STREAMFLOW_LOCK=update cargo run`
version = 1
";

/// Is the lock to be written at this start?
pub(super) fn asked() -> Result<bool, Error> {
    match std::env::var_os("STREAMFLOW_LOCK") {
        None => Ok(false),
        Some(value) if value == "update" => Ok(true),
        Some(value) if value.is_empty() => Ok(false),
        Some(value) => {
            let text = format!("the variable `STREAMFLOW_LOCK` is `{}`", value.display());
            Err(Error::new(ErrorKind::Settings, text).help("set it to `update`, or not at all"))
        }
    }
}

/// The operator of the stage that owns a state.
pub(super) fn operator(stages: &[StageInfo], label: &str) -> &'static str {
    let stage = stages.iter().find(|stage| stage.slot == Some(label)).map_or("", |stage| stage.name);
    stage.split(' ').next().unwrap_or_default()
}

/// What keeps a state: the operator, and the form of its state.
pub(super) fn keeper(operator: &str, slot: &dyn SlotApi) -> String {
    format!("{operator} {}", slot.form()).trim_end().to_owned()
}

/// What the file says about one job.
pub(super) fn text(plan: &Plan, settings: &Settings, body: &mut dyn Body) -> Result<String, Error> {
    let told = describe(settings, body);
    let mut text = String::new();
    body.slots().each(&mut |label, slot| {
        let operator = operator(plan.stages, label);
        let mut tables = slot.tables().unwrap_or_default();
        tables.retain(|table| !table.own);
        // the times of streams are kept beside the states; they have neither a stage nor types of the user's
        if !operator.is_empty() && !tables.is_empty() {
            let state = format!("{}.{}", quoted(&settings.name), quoted(label));
            let _ = writeln!(text, "\n[{state}]\nkept_by = {}", quoted(&keeper(operator, slot)));
            let mut types = BTreeMap::new();
            for table in tables {
                let _ = writeln!(text, "{} = {}", table.name, quoted(&table.row.to_string()));
                table.columns.iter().for_each(|layout| named(layout, &mut types));
            }
            // two types of one name cannot be told apart
            types.retain(|_, ty| ty.is_some());
            if !types.is_empty() {
                let _ = writeln!(text, "\n[{state}.types]");
            }
            for (name, ty) in types {
                let _ = writeln!(text, "{} = {}", quoted(name), quoted(&ty.unwrap_or_default()));
            }
        }
        slot.forget();
    });
    match told {
        Ok(_) => Ok(text),
        Err(failure) => {
            let names: Vec<&'static str> = plan.stages.iter().map(|stage| stage.name).collect();
            Err(failure.into_error(&names, |_| "the source".to_owned()))
        }
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for sign in text.chars() {
        if matches!(sign, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(sign);
    }
    quoted + "\""
}

/// Puts what is said about one job into the file.
pub(super) fn update(settings: &Settings, states: &str) -> Result<(), Error> {
    let name = &settings.name;
    let refused = |text: String, help: &str| Err(Error::new(ErrorKind::Settings, text).help(help));
    let Some(package) = settings.package else {
        let text = format!("job `{name}` cannot be locked: its pipeline has no name that stands there as a text");
        return refused(text, "write `#![name = \"..\"]` at the head of the pipeline");
    };
    if !Path::new(package).is_dir() {
        let text = format!("job `{name}` cannot be locked: the sources of this program are not in {package}");
        return refused(text, "run it where it was built");
    }
    let path = Path::new(package).join(NAME);
    let failed =
        |error: io::Error| Error::new(ErrorKind::System, format!("cannot write {}", path.display())).because(error);
    let old = match fs::read_to_string(&path) {
        Ok(old) => old,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed(error)),
    };
    let new = with(&old, name, states);
    if new == old {
        return Ok(());
    }
    // a reader of the file never sees half of it
    let beside = path.with_extension("lock.new");
    fs::write(&beside, new).and_then(|()| fs::rename(&beside, &path)).map_err(failed)
}

/// The text with the states of one job in place of its old ones. Jobs stand in the order of their names, so that branches of a repository
/// seldom meet in a line.
fn with(old: &str, job: &str, states: &str) -> String {
    let mut jobs: BTreeMap<String, String> = BTreeMap::new();
    let mut now = None;
    for line in old.lines() {
        if let Some(header) = line.strip_prefix('[') {
            now = end_of_text(header).map(|end| header[..end].to_owned());
            if let Some(text) = now.as_ref().map(|job| jobs.entry(job.clone()).or_default()) {
                text.push('\n');
            }
        }
        // what stands above the states is written anew
        if let Some(text) = now.as_ref().and_then(|job| jobs.get_mut(job)).filter(|_| !line.is_empty()) {
            text.push_str(line);
            text.push('\n');
        }
    }
    let job = quoted(job);
    jobs.remove(&job);
    if !states.is_empty() {
        jobs.insert(job, states.to_owned());
    }
    HEAD.to_owned() + &jobs.into_values().collect::<String>()
}

/// Behind the second quotation mark.
fn end_of_text(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (place, sign) in text.char_indices().skip(1) {
        match sign {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(place + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_states_of_other_jobs_stay() {
        let state =
            |job: &str, ty: &str| format!("\n[{}.\"sums\"]\nkept_by = \"sum\"\nvalues = \"{ty}\"\n", quoted(job));
        let types = "\n[\"b\".\"sums\".types]\n\"x::T\" = \"{n: u64}\"\n";
        let b = state("b", "1") + types;
        let all = with(&with(&with("", "b", &b), "a \"quoted\\", &state("a \"quoted\\", "2")), "c", &state("c", "3"));
        assert_eq!(all, format!("{HEAD}{}{b}{}", state("a \"quoted\\", "2"), state("c", "3")));
        let changed = with(&all, "b", &state("b", "4"));
        assert_eq!(changed, all.replace(&b, &state("b", "4")), "its types go as well");
        assert_eq!(with(&changed, "b", &state("b", "4")), changed);
        assert_eq!(with(&changed, "b", ""), changed.replace(&state("b", "4"), ""), "a job without state has no place");
    }
}
