//! From what people type to the text that is counted, and back.
//!
//! ```
//! use ennead::autocomplete::query::{fold, show};
//! let key = fold("  Café  \t CRÈME ").unwrap();
//! assert_eq!(show(&key), "café crème");
//! assert!(key.starts_with("cafe")); // an accent is a character after its letter
//! ```
//!
//! A *key* is lower-case, canonically decomposed (NFD), with one space where there was white space. So a
//! letter is a prefix of its accented forms, and 하 is one of 한: both are what a person has typed on the way.
//! What is shown is composed again (NFC).
//!
//! Korean is typed letter by letter, and a consonant goes to the syllable before until a vowel follows: on the
//! way from 하 to 하나 the field holds 한. So a prefix that ends in a final consonant also stands for the same
//! letters with that consonant as the beginning of the next syllable ([`prefixes`]). A letter that stands alone,
//! as ㅎ at the start, is taken for the beginning of a syllable. Compound vowels and finals (ㅘ, ㄳ) match once
//! they are typed whole.
//!
//! Limits: [`MAX_QUERY`] bytes as typed; a key takes at most [`MAX_KEY`]. Lower case is decided by each
//! character alone, without regard to language (a Turkish dotless ı stays apart from i).
//!
//! Sources: Unicode Standard Annex 15 (normalisation forms); The Unicode Standard, section 3.12 (conjoining
//! jamo).

use super::error::QueryError;
use alloc::string::String;
use alloc::vec::Vec;
use unicode_normalization::char::{canonical_combining_class, compose, decompose_canonical};

/// The longest query, in bytes of UTF-8 as it was typed.
pub const MAX_QUERY: usize = 200;
/// The longest key, in bytes: decomposition makes at most three bytes of one, lower case adds little.
pub const MAX_KEY: usize = 4 * MAX_QUERY;
/// The most suggestions for one prefix.
pub const MAX_TOP: usize = 10;

const FIRST_LEAD: u32 = 0x1100;
const FIRST_VOWEL: u32 = 0x1161;
const VOWELS: u32 = 21;
const FIRST_LONE_VOWEL: u32 = 0x314F;
/// Consonants as they stand alone on a keyboard, in the order of the leading ones.
const LONE_CONSONANTS: [char; 19] = [
    'ㄱ', 'ㄲ', 'ㄴ', 'ㄷ', 'ㄸ', 'ㄹ', 'ㅁ', 'ㅂ', 'ㅃ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅉ', 'ㅊ', 'ㅋ',
    'ㅌ', 'ㅍ', 'ㅎ',
];
const FIRST_FINAL: u32 = 0x11A8;
/// For each final consonant: the final that stays (counted from 1, 0 for none) and the leading one that goes on.
const FINALS: [(u32, u32); 27] = [
    (0, 0),
    (0, 1),
    (1, 9),
    (0, 2),
    (4, 12),
    (4, 18),
    (0, 3),
    (0, 5),
    (8, 0),
    (8, 6),
    (8, 7),
    (8, 9),
    (8, 16),
    (8, 17),
    (8, 18),
    (0, 6),
    (0, 7),
    (17, 9),
    (0, 9),
    (0, 10),
    (0, 11),
    (0, 12),
    (0, 14),
    (0, 15),
    (0, 16),
    (0, 17),
    (0, 18),
];

/// The key of a query.
///
/// # Errors
/// [`QueryError::Empty`] or [`QueryError::TooLong`].
pub fn fold(text: &str) -> Result<String, QueryError> {
    let mut key = fold_prefix(text)?;
    if key.ends_with(' ') {
        key.pop();
    }
    if key.is_empty() { Err(QueryError::Empty) } else { Ok(key) }
}

/// The key of what has been typed so far: may be empty, and ends in a space if a word is finished.
///
/// # Errors
/// [`QueryError::TooLong`].
pub fn fold_prefix(text: &str) -> Result<String, QueryError> {
    if text.len() > MAX_QUERY {
        return Err(QueryError::TooLong { got: text.len() as u64 });
    }
    let mut key = String::with_capacity(text.len());
    for c in decomposed(text.chars().flat_map(char::to_lowercase).map(unify)) {
        if c != ' ' || !(key.is_empty() || key.ends_with(' ')) {
            key.push(c);
        }
    }
    if key.len() > MAX_KEY {
        return Err(QueryError::TooLong { got: text.len() as u64 });
    }
    Ok(key)
}

