//! How a cluster begins: who its members are is agreed once, before there is a store to agree in.
//!
//! Every node is given the peer addresses of all others (`--join`). The one with the lowest address
//! is the founder. When it has heard from all of them that they have no cluster yet, it draws the
//! cluster's number and numbers the members by address; the others take that over. Whoever has a
//! founding tells it to everyone who asks, so a node that lost its data finds its place again, and
//! no second cluster can be founded while a single member of the first one is reachable and
//! needed.
//!
//! This file decides and does no I/O; `peers.rs` carries the greetings.

use super::error::{HelloError, HostError};
use crate::kv::Config;
use crate::ring::{Layout, LayoutError, Member, NodeId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// The first four bytes of every greeting: "ENND".
pub const MAGIC: u32 = 0x454E_4E44;

/// A member and where its peers reach it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Who.
    pub member: Member,
    /// Its peer address.
    pub peer: SocketAddr,
}

/// What the members agreed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Founding {
    /// The cluster's number, drawn at random.
    pub cluster: u64,
    /// The members in the order of their numbers.
    pub seats: Vec<Seat>,
}

impl Founding {
    /// The layout that follows from it.
    ///
    /// # Errors
    /// [`LayoutError`] if the members do not make one.
    pub fn layout(&self) -> Result<Layout, LayoutError> {
        Layout::founding(self.seats.iter().map(|seat| seat.member.clone()).collect())
    }

    /// Checks a founding that came from outside.
    ///
    /// # Errors
    /// As [`Founding::layout`].
    pub fn check(&self) -> Result<(), LayoutError> {
        self.layout().map(drop)
    }

    /// A member by name.
    #[must_use]
    pub fn seat(&self, name: &str) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.member.name == name)
    }

    /// The name of a member.
    #[must_use]
    pub fn name(&self, id: NodeId) -> &str {
        let seat = self.seats.iter().find(|seat| seat.member.id == id);
        seat.map_or("?", |seat| seat.member.name.as_str())
    }

    /// The members' names, for messages.
    #[must_use]
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.seats.iter().map(|seat| seat.member.name.as_str()).collect();
        names.join(", ")
    }
}

/// Who a node says it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introduction {
    /// Its name.
    pub name: String,
    /// Its zone, empty if unknown.
    pub zone: String,
    /// Its weight.
    pub weight: u16,
    /// Its peer address.
    pub peer: SocketAddr,
    /// Where it answers HTTP.
    pub http: SocketAddr,
    /// Where it answers RESP.
    pub resp: SocketAddr,
}

/// The first frame of a connection between nodes, in both directions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`MAGIC`].
    pub magic: u32,
    /// Who speaks.
    pub me: Introduction,
    /// The peer addresses of all nodes that it knows of, its own among them, while it has no
    /// founding.
    pub everyone: BTreeSet<SocketAddr>,
    /// What it knows of the founding.
    pub founding: Option<Founding>,
    /// What its operator chose, once it serves.
    pub config: Option<Config>,
}

impl Hello {
    /// Checks that the other side is a member of the cluster that this node belongs to.
    ///
    /// # Errors
    /// [`HelloError`].
    pub fn check_member(&self, ours: &Founding) -> Result<(), HelloError> {
        if self.magic != MAGIC {
            return Err(HelloError::Magic);
        }
        let peer = self.me.name.clone();
        if let Some(got) = self.founding.as_ref().map(|theirs| theirs.cluster)
            && got != ours.cluster
        {
            return Err(HelloError::OtherCluster { peer, got, expected: ours.cluster });
        }
        match ours.seat(&self.me.name) {
            Some(seat) if seat.peer == self.me.peer => Ok(()),
            _ => Err(HelloError::NotMember { peer, members: ours.names() }),
        }
    }
}

