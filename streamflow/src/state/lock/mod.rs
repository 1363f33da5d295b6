#![doc = include_str!("README.md")]

mod fit;
#[cfg(test)]
mod tests;
mod text;
mod words;

use super::State;
use super::codec::Layout;
use super::save::{Saves, TableLayout};
use fit::{Place, Reach, Refusal, What};
use std::collections::BTreeMap;
use text::Part;
use words::Words;

/// The tables of a slot that holds user types. A slot of windows keeps one of several kinds, which its form tells.
pub trait Lockable {
    /// The end of the form, and the tables that belong to it. The first one that fits counts.
    const FORMS: &'static [(&'static str, &'static [TableLayout])];
}

#[diagnostic::do_not_recommend]
impl<S: Saves> Lockable for S {
    const FORMS: &'static [(&'static str, &'static [TableLayout])] = &[("", S::TABLES)];
}

/// What `streamflow.lock` holds of a state.
#[derive(Clone, Copy, Debug)]
pub struct Locked {
    pub job: &'static str,
    pub label: &'static str,
    pub kept_by: &'static str,
    /// By name: the types of its rows.
    pub tables: &'static [(&'static str, &'static str)],
}

/// Fails the compilation unless a slot can take what is locked of it.
#[track_caller]
pub const fn hold<S: Lockable>(locked: Locked) {
    let Some(tables) = tables_of(locked.kept_by, S::FORMS) else { return };
    let mut index = 0;
    while index < tables.len() {
        let table = &tables[index];
        let mut other = 0;
        while other < locked.tables.len() {
            let (name, row) = locked.tables[other];
            if Part::new(name).is(table.name)
                && let Some(refusal) = fit::row(Part::new(row), table.key, table.value)
            {
                refuse(locked.job, locked.label, refusal);
            }
            other += 1;
        }
        index += 1;
    }
}

/// Fails the compilation if this member of a type is why it cannot read what was locked under its name: `(job, label, name, type)`. The
/// empty member stands for all else. Shown by `cargo check`, since nothing of it is generic; what a slot holds is known only when code is
/// generated.
#[track_caller]
pub const fn hold_type<S: State>(member: &str, locked: &[(&str, &str, &str, &str)]) {
    let Layout::Derived { name: own, .. } = S::COLUMNS else { return };
    let mut index = 0;
    while index < locked.len() {
        let (job, label, name, ty) = locked[index];
        if Part::new(name).is(own)
            && let Some(refusal) = fit::fit(Part::new(ty), S::COLUMNS, Place::HERE, Reach::Named)
        {
            if Part::new(member).is(refusal.member()) {
                refuse(job, label, refusal);
            }
            return;
        }
        index += 1;
    }
}

const fn tables_of(
    kept_by: &str,
    forms: &'static [(&'static str, &'static [TableLayout])],
) -> Option<&'static [TableLayout]> {
    let mut index = 0;
    while index < forms.len() {
        if Part::new(kept_by).ends(forms[index].0) {
            return Some(forms[index].1);
        }
        index += 1;
    }
    None
}

/// Says what has changed and what to do about it.
#[track_caller]
const fn refuse(job: &str, label: &str, refusal: Refusal<'_>) -> ! {
    let mut words = Words::new();
    words.say("the state `");
    words.say(label);
    words.say("` of the job `");
    words.say(job);
    words.say("` cannot be read any more: ");
    let Place { names, depth } = refusal.place;
    let mut index = 0;
    while index < depth && index < names.len() {
        words.say(if index == 0 { "`" } else { "." });
        words.say(names[index]);
        index += 1;
    }
    if depth > 0 {
        words.say("` ");
    }
    what(&mut words, refusal.what);
    words.say("\nnote: streamflow.lock holds what deployed versions of this program have stored");
    words.say("\nhelp: where the old state is given up, write `.drop_state(\"");
    words.say(label);
    words.say("\")` behind the pipeline and run the program once with `STREAMFLOW_LOCK=update`");
    panic!("{}", words.as_str())
}

const fn what(words: &mut Words, what: What<'_>) {
    match what {
        What::Unlike(stored, wanted) => {
            words.say("was `");
            words.part(stored);
            words.say("` and is now `");
            words.layout(wanted);
            words.say("` [SF0515]\nhelp: keep `");
            words.part(stored);
            words.say("`, or keep the old type and write `#[state(version = 2, migrate = OldType)]` with `impl From<OldType>`");
        }
        What::Key(stored, wanted) => {
            words.say("the key was `");
            words.part(stored);
            words.say("` and is now `");
            words.layout(wanted);
            words.say("` [SF0515]\nhelp: keep the key");
        }
        What::New(field, gone) => {
            words.say("`");
            words.say(field.name);
            words.say(": ");
            words.layout(field.layout);
            words.say("` is new and has no default for what is stored [SF0515]\nhelp: add `#[state(default)]` to `");
            words.say(field.name);
            words.say("`");
            if let Some(name) = gone {
                words.say(", or `#[state(renamed = \"");
                words.part(name);
                words.say("\")]` if it was called so");
            }
        }
        What::Gone(name) => {
            words.say("the variant `");
            words.part(name);
            words.say("` is gone [SF0515]\nhelp: if no value of it is stored, write `#[state(removed(\"");
            words.part(name);
            words.say("\"))]` on the type; if it has another name now, `#[state(renamed = \"");
            words.part(name);
            words.say("\")]` on the variant");
        }
        What::Newer => {
            words.say("a later version was stored than this program knows [SF0515]\nhelp: raise `version` again");
        }
    }
}

/// The types with a name in a layout, by name; none where two different ones have it.
pub(crate) fn named(layout: &'static Layout, types: &mut BTreeMap<&'static str, Option<String>>) {
    match layout {
        Layout::Unknown | Layout::Word(_) | Layout::Number(..) => {}
        Layout::Optional(item) | Layout::List(item) | Layout::Set(item) | Layout::Array(item, _) => named(item, types),
        Layout::Map(key, value) => [key, value].into_iter().for_each(|layout| named(layout, types)),
        Layout::Fields { fields, .. } => fields.iter().for_each(|field| named(field.layout, types)),
        Layout::Variants { variants, .. } => {
            variants.iter().flat_map(|variant| variant.fields).for_each(|field| named(field.layout, types));
        }
        Layout::Derived { name, layout: inside, .. } => {
            // the types of the library change with it
            if !name.is_empty() && !name.starts_with(concat!(env!("CARGO_CRATE_NAME"), "::")) {
                let mut words = Words::new();
                words.layout(layout);
                let text = (!words.torn).then(|| words.as_str().to_owned());
                let entry = types.entry(name).or_insert_with(|| text.clone());
                if *entry != text {
                    *entry = None;
                }
            }
            named(inside, types);
        }
    }
}
