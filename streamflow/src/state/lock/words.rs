//! Sentences, put together by the compiler.

use super::text::Part;
use crate::state::codec::{FieldLayout, Layout};

/// More than a message needs; what does not fit is left out.
const ROOM: usize = 4096;

/// A text that grows.
pub struct Words {
    text: [u8; ROOM],
    length: usize,
    /// Something did not fit, or is not known.
    pub torn: bool,
}

impl Words {
    pub const fn new() -> Self {
        Words { text: [0; ROOM], length: 0, torn: false }
    }

    const fn sign(&mut self, sign: u8) {
        if self.length < ROOM {
            self.text[self.length] = sign;
            self.length += 1;
        } else {
            self.torn = true;
        }
    }

    pub const fn say(&mut self, text: &str) {
        let (text, mut index) = (text.as_bytes(), 0);
        while index < text.len() {
            self.sign(text[index]);
            index += 1;
        }
    }

    pub const fn part(&mut self, part: Part<'_>) {
        let mut index = 0;
        while index < part.len() {
            self.sign(part.at(index));
            index += 1;
        }
    }

    const fn number(&mut self, number: usize) {
        if number >= 10 {
            self.number(number / 10);
        }
        self.sign(b'0' + (number % 10) as u8);
    }

    /// A type as checkpoints name it.
    pub const fn layout(&mut self, layout: &Layout) {
        match layout {
            Layout::Unknown => self.torn = true,
            Layout::Word(word) => self.say(word),
            Layout::Number(kind, bits) => {
                self.sign(*kind);
                self.number(*bits as usize);
            }
            Layout::Optional(item) => self.around("option<", item, ">"),
            Layout::List(item) => self.around("list<", item, ">"),
            Layout::Set(item) => self.around("set<", item, ">"),
            Layout::Map(key, value) => {
                self.around("map<", key, ", ");
                self.around("", value, ">");
            }
            Layout::Array(item, length) => {
                self.around("[", item, "; ");
                self.number(*length);
                self.say("]");
            }
            Layout::Fields { named, fields } => self.fields(*named, fields),
            Layout::Variants { variants, .. } => {
                let mut index = 0;
                while index < variants.len() {
                    if index > 0 {
                        self.say(" | ");
                    }
                    let variant = &variants[index];
                    if !Part::new(variant.name).is_variants() {
                        self.say("r#");
                    }
                    self.say(variant.name);
                    if !variant.fields.is_empty() {
                        self.fields(variant.named, variant.fields);
                    }
                    index += 1;
                }
            }
            Layout::Derived { version, before, layout, .. } => {
                self.layout(layout);
                if before.is_some() {
                    self.say(" version ");
                    self.number(*version as usize);
                }
            }
        }
    }

    const fn around(&mut self, open: &str, layout: &Layout, close: &str) {
        self.say(open);
        self.layout(layout);
        self.say(close);
    }

    const fn fields(&mut self, named: bool, fields: &[FieldLayout]) {
        if fields.is_empty() {
            return self.say("()");
        }
        self.say(if named { "{" } else { "(" });
        let mut index = 0;
        while index < fields.len() {
            if index > 0 {
                self.say(", ");
            }
            if named {
                self.say(fields[index].name);
                self.say(": ");
            }
            self.layout(fields[index].layout);
            index += 1;
        }
        self.say(if named { "}" } else { ")" });
    }

    /// Is this what a text says?
    pub const fn is(&self, text: Part<'_>) -> bool {
        text.equals(&self.text, self.length)
    }

    pub const fn as_str(&self) -> &str {
        let (text, _) = self.text.split_at(self.length);
        match str::from_utf8(text) {
            Ok(text) => text,
            // the last letter did not fit
            Err(_) => "the type of a state has changed",
        }
    }
}