impl Hello {
    /// Checks that the other side was started with the same choices as this node. Two that were
    /// not go on: each request has the quorums of the node that was asked.
    ///
    /// # Errors
    /// [`HelloError::OtherConfig`].
    pub fn check_config(&self, ours: &Config) -> Result<(), HelloError> {
        match &self.config {
            Some(theirs) if theirs != ours => {
                let words = |config: &Config| {
                    let or_majority = |quorum: Option<u8>| match quorum {
                        Some(quorum) => quorum.to_string(),
                        None => "majority".to_owned(),
                    };
                    let (w, r) = (or_majority(config.write), or_majority(config.read));
                    format!("n={} w={w} r={r} {:?}", config.copies, config.quorum)
                };
                let (peer, got, expected) = (self.me.name.clone(), words(theirs), words(ours));
                Err(HelloError::OtherConfig { peer, got, expected })
            }
            _ => Ok(()),
        }
    }
}

/// A node that has no cluster yet, and what it has heard.
#[derive(Debug)]
pub struct Gathering {
    me: Introduction,
    everyone: BTreeSet<SocketAddr>,
    heard: BTreeMap<SocketAddr, Introduction>,
}

impl Gathering {
    /// A node that knows of these others.
    #[must_use]
    pub fn new(me: Introduction, others: &[SocketAddr]) -> Self {
        let mut everyone: BTreeSet<SocketAddr> = others.iter().copied().collect();
        everyone.insert(me.peer);
        Self { heard: BTreeMap::from([(me.peer, me.clone())]), me, everyone }
    }

    /// What it says to others.
    #[must_use]
    pub fn hello(&self) -> Hello {
        let (me, everyone) = (self.me.clone(), self.everyone.clone());
        Hello { magic: MAGIC, me, everyone, founding: None, config: None }
    }

    /// Whether the founding is this node's to make.
    #[must_use]
    pub fn is_founder(&self) -> bool {
        self.everyone.first() == Some(&self.me.peer)
    }

    /// The peer addresses that have not been heard from.
    #[must_use]
    pub fn missing(&self) -> Vec<SocketAddr> {
        let missing = self.everyone.iter().filter(|peer| !self.heard.contains_key(peer));
        missing.copied().collect()
    }

    /// Takes in a greeting. The founding, if the other node has one that this node belongs to.
    ///
    /// # Errors
    /// [`HelloError`] if the two do not fit each other, [`HostError::NotMember`] if the other
    /// belongs to a cluster that this node is no member of.
    pub fn handle_hello(&mut self, hello: &Hello) -> Result<Option<Founding>, HostError> {
        if hello.magic != MAGIC {
            return Err(HelloError::Magic.into());
        }
        let peer = hello.me.name.clone();
        if let Some(founding) = &hello.founding {
            founding.check()?;
            let mine = founding.seat(&self.me.name).filter(|seat| seat.peer == self.me.peer);
            if mine.is_some() {
                return Ok(Some(founding.clone()));
            }
            // The addresses given by --join are what the operator meant; others may be chance.
            if self.everyone.contains(&hello.me.peer) {
                return Err(HostError::NotMember {
                    name: self.me.name.clone(),
                    address: self.me.peer,
                    cluster: founding.cluster,
                    members: founding.names(),
                });
            }
            return Err(HelloError::NotMember { peer, members: founding.names() }.into());
        }
        if hello.me.name == self.me.name {
            return Err(HelloError::SameName { peer, address: hello.me.peer }.into());
        }
        if hello.everyone != self.everyone {
            let (got, expected) = (list(&hello.everyone), list(&self.everyone));
            return Err(HelloError::OtherMembers { peer, got, expected }.into());
        }
        self.heard.insert(hello.me.peer, hello.me.clone());
        Ok(None)
    }

    /// The founding, if it is this node's to make and all have been heard.
    ///
    /// # Errors
    /// [`HostError::Layout`] if the members do not make a layout, [`HostError::System`] without
    /// entropy.
    pub fn found(
        &self,
        draw: impl FnOnce() -> Result<u64, HostError>,
    ) -> Result<Option<Founding>, HostError> {
        if !self.is_founder() || !self.missing().is_empty() {
            return Ok(None);
        }
        let seats = (0..).zip(self.heard.values()).map(|(id, node)| Seat {
            member: Member {
                id: NodeId(id),
                name: node.name.clone(),
                zone: node.zone.clone(),
                weight: node.weight,
            },
            peer: node.peer,
        });
        let founding = Founding { cluster: draw()?, seats: seats.collect() };
        founding.check()?;
        Ok(Some(founding))
    }
}

