//! Whether a type can read what another has stored, found from their texts, without data.

use super::Type;
use crate::state::State;

/// Whether a type can read what was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// The types are the same.
    Same,
    /// It can, with these differences, in words. None: each was announced by an attribute.
    Changed(Vec<String>),
    /// It cannot, for these reasons, each with what to do about it.
    Refused(Vec<String>),
}

/// Whether stored keys are those of the program: a key may not change, since what was one group could be two, or two one.
#[must_use]
pub fn fit_key<K: State>(stored: &Type) -> Fit {
    let wanted = K::schema();
    if *stored == wanted {
        return Fit::Same;
    }
    Fit::Refused(vec![format!(
        "the key was `{stored}` and is now `{wanted}`; keep the key, or give the stage another label: it then starts empty"
    )])
}

/// Differences between a stored type and that of the program, as they are found.
#[derive(Clone, Debug, Default)]
pub struct Differences {
    place: Vec<String>,
    changed: Vec<String>,
    refused: Vec<String>,
}

impl Differences {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Differences { place: Vec::new(), changed: Vec::new(), refused: Vec::new() }
    }

    /// Looks at what lies inside a field, variant or item.
    pub fn within(&mut self, name: &str, look: impl FnOnce(&mut Differences)) {
        self.place.push(name.to_owned());
        look(self);
        self.place.pop();
    }

    /// A difference that reading makes good.
    pub fn change(&mut self, what: &str) {
        let place = self.place();
        self.changed.push(format!("{place}{what}"));
    }

    /// A difference that it does not, and what to do about it.
    pub fn refuse(&mut self, what: &str, cure: &str) {
        let place = self.place();
        self.refused.push(format!("{place}{what}; {cure}"));
    }

    /// What was stored as one type cannot be read as another.
    pub fn unlike(&mut self, stored: &Type, wanted: &Type) {
        self.refuse(
            &format!("was `{stored}` and is now `{wanted}`"),
            &format!(
                "keep `{stored}`, or keep the old type and write `#[state(version = 2, migrate = OldType)]` with `impl From<OldType>`"
            ),
        );
    }

    /// For a look that may be taken back.
    pub(super) fn inside(&self) -> Differences {
        Differences { place: self.place.clone(), ..Differences::default() }
    }

    pub(super) const fn is_refused(&self) -> bool {
        !self.refused.is_empty()
    }

    /// Takes in what such a look has found.
    pub(super) fn take(&mut self, inside: Differences) {
        self.changed.extend(inside.changed);
        self.refused.extend(inside.refused);
    }

    /// The field or the type, for the front of a sentence.
    fn place(&self) -> String {
        if self.place.is_empty() { String::new() } else { format!("`{}`: ", self.place.join(".")) }
    }

    /// What all of it comes to.
    pub(crate) fn fit(self, same: bool) -> Fit {
        match self {
            Differences { refused, .. } if !refused.is_empty() => Fit::Refused(refused),
            _ if same => Fit::Same,
            Differences { changed, .. } => Fit::Changed(changed),
        }
    }
}
