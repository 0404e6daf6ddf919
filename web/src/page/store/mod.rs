//! The page *Store*: the ring, its nodes, a key and its copies.

pub(crate) mod cluster;
pub(crate) mod facts;
pub(crate) mod geometry;
pub(crate) mod inspector;
pub(crate) mod keyfacts;
pub(crate) mod legend;
pub(crate) mod marks;
pub(crate) mod node;
pub(crate) mod nodefacts;
pub(crate) mod stage;
pub(crate) mod verbs;
