//! What users do with the text of a key: it is a `str`.

use super::text::OwnedText;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

impl Deref for OwnedText {
    type Target = str;
    #[inline(always)]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for OwnedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl fmt::Debug for OwnedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl PartialEq for OwnedText {
    fn eq(&self, other: &OwnedText) -> bool {
        self.as_str() == other.as_str()
    }
}
impl Eq for OwnedText {}

impl PartialEq<str> for OwnedText {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}
impl PartialEq<&str> for OwnedText {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialOrd for OwnedText {
    fn partial_cmp(&self, other: &OwnedText) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for OwnedText {
    fn cmp(&self, other: &OwnedText) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for OwnedText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Hash::hash(self.as_str(), state);
    }
}

#[cfg(test)]
mod tests {
    use crate::state::text::Text;

    #[test]
    fn it_is_read_as_text() {
        for words in ["", "ann", "a text that is longer than fifteen bytes"] {
            let text = Text::pack(words).own();
            assert!(text == words && text == *words && text.len() == words.len());
            assert_eq!((text.to_string(), format!("{text:?}")), (words.to_owned(), format!("{words:?}")));
            assert!(Text::pack("an").own() < Text::pack("ann").own());
        }
    }
}
