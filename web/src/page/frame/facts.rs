//! Facts as a short table.

use crate::page::frame::words::Explained;
use crate::page::texts::Term;
use yew::prelude::*;

/// One fact.
pub(crate) fn fact(name: &str, value: Html) -> Html {
    html! { <div><dt>{ name.to_string() }</dt><dd>{ value }</dd></div> }
}

/// One fact of a few words.
pub(crate) fn fact_text(name: &str, value: impl Into<String>) -> Html {
    fact(name, html! { <>{ value.into() }</> })
}

/// One fact whose name explains itself.
pub(crate) fn fact_of_term(term: Term, value: Html) -> Html {
    html! { <div><dt><Explained {term} /></dt><dd>{ value }</dd></div> }
}

/// The table.
pub(crate) fn facts(rows: Vec<Html>) -> Html {
    html! { <dl class="facts">{ for rows }</dl> }
}

/// A count with thin groups of three.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_groups_of_three() {
        assert_eq!(count(7), "7");
        assert_eq!(count(1_204), "1\u{202f}204");
        assert_eq!(count(1_000_000), "1\u{202f}000\u{202f}000");
    }
}
