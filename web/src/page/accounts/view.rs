//! What there is to see of accounts: what nodes hold, trust and have counted. Nothing of it is read from the log.

use super::action::Fields;
use crate::page::world::people::{Bond, Tie, bonds, with_capital};
use ennead::accounts::{
    Counters, Kind, LoggedIn, SessionId, Standing, Token, claimed, decided, is_open, kind_of,
    name_register, pair_register, session_key, side_key, user_key, written_down,
};
use ennead::base::Span;
use ennead::kv::Versions;
use ennead::kv::register::Ballot;
use ennead::port::UserId;
use ennead::ring::NodeId;
use ennead::sim::{CAST, KeyView, RegisterView, World};
use std::collections::BTreeMap;

/// The most people that are drawn: the cast, and those who signed up last.
const MOST: usize = 14;
/// The most sessions of a person that are shown.
const SHOWN: usize = 3;

/// All that the page shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccountsView {
    /// Whether the cast have accounts by now.
    pub(crate) is_peopled: bool,
    /// Whoever has an account, by number.
    pub(crate) people: Vec<(UserId, String)>,
    /// What binds them.
    pub(crate) bonds: Vec<Bond>,
    /// Who is looked at.
    pub(crate) who: Option<UserId>,
    /// What is kept of the password.
    pub(crate) hash: Option<String>,
    /// What the cluster holds of that person.
    pub(crate) rows: Vec<Row>,
    /// The sessions, the newest first.
    pub(crate) sessions: Vec<SessionLook>,
    /// That person and another.
    pub(crate) pair: Option<PairLook>,
    /// The newest open session of everybody.
    pub(crate) tokens: BTreeMap<UserId, Token>,
    /// Sessions of anybody that are open.
    pub(crate) open: usize,
    /// How often a node trusts one of them without asking.
    pub(crate) trusted: usize,
    /// What the nodes that run have counted since they started, together.
    pub(crate) counters: Counters,
}

/// What a row of the table is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// The register of the name.
    Name,
    /// Rows of the user.
    User(Kind),
}

/// What a node holds of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    /// Rows.
    pub(crate) rows: usize,
    /// Rows that it keeps for another node.
    pub(crate) hints: usize,
    /// Rows of which it knows that they are gone.
    pub(crate) gone: usize,
}

/// Something that is stored, and where.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) about: About,
    /// Its place on the ring.
    pub(crate) place: u64,
    /// Whose it is.
    pub(crate) owners: Vec<NodeId>,
    /// Who holds what of it.
    pub(crate) held: BTreeMap<NodeId, Held>,
}

/// A session.
#[derive(Clone, Debug)]
pub(crate) struct SessionLook {
    pub(crate) token: Token,
    pub(crate) id: SessionId,
    /// Where it was opened.
    pub(crate) opened_at: NodeId,
    /// Whether its row stands, as far as any node knows.
    pub(crate) is_open: bool,
    /// Its place on the ring.
    pub(crate) place: u64,
    /// Whose its row is.
    pub(crate) owners: Vec<NodeId>,
    pub(crate) held: BTreeMap<NodeId, Held>,
    /// Who trusts it without asking, and for how long yet.
    pub(crate) trusted: BTreeMap<NodeId, Span>,
}

/// A replica of the register of two people.
#[derive(Clone, Debug)]
pub(crate) struct Replica {
    pub(crate) node: NodeId,
    pub(crate) promised: Ballot,
    /// What it has accepted last, and how the first stands to the second by it.
    pub(crate) accepted: Option<(Ballot, Standing)>,
}

/// Two people and their register.
#[derive(Clone, Debug)]
pub(crate) struct PairLook {
    pub(crate) one: UserId,
    pub(crate) other: UserId,
    /// Whose the register is.
    pub(crate) owners: Vec<NodeId>,
    pub(crate) replicas: Vec<Replica>,
    /// How the first stands to the second by what was accepted last.
    pub(crate) last: Option<Standing>,
    /// Whether a majority has accepted that.
    pub(crate) is_decided: bool,
    /// What is written down for each of the two.
    pub(crate) sides: [Option<Standing>; 2],
}

/// Looks at the world.
pub(crate) fn take(world: &World, fields: &Fields) -> AccountsView {
    let mut view = AccountsView { people: people(world), ..AccountsView::default() };
    view.is_peopled = CAST.iter().all(|&(name, _)| world.people().contains_key(name));
    let ids: Vec<UserId> = view.people.iter().map(|&(id, _)| id).collect();
    view.bonds = bonds(world, &ids);
    let who = world.people().get_key_value(&fields.who);
    let who = who.or_else(|| world.people().get_key_value(CAST[1].0));
    if let Some((name, &user)) = who {
        view.who = Some(user);
        view.look_at(world, name, user);
        view.pair = pair(world, user, fields.whom);
    }
    for (at, opened) in world.sessions().rev() {
        view.add_session(world, *at, opened);
    }
    for id in world.layout().members().iter().map(|member| member.id) {
        if let Some(services) = world.services(id) {
            add(&mut view.counters, &services.accounts.counters());
        }
    }
    view
}