fn list(addresses: &BTreeSet<SocketAddr>) -> String {
    addresses.iter().map(SocketAddr::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    fn node(name: &str, port: u16) -> Introduction {
        Introduction {
            name: name.to_owned(),
            zone: String::new(),
            weight: 1,
            peer: address(port),
            http: address(port + 1000),
            resp: address(port + 2000),
        }
    }

    fn gathering(i: u16) -> Gathering {
        let others: Vec<SocketAddr> =
            (1..=3).filter(|&j| j != i).map(|j| address(7100 + j)).collect();
        Gathering::new(node(&format!("n{i}"), 7100 + i), &others)
    }

    fn founded() -> Founding {
        let mut first = gathering(1);
        for i in 2..=3 {
            assert_eq!(first.found(|| Ok(7)).unwrap(), None);
            first.handle_hello(&gathering(i).hello()).unwrap();
        }
        first.found(|| Ok(7)).unwrap().unwrap()
    }

    #[test]
    fn the_lowest_address_founds_once_it_has_heard_from_all() {
        let founding = founded();
        let numbers: Vec<(u16, &str)> =
            founding.seats.iter().map(|s| (s.member.id.0, s.member.name.as_str())).collect();
        assert_eq!((founding.cluster, numbers), (7, vec![(0, "n1"), (1, "n2"), (2, "n3")]));
        let mut second = gathering(2);
        second.handle_hello(&gathering(1).hello()).unwrap();
        second.handle_hello(&gathering(3).hello()).unwrap();
        assert_eq!(second.found(|| Ok(8)).unwrap(), None, "not the founder");
    }

    #[test]
    fn a_node_without_peers_founds_a_cluster_of_one() {
        let alone = Gathering::new(node("n1", 7101), &[]);
        assert_eq!(alone.found(|| Ok(1)).unwrap().unwrap().seats.len(), 1);
    }

    #[test]
    fn a_wiped_founder_takes_the_founding_from_any_peer() {
        let mut hello = gathering(3).hello();
        hello.founding = Some(founded());
        assert_eq!(gathering(1).handle_hello(&hello).unwrap(), Some(founded()));
    }

    #[test]
    fn strangers_and_namesakes_are_refused_in_words() {
        let mut hello = gathering(3).hello();
        hello.founding = Some(founded());
        let mut stranger = Gathering::new(node("n9", 7109), &[address(7103)]);
        let refused = stranger.handle_hello(&hello).unwrap_err();
        assert!(matches!(refused, HostError::NotMember { cluster: 7, .. }), "{refused}");

        let namesake = Gathering::new(node("n1", 7102), &[address(7101), address(7103)]);
        let refused = gathering(1).handle_hello(&namesake.hello()).unwrap_err();
        assert!(matches!(refused, HostError::Hello(HelloError::SameName { .. })), "{refused}");

        let pair = Gathering::new(node("n2", 7102), &[address(7101)]);
        let refused = gathering(1).handle_hello(&pair.hello()).unwrap_err();
        assert!(matches!(refused, HostError::Hello(HelloError::OtherMembers { .. })), "{refused}");
    }

    #[test]
    fn a_member_is_known_by_name_address_and_cluster() {
        let ours = founded();
        let mut hello = gathering(2).hello();
        assert_eq!(hello.check_member(&ours), Ok(()), "wiped, but a member");
        hello.founding = Some(Founding { cluster: 8, ..founded() });
        assert!(matches!(hello.check_member(&ours), Err(HelloError::OtherCluster { got: 8, .. })));
        hello.founding = None;
        hello.me.name = "n9".to_owned();
        assert!(matches!(hello.check_member(&ours), Err(HelloError::NotMember { .. })));
        assert_eq!(hello.check_config(&Config::default()), Ok(()), "not said yet");
        hello.config = Some(Config { write: Some(1), ..Config::default() });
        assert!(matches!(
            hello.check_config(&Config::default()),
            Err(HelloError::OtherConfig { got, .. }) if got == "n=3 w=1 r=majority Sloppy"
        ));
        hello.magic = 0;
        assert_eq!(hello.check_member(&ours), Err(HelloError::Magic));
    }
}
