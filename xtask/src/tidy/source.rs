//! Rust source with comments and literals blanked out, so that rules see code only.

/// The code of a file, line by line, each line as long as it was.
pub(super) struct Source {
    lines: Vec<String>,
}

/// Where a blanking scan stands.
enum State {
    Code,
    LineComment,
    /// How deep: block comments nest.
    BlockComment(u32),
    Text,
    /// How many `#` close it.
    RawText(usize),
}

impl Source {
    pub(super) fn new(text: &str) -> Self {
        let blanked = blank(text);
        Self { lines: blanked.lines().map(str::to_string).collect() }
    }

    /// The lines with their numbers, from 1.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines.iter().enumerate().map(|(index, line)| (index + 1, line.as_str()))
    }

    /// All code as one text.
    pub(super) fn joined(&self) -> String {
        self.lines.join("\n")
    }
}

/// Whether a character can be part of a name.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where `word` occurs in `text` as itself, not as a part of a longer name.
pub(super) fn word_positions<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        let starts = !word.starts_with(is_word) || !text[..at].ends_with(is_word);
        let ends = !word.ends_with(is_word) || !text[at + word.len()..].starts_with(is_word);
        starts && ends
    })
}

fn blank(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut state = State::Code;
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        let next = chars.get(at + 1).copied();
        let mut width = 1;
        let mut keep = false;
        match state {
            State::Code => match (c, next) {
                ('/', Some('/')) => state = State::LineComment,
                ('/', Some('*')) => {
                    state = State::BlockComment(1);
                    width = 2;
                }
                ('"', _) => state = State::Text,
                ('r', _) if !is_word_before(&chars, at) && raw_marks(&chars, at + 1).is_some() => {
                    let marks = raw_marks(&chars, at + 1).unwrap_or(0);
                    state = State::RawText(marks);
                    width = marks + 2;
                }
                ('\'', _) => match char_literal(&chars, at) {
                    Some(length) => width = length,
                    None => keep = true,
                },
                _ => keep = true,
            },
            State::LineComment => {
                if c == '\n' {
                    state = State::Code;
                }
            }
            State::BlockComment(depth) => match (c, next) {
                ('*', Some('/')) => {
                    width = 2;
                    state = if depth == 1 { State::Code } else { State::BlockComment(depth - 1) };
                }
                ('/', Some('*')) => {
                    width = 2;
                    state = State::BlockComment(depth + 1);
                }
                _ => {}
            },
            State::Text => match c {
                '\\' => width = 2,
                '"' => state = State::Code,
                _ => {}
            },
            State::RawText(marks) => {
                if c == '"' && (1..=marks).all(|i| chars.get(at + i) == Some(&'#')) {
                    width = marks + 1;
                    state = State::Code;
                }
            }
        }
        for &c in chars.iter().skip(at).take(width) {
            out.push(if keep || c == '\n' { c } else { ' ' });
        }
        at += width;
    }
    out
}

/// `r`, `br` and `cr` start raw text; an `r` that ends a longer name does not.
fn is_word_before(chars: &[char], at: usize) -> bool {
    match at.checked_sub(1).map(|before| chars[before]) {
        Some('b' | 'c') => at >= 2 && is_word(chars[at - 2]),
        Some(c) => is_word(c),
        None => false,
    }
}

/// How many `#` stand before the quote that opens raw text, if it is raw text.
fn raw_marks(chars: &[char], from: usize) -> Option<usize> {
    let marks = chars.iter().skip(from).take_while(|&&c| c == '#').count();
    (chars.get(from + marks) == Some(&'"')).then_some(marks)
}

/// The length of a character literal; `None` for a lifetime.
fn char_literal(chars: &[char], at: usize) -> Option<usize> {
    if chars.get(at + 1) == Some(&'\\') {
        let end = chars.iter().skip(at + 3).position(|&c| c == '\'')?;
        return Some(end + 4);
    }
    (chars.get(at + 2) == Some(&'\'')).then_some(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_comments_and_literals_only() {
        for (text, code) in [
            ("a // b", "a     "),
            ("a /* b /* c */ d */ e", "a                   e"),
            ("f(\"x \\\" y\") // z", "f(        )     "),
            ("f(r#\"x \" y\"#, z)", "f(          , z)"),
            ("let var = b\"q\";", "let var = b   ;"),
            ("'a' <'a> '\\'' 'x", "    <'a>      'x"),
            ("s = \"a\nb\";", "s =   \n  ;"),
        ] {
            assert_eq!(blank(text), code, "{text}");
        }
    }

    #[test]
    fn finds_whole_words() {
        assert_eq!(word_positions("f32x f32 xf32", "f32").collect::<Vec<_>>(), [5]);
        assert_eq!(word_positions("todo!() my_todo!()", "todo!").collect::<Vec<_>>(), [0]);
    }
}