/// Who is drawn.
fn people(world: &World) -> Vec<(UserId, String)> {
    let mut people: Vec<_> = world.people().iter().map(|(name, &id)| (id, name.clone())).collect();
    people.sort_unstable();
    // Later numbers are greater, those of the cast are the least.
    let too_many = people.len().saturating_sub(MOST);
    let cast =
        people.iter().filter(|(id, _)| CAST.iter().any(|(_, of_cast)| of_cast == id)).count();
    people.drain(cast..cast + too_many);
    people
}

impl AccountsView {
    /// What the cluster holds of somebody.
    fn look_at(&mut self, world: &World, name: &str, user: UserId) {
        if let Ok(key) = name_register(name) {
            let register = world.register_view(&key);
            self.hash = register.last().and_then(|(state, _)| Some(claimed(state)?.1));
            self.rows.push(of_register(&register));
        }
        let Ok(first) = user_key(user) else { return };
        for key in world.keys_of(first.partition()) {
            let Some(kind) = kind_of(key.sort()) else { continue };
            let seen = world.key_view(&key);
            let row = self.rows.iter_mut().find(|row| row.about == About::User(kind));
            match row {
                Some(row) => hold(&mut row.held, &seen, Versions::is_live),
                None => {
                    let mut held = BTreeMap::new();
                    hold(&mut held, &seen, Versions::is_live);
                    let (about, place) = (About::User(kind), seen.place);
                    self.rows.push(Row { about, place, owners: seen.owners, held });
                }
            }
        }
    }

    fn add_session(&mut self, world: &World, opened_at: NodeId, opened: &LoggedIn) {
        let (id, user) = (opened.token.session(), opened.session.user);
        let Ok(key) = session_key(id) else { return };
        let seen = world.key_view(&key);
        let mut held = BTreeMap::new();
        hold(&mut held, &seen, is_open);
        let known = seen.copies.iter().map(|copy| &*copy.versions).cloned();
        let is_open = known.reduce(|all, copy| all.merge(&copy)).is_some_and(|all| is_open(&all));
        let ids = world.layout().members().iter().map(|member| member.id);
        let now = world.now();
        let until = |node| world.services(node)?.accounts.trusts(id).filter(|&until| until > now);
        let trusted: BTreeMap<NodeId, Span> =
            ids.filter_map(|node| Some((node, until(node)?.since(now)))).collect();
        if is_open {
            self.open += 1;
            self.trusted += trusted.len();
            self.tokens.entry(user).or_insert_with(|| opened.token.clone());
        }
        if self.who == Some(user) && self.sessions.len() < SHOWN {
            let (token, place, owners) = (opened.token.clone(), seen.place, seen.owners);
            self.sessions.push(SessionLook {
                token,
                id,
                opened_at,
                is_open,
                place,
                owners,
                held,
                trusted,
            });
        }
    }

    /// Somebody's name as it is stored.
    pub(crate) fn name_of(&self, user: UserId) -> &str {
        self.people.iter().find(|(id, _)| *id == user).map_or("?", |(_, name)| name)
    }

    /// The same with a capital.
    pub(crate) fn shown(&self, user: UserId) -> String {
        with_capital(self.name_of(user))
    }

    /// How many pairs have this tie.
    pub(crate) fn count(&self, tie: Tie) -> usize {
        self.bonds.iter().filter(|bond| bond.tie == tie).count()
    }

    /// Of the owners of what is kept of whoever is looked at, how many run where the fewest do, and of how many.
    pub(crate) fn kept_by(&self, is_up: impl Fn(NodeId) -> bool) -> Option<(usize, usize)> {
        let rows = self.rows.iter().map(|row| &row.owners);
        let sessions = self.sessions.iter().filter(|session| session.is_open);
        let all = rows.chain(sessions.map(|session| &session.owners));
        let counts =
            all.map(|owners| (owners.iter().filter(|&&id| is_up(id)).count(), owners.len()));
        counts.min()
    }
}

fn of_register(register: &RegisterView) -> Row {
    let accepted = register.replicas.iter().filter(|(_, held)| held.accepted.is_some());
    let one = Held { rows: 1, ..Held::default() };
    let held = accepted.map(|&(node, _)| (node, one)).collect();
    Row { about: About::Name, place: register.place, owners: register.owners.clone(), held }
}

