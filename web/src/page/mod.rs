//! The page: one simulated world, and what shows it.
//!
//! The world lives in [`engine`], outside the interface. One animation frame loop runs it, moves the
//! messages on the stage, and at most ten times a second hands a [`snapshot`] to the components. The
//! frame (rail, sentence, time bar, log, palette) is the same for every page; each page has a folder.

mod action;
mod address;
mod app;
mod clock;
mod engine;
mod frame;
mod history;
mod keys;
mod settings;
mod snapshot;
mod store;
mod texts;

/// The pages, in the order in which they stand on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// The replicated store.
    Store,
}

impl Page {
    /// All of them.
    pub(crate) const ALL: [Self; 1] = [Self::Store];

    /// Its name in addresses.
    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Self::Store => "store",
        }
    }

    /// The page of a name, if there is one.
    pub(crate) fn of_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.slug() == slug)
    }
}

/// Puts the page into the document.
pub(crate) fn start() {
    match gloo::utils::document().get_element_by_id("app") {
        Some(root) => {
            root.set_inner_html("");
            yew::Renderer::<app::App>::with_root(root).render();
        }
        None => {
            yew::Renderer::<app::App>::new().render();
        }
    }
}
