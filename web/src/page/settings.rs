//! What the browser remembers for the next visit: theme and language.

use super::texts::Language;
use gloo::storage::{LocalStorage, Storage};
use gloo::utils::{document_element, window};

const THEME: &str = "ennead.theme";
const LANGUAGE: &str = "ennead.language";

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    const fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// What was chosen before.
    pub(crate) fn remembered() -> Self {
        match read(THEME).as_deref() {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }

    /// Whether the page is dark now.
    pub(crate) fn is_dark(self) -> bool {
        match self {
            Self::Light => false,
            Self::Dark => true,
            Self::System => system_says("(prefers-color-scheme: dark)"),
        }
    }

    /// The other of light and dark.
    pub(crate) fn other(self) -> Self {
        if self.is_dark() { Self::Light } else { Self::Dark }
    }

    /// Shows it and remembers it.
    pub(crate) fn apply(self) {
        show(self);
        write(THEME, self.word());
    }
}

/// Shows a theme without remembering it.
pub(crate) fn show(theme: Theme) {
    let _ = document_element().set_attribute("data-theme", theme.word());
}

/// The language chosen before, else the browser's.
pub(crate) fn language() -> Language {
    let wished = read(LANGUAGE).or_else(|| window().navigator().language()).unwrap_or_default();
    if wished.starts_with("ko") { Language::Korean } else { Language::English }
}

/// Shows a language and remembers it.
pub(crate) fn apply_language(language: Language) {
    show_language(language);
    write(LANGUAGE, language.code());
}

/// Tells the document its language.
pub(crate) fn show_language(language: Language) {
    let _ = document_element().set_attribute("lang", language.code());
}

/// Whether the person wishes less motion.
pub(crate) fn wants_less_motion() -> bool {
    system_says("(prefers-reduced-motion: reduce)")
}

/// Whether the page is as narrow as a phone's.
pub(crate) fn is_narrow() -> bool {
    system_says("(max-width: 900px)")
}

fn system_says(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}

// As plain text and not through serde: the words above need no decoder.
fn read(name: &str) -> Option<String> {
    LocalStorage::raw().get_item(name).ok().flatten()
}

fn write(name: &str, word: &str) {
    // A browser that keeps nothing shows the page all the same.
    let _ = LocalStorage::raw().set_item(name, word);
}