/// Adds what nodes hold of a key, if it `is_there` by a copy.
fn hold(held: &mut BTreeMap<NodeId, Held>, key: &KeyView, is_there: impl Fn(&Versions) -> bool) {
    for copy in &key.copies {
        let held = held.entry(copy.node).or_default();
        match (is_there(&copy.versions), copy.hint_for) {
            (true, None) => held.rows += 1,
            (true, Some(_)) => held.hints += 1,
            (false, _) => held.gone += 1,
        }
    }
}

fn pair(world: &World, one: UserId, other: UserId) -> Option<PairLook> {
    let register = world.register_view(&pair_register(one, other).ok()?);
    let replicas = register.replicas.iter().map(|(node, held)| Replica {
        node: *node,
        promised: held.promised,
        accepted: held
            .accepted
            .as_ref()
            .and_then(|(ballot, state)| Some((*ballot, decided(state, one, other)?))),
    });
    let side = |me, other| {
        let row = world.key_view(&side_key(me, other).ok()?);
        row.copies.iter().filter_map(|copy| written_down(&copy.versions)).max()
    };
    let last = register.last();
    Some(PairLook {
        one,
        other,
        replicas: replicas.collect(),
        last: last.and_then(|(state, _)| decided(state, one, other)),
        is_decided: last.is_some_and(|(_, is_decided)| is_decided),
        sides: [side(one, other), side(other, one)],
        owners: register.owners,
    })
}

fn add(sum: &mut Counters, more: &Counters) {
    sum.signed_up += more.signed_up;
    sum.logged_in += more.logged_in;
    sum.refused += more.refused;
    sum.too_often += more.too_often;
    sum.logged_out += more.logged_out;
    sum.checked += more.checked;
    sum.remembered += more.remembered;
    sum.decided += more.decided;
    sum.repaired += more.repaired;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::accounts::action::Fields;
    use ennead::accounts::{Ask as Of, Step, password_of};
    use ennead::services::Ask;
    use ennead::sim::{Fault, Options, Transition, cast};

    fn after(world: &mut World, seconds: u64) {
        let until = world.now() + Span::from_secs(seconds);
        world.run_until(until, u64::MAX);
    }

    fn ask(world: &mut World, at: u16, ask: Of) {
        world.apply(Transition::Ask { at: NodeId(at), ask: Ask::Accounts(ask) });
        after(world, 2);
    }

    #[test]
    fn a_person_is_seen_with_rows_sessions_and_a_pair_and_trust_ends_with_the_node() {
        let mut world = World::new(7, Options::gentle(5));
        let fields = Fields::default();
        assert!(!take(&world, &fields).is_peopled);
        ask(&mut world, 0, cast(CAST.len()));
        after(&mut world, 3);
        ask(&mut world, 1, Of::Step { me: UserId(5), other: UserId(2), step: Step::Befriend });
        ask(&mut world, 2, Of::LogIn { name: "ben".into(), password: password_of("ben") });
        let view = take(&world, &fields);
        assert!(view.is_peopled && view.people.len() == 8 && view.who == Some(UserId(2)));
        assert_eq!((view.count(Tie::Friends), view.count(Tie::Asked)), (15, 1));
        let abouts: Vec<About> = view.rows.iter().map(|row| row.about).collect();
        let kinds = [Kind::Profile, Kind::Device, Kind::Standing].map(About::User);
        assert_eq!(abouts, [&[About::Name], &kinds[..]].concat());
        let held = |row: &Row| row.held.values().map(|held| held.rows).sum::<usize>();
        assert_eq!(view.rows.iter().map(held).collect::<Vec<_>>(), [3, 3, 3, 12]);
        assert!(view.hash.is_some_and(|hash| hash.starts_with("$argon2id$")));
        let pair = view.pair.unwrap();
        assert!(pair.is_decided && pair.last.is_some_and(|is| is.theirs.wants && !is.mine.wants));
        assert!(pair.replicas.len() == 3 && pair.sides.iter().all(Option::is_some));
        let [session] = &view.sessions[..] else { panic!("{:?}", view.sessions) };
        assert!(session.is_open && session.opened_at == NodeId(2) && session.trusted.is_empty());

        let token = session.token.clone();
        world
            .apply(Transition::Ask { at: NodeId(3), ask: Ask::Accounts(Of::Check(token.clone())) });
        let until = world.now() + Span::from_millis(500);
        world.run_until(until, u64::MAX);
        let view = take(&world, &fields);
        assert_eq!(view.sessions[0].trusted.keys().collect::<Vec<_>>(), [&NodeId(3)]);
        assert_eq!((view.open, view.trusted, view.counters.checked), (1, 1, 1));
        world.apply(Transition::Fault(Fault::Kill(NodeId(3))));
        assert_eq!(take(&world, &fields).trusted, 0);
        ask(&mut world, 0, Of::LogOut(token));
        let view = take(&world, &fields);
        assert!(!view.sessions[0].is_open && view.open == 0 && view.tokens.is_empty());
    }
}
