//! English: the page *Accounts*.

use super::super::{Accounts, Term};
use super::{and, capital, is_or_are, number};
use crate::page::accounts::view::AccountsView;
use crate::page::snapshot::Snapshot;
use crate::page::world::people::Tie;
use ennead::accounts::{Relation, Standing};
use ennead::port::UserId;
use ennead::sim::Status;

/// The words.
pub(super) static ACCOUNTS: Accounts = Accounts {
    title: "Accounts",
    name: "Name",
    password: "Password",
    sign_up: "Sign up",
    log_in: "Log in",
    check: "Who am I?",
    log_out: "Log out",
    who: "Who",
    whom: "Whom",
    befriend: "Ask or accept",
    part: "End",
    block: "Block",
    unblock: "Unblock",
    stage: "People and what binds them; the register of two of them; where one's rows are",
    places: "The nodes, and what they hold of the person",
    friends: "friends",
    asked: "asked, not answered",
    blocked: "blocked",
    replica: "Replica",
    promised: "Promised",
    accepted: "Accepted",
    version: "Version",
    state: "State",
    never: "Nothing was ever decided about the two.",
    under_way: "A decision is under way: no majority has accepted the same yet.",
    name_here: "name",
    rows_here: "rows",
    session_here: "session",
    row: "What is kept",
    name_row: Term {
        word: "Name",
        means: "A register, in which a name is claimed: one person alone can do that. It holds the number and the password's hash.",
    },
    profile_row: Term { word: "Profile", means: "Who it is: name, display name, addresses." },
    device_row: Term {
        word: "Devices",
        means: "Where notifications reach the person. They lie in the same partition as the profile, and so at the same nodes.",
    },
    standing_row: Term {
        word: "Standings",
        means: "How the person stands to each other one, as the pair's register decided it: one range lists all friends.",
    },
    session: Term {
        word: "Session",
        means: "A row whose key is the hash of a token of 256 bits. Who has the token may ask any node; who reads the store finds no token there.",
    },
    no_session: "No session. Log in.",
    signs: "● holds it · ◆ for a node away · × ended · 3.2 s: trusts it so long",
    ask: "ask",
    open: "open",
    ended: "ended",
    number: "Number",
    friends_of: "Friends",
    hash: Term {
        word: "Password kept as",
        means: "A salted Argon2id hash; m is its memory in KiB, t its passes. Here it costs the least there is; on servers 19 MiB, twice.",
    },
    counted: "Counted by the nodes",
    signed_up: "Accounts made",
    logged_in: "Sessions opened",
    refused: "Wrong name or password",
    too_often: Term {
        word: "Tried too often",
        means: "A name may be tried ten times at once, then every six seconds, at each node: so nobody finds a password by trying.",
    },
    logged_out: "Sessions ended",
    checked: "Sessions checked",
    remembered: Term {
        word: "Of these, from memory",
        means: "A node that has asked for a session trusts the answer for five seconds. A log-out is told to all nodes at once; who misses the word errs for no longer than that.",
    },
    decisions: "Steps decided",
    repaired: Term {
        word: "Sides made whole",
        means: "A decision is noted in a queue before it is made. If a node dies before both sides are written down, whoever serves the queue writes what the register says.",
    },
    try_this: "Eva has asked Ben. Accept as Ben: the dashed line becomes solid. Then log out and ask the nodes one by one who Ben is. Kill two nodes that hold his session: which nodes still answer, and for how long?",
    sentence,
    told,
    two: |one, other| format!("{one} and {other}"),
    standing,
    decided: |state, version| format!("Decided by a majority: {state} (version {version})."),
    written: |names, versions| {
        let sides = names.iter().zip(versions).map(|(name, version)| match version {
            0 => format!("nothing for {name}"),
            version => format!("version {version} for {name}"),
        });
        format!("Written down: {}.", sides.collect::<Vec<_>>().join(", "))
    },
    rows_of: |name| format!("What is kept of {name}, and where"),
    check_at: |session, node, trust| match trust {
        Some(left) => format!("Check session {session} at {node}, which trusts it for {left}"),
        None => format!("ask {node} for session {session}"),
    },
    opened: |state, token, node| format!("{state}; token {token}…, of {node}"),
    trusted_by: |trusted, nodes| format!("trusted by {trusted} of {nodes}"),
};

