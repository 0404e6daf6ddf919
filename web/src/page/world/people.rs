//! The people of the world, whom several pages show.

use crate::page::snapshot::Snapshot;
use ennead::accounts::{Standing, decided, pair_register};
use ennead::port::UserId;
use ennead::services::Ask;
use ennead::sim::{CAST, CAST_FRIENDS, Transition, World, cast};

/// What a world with people begins with: all of them have accounts and friends.
pub(crate) fn begin(snapshot: &Snapshot) -> Vec<Transition> {
    let ask = Ask::Accounts(cast(CAST.len()));
    snapshot.nodes_up().next().map(|at| Transition::Ask { at, ask }).into_iter().collect()
}

/// Somebody's name, with a capital.
pub(crate) fn name(user: UserId) -> String {
    let known = CAST.iter().find(|&&(_, id)| id == user);
    known.map_or_else(|| user.to_string(), |&(name, _)| with_capital(name))
}

/// A name with a capital.
pub(crate) fn with_capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        std::iter::once(first.to_ascii_uppercase()).chain(letters).collect()
    })
}

/// Who of the cast are friends now, or will be as soon as they are there.
pub(crate) fn friendships(world: &World) -> Vec<(UserId, UserId)> {
    let cast: Vec<UserId> = CAST.iter().map(|&(_, user)| user).collect();
    let bonds = bonds(world, &cast);
    if bonds.is_empty() {
        return CAST_FRIENDS.map(|(one, other)| (UserId(one), UserId(other))).into();
    }
    let friends = bonds.into_iter().filter(|bond| bond.tie == Tie::Friends);
    friends.map(|bond| (bond.one, bond.other)).collect()
}

/// The friends of somebody, of these friendships.
pub(crate) fn friends(
    friendships: &[(UserId, UserId)],
    user: UserId,
) -> impl Iterator<Item = UserId> {
    friendships.iter().filter_map(move |&(one, other)| match user {
        id if id == one => Some(other),
        id if id == other => Some(one),
        _ => None,
    })
}

/// What binds two people, or keeps them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tie {
    /// Both want to be friends.
    Friends,
    /// The first has asked the second.
    Asked,
    /// The first has blocked the second.
    Blocked,
}

/// Two people who have to do with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bond {
    /// Whoever asked or blocked; of friends the one with the lower number.
    pub(crate) one: UserId,
    /// The other.
    pub(crate) other: UserId,
    /// What it is.
    pub(crate) tie: Tie,
}

impl Bond {
    /// What binds two by the standing of the first; none if they have nothing to do with each other.
    pub(crate) const fn of(one: UserId, other: UserId, is: &Standing) -> Option<Self> {
        let (tie, is_first) = match (is.mine, is.theirs) {
            (mine, _) if mine.blocks => (Tie::Blocked, true),
            (_, theirs) if theirs.blocks => (Tie::Blocked, false),
            (mine, theirs) if mine.wants && theirs.wants => (Tie::Friends, true),
            (mine, _) if mine.wants => (Tie::Asked, true),
            (_, theirs) if theirs.wants => (Tie::Asked, false),
            _ => return None,
        };
        let (one, other) = if is_first { (one, other) } else { (other, one) };
        Some(Self { one, other, tie })
    }
}

/// What binds these people to each other, as their registers have it. O(pairs).
pub(crate) fn bonds(world: &World, people: &[UserId]) -> Vec<Bond> {
    let pairs = people.iter().enumerate().flat_map(|(number, &one)| {
        people[number + 1..].iter().map(move |&other| (one.min(other), one.max(other)))
    });
    let bond = |(one, other)| {
        let register = world.register_view(&pair_register(one, other).ok()?);
        Bond::of(one, other, &decided(register.last()?.0, one, other)?)
    };
    pairs.filter_map(bond).collect()
}
