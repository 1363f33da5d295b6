//! Whether a type can read what is locked: the answer of `State::fit`, found by the compiler.

use super::text::Part;
use crate::state::codec::{FieldLayout, Layout};

/// Why a type cannot read what is locked: the first reason.
#[derive(Clone, Copy)]
pub struct Refusal<'t> {
    /// Fields and variants, from the outermost on.
    pub place: Place,
    pub what: What<'t>,
}

impl Refusal<'_> {
    /// The field or variant of the type itself that it belongs to.
    pub const fn member(&self) -> &'static str {
        match self.what {
            What::New(field, _) if self.place.depth == 0 => field.name,
            _ => self.place.names[0],
        }
    }
}

/// Deeper places are cut short.
const DEEP: usize = 8;

/// The way to a field.
#[derive(Clone, Copy)]
pub struct Place {
    pub names: [&'static str; DEEP],
    pub depth: usize,
}

impl Place {
    /// The type itself.
    pub const HERE: Self = Place { names: [""; DEEP], depth: 0 };

    pub const fn within(self, name: &'static str) -> Self {
        let Place { mut names, depth } = self;
        if depth < DEEP {
            names[depth] = name;
        }
        Place { names, depth: depth + 1 }
    }
}

/// How far to look.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// To the end.
    All,
    /// Up to types that have a name: each is asked for itself, and one mistake is told once.
    Named,
}

/// What has changed.
#[derive(Clone, Copy)]
pub enum What<'t> {
    /// Another type.
    Unlike(Part<'t>, &'static Layout),
    /// The type of a key.
    Key(Part<'t>, &'static Layout),
    /// A field without a default.
    New(&'static FieldLayout, Option<Part<'t>>),
    /// A variant has gone.
    Gone(Part<'t>),
    /// A later version.
    Newer,
}

/// A row of a table: a key may not change, a value as its type says.
pub const fn row<'t>(locked: Part<'t>, key: &'static Layout, value: &'static Layout) -> Option<Refusal<'t>> {
    let Some(columns) = locked.inside("(", ")") else { return None };
    let (Some(old_key), Some(old_value)) = (columns.item(", ", 0), columns.item(", ", 1)) else { return None };
    let mut words = super::words::Words::new();
    words.layout(key);
    let here = Place::HERE;
    if !words.torn && !words.is(old_key) {
        return Some(Refusal { place: here, what: What::Key(old_key, key) });
    }
    fit(old_value, value, here, Reach::All)
}

/// Anything else.
pub const fn fit<'t>(stored: Part<'t>, layout: &'static Layout, place: Place, reach: Reach) -> Option<Refusal<'t>> {
    let unlike = Some(Refusal { place, what: What::Unlike(stored, layout) });
    match layout {
        Layout::Unknown => None,
        Layout::Word(word) => {
            if stored.is(word) {
                return None;
            }
            unlike
        }
        Layout::Number(kind, bits) => match stored.number() {
            Some((old, width)) if widens(old, width, *kind, *bits) => None,
            _ => unlike,
        },
        Layout::Optional(item) => match stored.inside("option<", ">") {
            Some(stored) => fit(stored, item, place, reach),
            None if fit(stored, item, place, reach).is_some() => unlike,
            None => None,
        },
        Layout::List(item) => match stored.inside("list<", ">") {
            Some(stored) => fit(stored, item, place, reach),
            None => unlike,
        },
        Layout::Set(item) => match stored.inside("set<", ">") {
            Some(stored) => fit(stored, item, place, reach),
            None => unlike,
        },
        Layout::Map(key, value) => match stored.inside("map<", ">") {
            Some(stored) => match (stored.item(", ", 0), stored.item(", ", 1)) {
                (Some(old_key), Some(old_value)) => match fit(old_key, key, place.within("key"), reach) {
                    None => fit(old_value, value, place, reach),
                    refusal => refusal,
                },
                _ => unlike,
            },
            None => unlike,
        },
        Layout::Array(item, length) => match stored.inside("[", "]") {
            Some(stored) => match (stored.item("; ", 0), stored.item("; ", 1)) {
                (Some(old), Some(count)) if is_number(count, *length) => fit(old, item, place, reach),
                _ => unlike,
            },
            None => unlike,
        },
        Layout::Fields { named, fields } => of_fields(stored, layout, *named, fields, place, reach),
        Layout::Variants { variants, removed } => {
            if !stored.is_variants() {
                return unlike;
            }
            let mut index = 0;
            while index < variants.len() {
                let variant = &variants[index];
                if let Some(number) = variant_of(stored, variant.name, variant.renamed)
                    && let Some(old) = stored.item(" | ", number)
                {
                    let (_, old) = old.variant();
                    let within = place.within(variant.name);
                    if let Some(refusal) = of_fields(old, layout, variant.named, variant.fields, within, reach) {
                        return Some(refusal);
                    }
                }
                index += 1;
            }
            let mut number = 0;
            while let Some(old) = stored.item(" | ", number) {
                let (name, _) = old.variant();
                let (mut index, mut found) = (0, is_one_of(name, removed));
                while index < variants.len() {
                    let variant = &variants[index];
                    found |= matches!(variant_of(stored, variant.name, variant.renamed), Some(at) if at == number);
                    index += 1;
                }
                if !found {
                    return Some(Refusal { place, what: What::Gone(name) });
                }
                number += 1;
            }
            None
        }
        Layout::Derived { name, .. } if place.depth > 0 && !name.is_empty() && matches!(reach, Reach::Named) => None,
        Layout::Derived { version, before, layout, .. } => {
            let (old, inner) = stored.version();
            match before {
                _ if old > *version => Some(Refusal { place, what: What::Newer }),
                Some(before) if old < *version => fit(stored, before, place, reach),
                _ => fit(inner, layout, place, reach),
            }
        }
    }
}

