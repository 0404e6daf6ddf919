//! What can be done with accounts.

use crate::page::action::Interface;
use crate::page::snapshot::Snapshot;
use ennead::accounts::{Ask as Of, Password, SessionId, SignUp, Step, password_of};
use ennead::base::Span;
use ennead::port::UserId;
use ennead::ring::NodeId;
use ennead::services::Ask;
use ennead::sim::{CAST, Transition};

/// People of the cast.
const BEN: UserId = UserId(2);
const CHO: UserId = UserId(3);
const DAN: UserId = UserId(4);
const EVA: UserId = UserId(5);
const FAY: UserId = UserId(6);
const GIL: UserId = UserId(7);
/// What people who are no friends have to do with each other before a person at the page does anything.
const AT_FIRST: [(UserId, UserId, Step); 2] = [(EVA, BEN, Step::Befriend), (DAN, GIL, Step::Block)];
/// What goes on between them. Nobody's friends change by it: that is left to the person at the page.
const GOES_ON: [(UserId, UserId, Step); 4] = [
    (FAY, CHO, Step::Befriend),
    (GIL, EVA, Step::Befriend),
    (CHO, FAY, Step::Part),
    (EVA, GIL, Step::Part),
];
/// Between two checks of sessions, and between two steps.
const CHECKS: Span = Span::from_millis(200);
const STEPS: Span = Span::from_millis(1_500);

/// What the page remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    /// The name that is typed.
    pub(crate) name: String,
    /// The password that is typed.
    pub(crate) password: String,
    /// Who is looked at, by name: somebody who signs up has no number before the answer.
    pub(crate) who: String,
    /// With whom that person has to do.
    pub(crate) whom: UserId,
}

impl Default for Fields {
    /// Filled in already, so that one click does something.
    fn default() -> Self {
        Self {
            name: "noa".into(),
            password: "an owl at noon".into(),
            who: CAST[1].0.into(),
            whom: EVA,
        }
    }
}

/// Something that a person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Type a name.
    Name(String),
    /// Type a password.
    Password(String),
    /// Make an account of both.
    SignUp,
    /// Open a session with both.
    LogIn,
    /// Check the newest session of whoever is looked at, at the chosen node.
    Check,
    /// Check a session at a node.
    CheckAt(SessionId, NodeId),
    /// End the newest session.
    LogOut,
    /// Look at somebody.
    Who(UserId),
    /// Choose with whom that person has to do.
    Whom(UserId),
    /// Look at two people.
    Pair(UserId, UserId),
    /// Let the first do something about the second.
    Step(Step),
}

/// What somebody of the cast types as a password; nothing for others, whose passwords the page does not know.
fn typed_password(name: &str) -> String {
    let is_known = CAST.iter().any(|&(known, _)| known == name);
    if is_known { format!("password of {name}") } else { String::new() }
}

/// Does it: what changes on the page, and what the world is told.
pub(crate) fn act(verb: Verb, interface: &mut Interface, snapshot: &Snapshot) -> Vec<Transition> {
    let view = &snapshot.accounts;
    let fields = &mut interface.accounts;
    let newest = || view.sessions.iter().find(|session| session.is_open);
    let mut at = None;
    let ask = match verb {
        Verb::Name(name) => {
            fields.name = name;
            return Vec::new();
        }
        Verb::Password(password) => {
            fields.password = password;
            return Vec::new();
        }
        Verb::Who(user) => {
            fields.look_at(user, view.name_of(user));
            return Vec::new();
        }
        Verb::Whom(user) => {
            fields.whom = user;
            return Vec::new();
        }
        Verb::Pair(one, other) => {
            fields.look_at(one, view.name_of(one));
            fields.whom = other;
            return Vec::new();
        }
        Verb::SignUp | Verb::LogIn => {
            let name = fields.name.trim().to_owned();
            fields.who = name.to_ascii_lowercase();
            match verb {
                Verb::SignUp => Some(Of::SignUp(SignUp::new(&name, &fields.password))),
                _ => Some(Of::LogIn { name, password: Password::new(&*fields.password) }),
            }
        }
        Verb::Check => newest().map(|session| Of::Check(session.token.clone())),
        Verb::CheckAt(id, node) => {
            at = Some(node);
            let session = view.sessions.iter().find(|session| session.id == id);
            session.map(|session| Of::Check(session.token.clone()))
        }
        Verb::LogOut => newest().map(|session| Of::LogOut(session.token.clone())),
        Verb::Step(step) => {
            let me = view.who.filter(|&me| me != fields.whom);
            me.map(|me| Of::Step { me, other: fields.whom, step })
        }
    };
    let Some(ask) = ask else { return Vec::new() };
    let at = at.or_else(|| interface.node_to_ask(snapshot));
    at.map(|at| Transition::Ask { at, ask: Ask::Accounts(ask) }).into_iter().collect()
}

impl Fields {
    fn look_at(&mut self, user: UserId, name: &str) {
        if self.whom == user {
            self.whom = CAST.iter().find(|&&(_, id)| id != user).map_or(EVA, |&(_, id)| id);
        }
        (self.who, self.name) = (name.to_owned(), name.to_owned());
        self.password = typed_password(name);
    }
}

fn step((me, other, step): (UserId, UserId, Step)) -> Ask {
    Ask::Accounts(Of::Step { me, other, step })
}

/// What begins once people have accounts: all of them log in, each at some node, and two have to do with each other.
pub(crate) fn begin(snapshot: &Snapshot) -> Vec<Transition> {
    if !snapshot.accounts.is_peopled {
        return Vec::new();
    }
    let log_in = |(name, _): (&str, UserId)| {
        Ask::Accounts(Of::LogIn { name: name.into(), password: password_of(name) })
    };
    let asks = AT_FIRST.into_iter().map(step).chain(CAST.into_iter().map(log_in));
    let nodes: Vec<NodeId> = snapshot.nodes_up().collect();
    asks.zip(nodes.into_iter().cycle()).map(|(ask, at)| Transition::Ask { at, ask }).collect()
}

/// What goes on once they have sessions: any node is asked by any of them, and by the first so often that some
/// remember it.
pub(crate) fn go_on(snapshot: &Snapshot) -> Vec<Transition> {
    let tokens = &snapshot.accounts.tokens;
    let check = |&(_, user): &(&str, UserId)| {
        tokens.get(&user).map(|token| Ask::Accounts(Of::Check(token.clone())))
    };
    let asks = CAST.iter().chain(&CAST[..1]).map(check);
    let Some(asks) = asks.collect::<Option<Vec<Ask>>>() else { return Vec::new() };
    let steps = GOES_ON.into_iter().map(step).collect();
    vec![
        Transition::Steady { every: CHECKS, asks },
        Transition::Steady { every: STEPS, asks: steps },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_types_the_passwords_with_which_the_cast_was_invited() {
        for (name, _) in CAST {
            assert_eq!(Password::new(typed_password(name)), password_of(name));
        }
        assert_eq!(typed_password("noa"), "");
    }

    #[test]
    fn what_goes_on_by_itself_makes_and_ends_no_friendship() {
        use ennead::sim::CAST_FRIENDS;
        for (me, other, _) in AT_FIRST.into_iter().chain(GOES_ON) {
            let (low, high) = (me.0.min(other.0), me.0.max(other.0));
            let is_friend = CAST_FRIENDS.iter().any(|&(a, b)| (a.min(b), a.max(b)) == (low, high));
            assert!(!is_friend, "{me} and {other}");
        }
    }
}
