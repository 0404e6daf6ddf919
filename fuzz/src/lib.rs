//! What fuzzing does with bytes from outside: a function a target, and what its corpus begins with.
//!
//! | target | what comes from outside | what must hold beside "no panic" |
//! | --- | --- | --- |
//! | `frames` | frames of peers, and what members say to a node | pieces read as the whole; each request has one answer; what a node keeps and sends is sound |
//! | `resp` | bytes of Redis's clients | pieces are answered as the whole; replies are whole frames |
//! | `http` | requests to every endpoint | nothing ends in 500; what is refused is a problem document |
//! | `layout` | greetings, members, changes of a ring | preference lists of different members, all of them; a changed ring is the ring made anew |
//! | `links` | links to worlds | encoded again they are the same; one link is one world |
//! | `pages` | addresses, pages and `robots.txt` of foreign sites | normal forms stay; bounds hold; one agent's rules decide as all do |
//!
//! The targets of libFuzzer are in `targets/`; the corpora are in `corpus/`. The core's tests take this folder in as
//! a module and replay the corpora, so nothing here needs libFuzzer.

mod frames;
mod http;
mod layout;
mod links;
mod node;
mod pages;
mod resp;
mod stream;

/// Something from outside that is fuzzed.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name: of the program in `targets/` and of the folder in `corpus/`.
    pub name: &'static str,
    /// Tries one input.
    ///
    /// # Panics
    /// If what must hold does not.
    pub run: fn(&[u8]),
    /// What real systems say, where that cannot be written by hand; each with a name.
    pub seeds: fn() -> Vec<(String, Vec<u8>)>,
}

/// All of them.
pub const TARGETS: [Target; 6] = [
    Target { name: "frames", run: frames::run, seeds: frames::seeds },
    Target { name: "resp", run: resp::run, seeds: Vec::new },
    Target { name: "http", run: http::run, seeds: Vec::new },
    Target { name: "layout", run: layout::run, seeds: layout::seeds },
    Target { name: "links", run: links::run, seeds: links::seeds },
    Target { name: "pages", run: pages::run, seeds: Vec::new },
];

/// Tries one input at the target of this name.
///
/// # Panics
/// If what must hold does not, or if there is no such target.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.unwrap_or_else(|| panic!("no target is called {name}")).run)(data);
}
