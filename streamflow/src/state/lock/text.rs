//! The text of a type, walked in place: the compiler has no room to build one.

/// A part of a text.
#[derive(Clone, Copy)]
pub struct Part<'t> {
    text: &'t [u8],
    from: usize,
    to: usize,
}

/// Is this sign one of a name?
const fn is_name(sign: u8) -> bool {
    sign.is_ascii_alphanumeric() || sign == b'_' || sign >= 0x80
}

impl<'t> Part<'t> {
    pub const fn new(text: &'t str) -> Self {
        Part { text: text.as_bytes(), from: 0, to: text.len() }
    }

    pub const fn is_empty(self) -> bool {
        self.from >= self.to
    }

    pub const fn len(self) -> usize {
        self.to - self.from
    }

    pub const fn at(self, place: usize) -> u8 {
        if self.from + place < self.to { self.text[self.from + place] } else { 0 }
    }

    const fn cut(self, from: usize, to: usize) -> Self {
        Part { text: self.text, from: self.from + from, to: self.from + to }
    }

    pub const fn is(self, other: &str) -> bool {
        self.len() == other.len() && self.begins(other)
    }

    pub const fn ends(self, other: &str) -> bool {
        self.len() >= other.len() && self.has_at(self.len() - other.len(), other)
    }

    const fn begins(self, other: &str) -> bool {
        self.has_at(0, other)
    }

    const fn has_at(self, place: usize, other: &str) -> bool {
        let other = other.as_bytes();
        if self.len() < place + other.len() {
            return false;
        }
        let mut index = 0;
        while index < other.len() {
            if self.at(place + index) != other[index] {
                return false;
            }
            index += 1;
        }
        true
    }

    /// Where this begins, outside of all brackets.
    const fn find(self, what: &str) -> Option<usize> {
        let (mut place, mut depth) = (0, 0usize);
        while place < self.len() {
            if depth == 0 && self.has_at(place, what) {
                return Some(place);
            }
            match self.at(place) {
                b'(' | b'{' | b'[' | b'<' => depth += 1,
                b')' | b'}' | b']' | b'>' => depth = depth.saturating_sub(1),
                _ => {}
            }
            place += 1;
        }
        None
    }

    /// What stands between these two, if that is all there is: `list<` and `>`.
    pub const fn inside(self, open: &str, close: &str) -> Option<Self> {
        if !self.begins(open) || self.len() < open.len() + close.len() {
            return None;
        }
        let rest = self.cut(open.len(), self.len());
        match rest.find(close) {
            Some(place) if place + close.len() == rest.len() => Some(rest.cut(0, place)),
            _ => None,
        }
    }

    /// The item of this number in `a, b, c`.
    pub const fn item(self, separator: &str, number: usize) -> Option<Self> {
        let (mut rest, mut number) = (self, number);
        loop {
            let (item, behind) = match rest.find(separator) {
                Some(place) => (rest.cut(0, place), Some(rest.cut(place + separator.len(), rest.len()))),
                None => (rest, None),
            };
            if number == 0 {
                return if item.is_empty() { None } else { Some(item) };
            }
            number -= 1;
            match behind {
                Some(behind) => rest = behind,
                None => return None,
            }
        }
    }

    /// `name: type`
    pub const fn field(self) -> (Self, Self) {
        match self.find(": ") {
            Some(place) => (self.cut(0, place), self.cut(place + 2, self.len())),
            None => (self, self),
        }
    }

    /// `Name{..}`, `Name(..)` or `Name`, which has `()`.
    pub const fn variant(self) -> (Self, Self) {
        let own = if self.begins("r#") { self.cut(2, self.len()) } else { self };
        let mut end = 0;
        while end < own.len() && is_name(own.at(end)) {
            end += 1;
        }
        let fields = if end == own.len() { Part::new("()") } else { own.cut(end, own.len()) };
        (own.cut(0, end), fields)
    }

    /// `.. version 2`; what has no number is of version 1.
    pub const fn version(self) -> (u32, Self) {
        let Some(place) = self.find(" version ") else { return (1, self) };
        let (mut at, mut version) = (place + " version ".len(), 0u32);
        while at < self.len() && self.at(at).is_ascii_digit() {
            version = version.saturating_mul(10).saturating_add((self.at(at) - b'0') as u32);
            at += 1;
        }
        (version, self.cut(0, place))
    }

    /// A number: `u`, `i` or `f`, and its bits.
    pub const fn number(self) -> Option<(u8, u16)> {
        let kind = self.at(0);
        if !matches!(kind, b'u' | b'i' | b'f') || self.len() < 2 || self.len() > 4 {
            return None;
        }
        let (mut at, mut bits) = (1, 0);
        while at < self.len() {
            if !self.at(at).is_ascii_digit() {
                return None;
            }
            bits = bits * 10 + (self.at(at) - b'0') as u16;
            at += 1;
        }
        match (kind, bits) {
            (b'f', 32 | 64) | (b'u' | b'i', 8 | 16 | 32 | 64 | 128) => Some((kind, bits)),
            _ => None,
        }
    }

    /// Can these be variants? Whatever begins with a name that is no word of the language of types.
    pub const fn is_variants(self) -> bool {
        let mut end = 0;
        while end < self.len() && is_name(self.at(end)) {
            end += 1;
        }
        let word = self.cut(0, end);
        let mut index = 0;
        while index < WORDS.len() {
            if word.is(WORDS[index]) {
                return self.begins("r#");
            }
            index += 1;
        }
        end > 0 && word.number().is_none() && self.at(end) != b'<'
    }

    /// The same sign for sign?
    pub const fn equals(self, other: &[u8], length: usize) -> bool {
        if self.len() != length {
            return false;
        }
        let mut index = 0;
        while index < length {
            if self.at(index) != other[index] {
                return false;
            }
            index += 1;
        }
        true
    }
}

/// The words that are no numbers; those of the numbers are variants as little.
const WORDS: &[&str] = &["bool", "char", "string", "bytes", "duration", "time", "timestamp", "packed"];