/// A key as people read it.
#[must_use]
pub fn show(key: &str) -> String {
    composed(decomposed(key.chars()))
        .into_iter()
        .map(|c| {
            let code = u32::from(c);
            let lead = code.checked_sub(FIRST_LEAD).and_then(|i| LONE_CONSONANTS.get(i as usize));
            let vowel = code.checked_sub(FIRST_VOWEL).filter(|&i| i < VOWELS);
            match (lead, vowel) {
                (Some(&lone), _) => lone,
                (_, Some(i)) => char::from_u32(FIRST_LONE_VOWEL + i).unwrap_or(c),
                _ => c,
            }
        })
        .collect()
}

/// The canonical decomposition (NFD). The crate's own iterators would bring the tables of compatibility
/// with them, which nobody needs here and the page would have to load: 40 kB.
fn decomposed(text: impl Iterator<Item = char>) -> Vec<char> {
    let mut all: Vec<char> = Vec::new();
    let mut push = |c| {
        // Marks behind a letter stand in the order of their classes; equal ones stay as they came.
        let class = canonical_combining_class(c);
        let is_later = |other: &&char| class > 0 && canonical_combining_class(**other) > class;
        let later = all.iter().rev().take_while(is_later).count();
        all.insert(all.len() - later, c);
    };
    for c in text {
        decompose_canonical(c, &mut push);
    }
    all
}

/// The canonical composition (NFC) of what is decomposed.
fn composed(decomposed: Vec<char>) -> Vec<char> {
    let mut all: Vec<char> = Vec::with_capacity(decomposed.len());
    // Where the last letter is, and the class of the last mark that stayed behind it.
    let (mut letter, mut last) = (None, None);
    for c in decomposed {
        let class = canonical_combining_class(c);
        let is_free = last.is_none_or(|last| last < class);
        let both =
            letter.filter(|_| is_free).and_then(|at: usize| Some((at, compose(*all.get(at)?, c)?)));
        if let Some((at, both)) = both {
            all[at] = both;
            continue;
        }
        if class == 0 {
            (letter, last) = (Some(all.len()), None);
        } else {
            last = Some(class);
        }
        all.push(c);
    }
    all
}

/// The prefixes that a typed one stands for: itself, and for Korean what it may be on its way to. Their
/// completions are distinct.
#[must_use]
pub fn prefixes(key: &str) -> Vec<String> {
    let mut all = Vec::with_capacity(2);
    let last = key.chars().next_back();
    let moved = last.and_then(|c| u32::from(c).checked_sub(FIRST_FINAL));
    if let Some(&(stays, goes)) = moved.and_then(|i| FINALS.get(i as usize)) {
        let mut other = String::from(key);
        other.pop();
        if stays > 0 {
            other.extend(char::from_u32(FIRST_FINAL + stays - 1));
        }
        other.extend(char::from_u32(FIRST_LEAD + goes));
        all.push(other);
    }
    all.push(String::from(key));
    all
}

/// One character for those that are typed as the same.
fn unify(c: char) -> char {
    if c.is_whitespace() || c.is_control() {
        return ' ';
    }
    if c == 'ς' {
        return 'σ'; // which of the two is typed depends on what follows: a prefix cannot know
    }
    let lead = LONE_CONSONANTS.iter().zip(FIRST_LEAD..).find(|&(&lone, _)| lone == c);
    let vowel = u32::from(c).checked_sub(FIRST_LONE_VOWEL).filter(|&i| i < VOWELS);
    let code = match (lead, vowel) {
        (Some((_, code)), _) => code,
        (_, Some(i)) => FIRST_VOWEL + i,
        _ => return c,
    };
    char::from_u32(code).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization as _;

    fn forms(text: &str) -> (String, String) {
        let nfd = decomposed(text.chars());
        (nfd.iter().collect(), composed(nfd).into_iter().collect())
    }

    #[test]
    fn r13_1_forms_of_every_character_are_those_of_unicode() {
        for c in '\0'..=char::MAX {
            // Alone, and between marks of three classes that may go before it or join it.
            for text in [String::from(c), alloc::format!("a\u{323}{c}\u{301}\u{31b}\u{316}")] {
                let expected = (text.nfd().collect(), text.nfc().collect());
                assert_eq!(forms(&text), expected, "{text:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn r13_1_forms_of_any_text_are_those_of_unicode(
            text in "[\\u{300}-\\u{345}a-eA-E\\u{1100}-\\u{11ff}가-힣À-ſ\\u{0f71}-\\u{0f7d}]{0,24}"
        ) {
            prop_assert_eq!(forms(&text), (text.nfd().collect(), text.nfc().collect()));
        }
    }
}