fn standing(is: &Standing, one: &str, other: &str) -> String {
    match is.relation() {
        Relation::Blocked => format!("{one} has blocked {other}"),
        _ if is.theirs.blocks => format!("{other} has blocked {one}"),
        Relation::Friends => "friends".into(),
        Relation::Asked => format!("{one} has asked"),
        Relation::Asks => format!("{other} has asked"),
        Relation::Strangers => "strangers".into(),
    }
}

fn told(view: &AccountsView, who: UserId) -> String {
    let name = view.shown(who);
    let others = |tie: Tie, is_first: Option<bool>| -> Vec<String> {
        let of = view.bonds.iter().filter(|bond| bond.tie == tie);
        let others = of.filter_map(|bond| match (bond.one == who, bond.other == who) {
            (true, _) if is_first != Some(false) => Some(bond.other),
            (_, true) if is_first != Some(true) => Some(bond.one),
            _ => None,
        });
        others.map(|user| view.shown(user)).collect()
    };
    let mut parts = Vec::new();
    for (names, before, after) in [
        (others(Tie::Friends, None), "is friends with ", ""),
        (others(Tie::Asked, Some(true)), "has asked ", ""),
        (others(Tie::Asked, Some(false)), "was asked by ", ""),
        (others(Tie::Blocked, Some(true)), "has blocked ", ""),
        (others(Tie::Blocked, Some(false)), "was blocked by ", " and is not told so"),
    ] {
        if !names.is_empty() {
            parts.push(format!("{before}{}{after}", and(&names)));
        }
    }
    match parts.is_empty() {
        true => format!("{name} has nothing to do with anybody yet."),
        false => format!("{name} {}.", parts.join("; ")),
    }
}

fn sentence(view: &AccountsView, snapshot: &Snapshot) -> String {
    if !view.is_peopled {
        return "Eight people sign up and become friends. Any node takes a name, and one person alone gets it.".into();
    }
    let count = |count: usize, one: &str, many: &str| {
        format!("{} {}", number(count), if count == 1 { one } else { many })
    };
    let running = snapshot.view.nodes.iter().filter(|node| node.status != Status::Down).count();
    let mut text = format!(
        "{} with {}, {} and {}. {}: any node checks any of them, {} of {} at this moment from memory.",
        capital(&count(view.people.len(), "person", "people")),
        count(view.count(Tie::Friends), "friendship", "friendships"),
        count(view.count(Tie::Asked), "open question", "open questions"),
        count(view.count(Tie::Blocked), "block", "blocks"),
        capital(&count(view.open, "session is open", "sessions are open")),
        view.trusted,
        view.open * running,
    );
    let nodes = &snapshot.view.nodes;
    let down: Vec<String> =
        nodes.iter().filter(|n| n.status != Status::Up).map(|n| n.name.clone()).collect();
    if down.is_empty() {
        return text;
    }
    let is_up = |id| nodes.iter().any(|node| node.id == id && node.status == Status::Up);
    let nodes = if down.len() == 1 { "Node" } else { "Nodes" };
    text += &format!(" {nodes} {} {} away", and(&down), is_or_are(&down));
    match (view.who.map(|who| view.shown(who)), view.kept_by(is_up)) {
        (Some(who), Some((up, of))) if up * 2 > of => {
            text += &format!(
                ": at least {} of {} copies of all that is kept of {who} are there, and all goes on.",
                number(up),
                number(of)
            );
        }
        (Some(who), Some((up, of))) => {
            text += &format!(
                ": of something that is kept of {who} {} of {} copies {} there, so what needs a majority is refused.",
                number(up),
                number(of),
                if up == 1 { "is" } else { "are" }
            );
        }
        _ => text.push('.'),
    }
    text
}
