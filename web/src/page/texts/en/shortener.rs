//! English: the page *Shortener*.

use super::super::{Shortener, Term};
use crate::page::frame::facts::count;
use crate::page::shortener::view::Sums;
use ennead::shortener::{Counters, HashFunction, Scheme};

/// The words.
pub(super) static SHORTENER: Shortener = Shortener {
    title: "Shortener",
    url: "Address",
    wished: "Code, if any",
    scheme: "Codes from",
    redirect: "Redirect",
    shorten: "Shorten",
    follow: "Follow",
    stage: "The way of an address, and all short addresses",
    none_yet: "No address is shortened yet. Press Shorten.",
    asked: "1. Asked",
    coded: "2. Given a code",
    stored: "3. Stored",
    led_on: "4. Led on",
    links: "Short addresses, the newest first",
    code: "Code",
    made_by: "Asked at",
    made_at: "Made at",
    number: Term {
        word: "Number",
        means: "Each node leases 1,000 numbers of one counter at a time, so that no number is given twice and none needs a question.",
    },
    belongs_to: "Belongs to",
    held_by: "Held by",
    counted: "Counted by the nodes",
    made: "Links made",
    known: "Known already",
    followed: "Led on",
    remembered: Term {
        word: "From memory",
        means: "A link never changes, so a node that has met it need not read it again.",
    },
    missed: "Led nowhere",
    candidates: "Hashes tried",
    collisions: Term {
        word: "Collisions",
        means: "Candidates of a hash that another address had. A fixed text is appended and the hash taken again.",
    },
    spared: Term {
        word: "Look-ups spared",
        means: "A bloom filter was sure that the code is new, so nobody had to look.",
    },
    try_this: "Shorten an address at one node and follow it at another. Then kill one of the nodes that hold it, and shorten the same address again: is it known?",
    sentence,
    scheme_name: |scheme| match scheme {
        Scheme::Counter => "counter, base 62",
        Scheme::Hash(HashFunction::Crc32) => "hash, CRC-32",
        Scheme::Hash(HashFunction::Md5) => "hash, MD5",
        Scheme::Hash(HashFunction::Sha1) => "hash, SHA-1",
    },
    by_counter: |number, code| {
        format!("number {} → permuted by a key → base 62: {code}", count(number))
    },
    by_claim: |code| format!("claimed in a register, which one address alone can do: {code}"),
};

fn sentence(sums: &Sums) -> String {
    if !sums.is_any {
        return "Any node shortens any address, and any node follows it. None is shortened yet."
            .into();
    }
    let Counters { made, followed, missed, .. } = sums.counters;
    let links = if made == 1 { "link" } else { "links" };
    let requests = if followed == 1 { "request" } else { "requests" };
    let mut text = format!(
        "Since they started, the nodes that run have made {} {links} and led {} {requests} on.",
        count(made),
        count(followed),
    );
    if missed > 0 {
        let times = if missed == 1 { "time" } else { "times" };
        text += &format!(" {} {times} a code led nowhere.", count(missed));
    }
    text
}