/// Can every number of the one kind be said exactly in the other?
const fn widens(old: u8, width: u16, new: u8, bits: u16) -> bool {
    match (old, new) {
        _ if old == new => width <= bits,
        (b'u', b'i') => width < bits,
        _ => false,
    }
}

const fn is_number(text: Part<'_>, number: usize) -> bool {
    let (mut index, mut read) = (0, 0usize);
    while index < text.len() {
        read = read.saturating_mul(10).saturating_add((text.at(index) - b'0') as usize);
        index += 1;
    }
    read == number
}

const fn is_one_of(name: Part<'_>, names: &[&str]) -> bool {
    let mut index = 0;
    while index < names.len() {
        if name.is(names[index]) {
            return true;
        }
        index += 1;
    }
    false
}

/// Stored fields, those of a struct or of a tuple. A type without fields is of both kinds.
const fn fields_in(stored: Part<'_>, named: bool) -> Option<Part<'_>> {
    if stored.is("()") {
        return stored.inside("(", ")");
    }
    if named { stored.inside("{", "}") } else { stored.inside("(", ")") }
}

/// The number of a stored field: of its own name, or else of one that it had; by place without names.
const fn field_of(old: Part<'_>, named: bool, field: &FieldLayout, place: usize) -> Option<usize> {
    if !named {
        return if old.item(", ", place).is_some() { Some(place) } else { None };
    }
    let mut candidate = 0;
    while candidate <= field.renamed.len() {
        let name = if candidate == 0 { field.name } else { field.renamed[candidate - 1] };
        let mut number = 0;
        while let Some(item) = old.item(", ", number) {
            if item.field().0.is(name) {
                return Some(number);
            }
            number += 1;
        }
        candidate += 1;
    }
    None
}

const fn variant_of(stored: Part<'_>, name: &str, renamed: &[&str]) -> Option<usize> {
    let mut candidate = 0;
    while candidate <= renamed.len() {
        let name = if candidate == 0 { name } else { renamed[candidate - 1] };
        let mut number = 0;
        while let Some(item) = stored.item(" | ", number) {
            if item.variant().0.is(name) {
                return Some(number);
            }
            number += 1;
        }
        candidate += 1;
    }
    None
}

/// The fields of a struct, a tuple or a variant; `whole` is the type that they belong to.
const fn of_fields<'t>(
    stored: Part<'t>,
    whole: &'static Layout,
    named: bool,
    fields: &'static [FieldLayout],
    place: Place,
    reach: Reach,
) -> Option<Refusal<'t>> {
    let unlike = Some(Refusal { place, what: What::Unlike(stored, whole) });
    let Some(old) = fields_in(stored, named) else { return unlike };
    let mut index = 0;
    while index < fields.len() {
        let field = &fields[index];
        match field_of(old, named, field, index) {
            Some(number) => {
                let Some(item) = old.item(", ", number) else { return unlike };
                let item = if named { item.field().1 } else { item };
                if let Some(refusal) = fit(item, field.layout, place.within(field.name), reach) {
                    return Some(refusal);
                }
            }
            None if field.optional => {}
            None => return Some(Refusal { place, what: What::New(field, gone_like(old, named, fields, field)) }),
        }
        index += 1;
    }
    // by place alone nobody can say which one is gone
    if !named && old.item(", ", fields.len()).is_some() { unlike } else { None }
}

/// A stored field of the same type that nobody asks for any more: the new one may have been called so.
const fn gone_like<'t>(
    old: Part<'t>,
    named: bool,
    fields: &[FieldLayout],
    new: &'static FieldLayout,
) -> Option<Part<'t>> {
    let mut words = super::words::Words::new();
    words.layout(new.layout);
    let mut number = 0;
    while let Some(item) = old.item(", ", number) {
        let (name, ty) = item.field();
        let (mut index, mut wanted) = (0, false);
        while index < fields.len() {
            wanted |= matches!(field_of(old, named, &fields[index], index), Some(at) if at == number);
            index += 1;
        }
        if named && !wanted && !words.torn && words.is(ty) {
            return Some(name);
        }
        number += 1;
    }
    None
}
