//! `HashRing`.

use super::argument::{self, Fields};
use super::error::{ApiError, Result};
use ennead::ring::{
    HashRing as Ring, LayoutError, MAX_MEMBERS, MAX_WEIGHT, Member, NodeId, RingHash,
    spread_over_zones,
};
use serde::Serialize;
use std::fmt::Write as _;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Servers on a ring of hashes, by name.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct HashRing {
    ring: Ring,
    members: Vec<Member>,
}

#[derive(Serialize)]
struct Point<'a> {
    place: String,
    member: &'a str,
}

#[derive(Serialize)]
struct MemberOut<'a> {
    name: &'a str,
    weight: u16,
    zone: &'a str,
}

#[wasm_bindgen]
impl HashRing {
    /// A ring without members.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a member on the ring.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`, `MemberCount`, `MemberExists`, `MemberName`, `MemberWeight`.
    pub fn add(&mut self, name: &JsValue, options: &JsValue) -> core::result::Result<(), JsValue> {
        Ok(self.add_checked(name, options)?)
    }

    fn add_checked(&mut self, name: &JsValue, options: &JsValue) -> Result<()> {
        let name = argument::text("name", name)?;
        let fields = Fields::of("options", options, &["weight", "zone"])?;
        let most = u64::from(MAX_WEIGHT);
        let weight = fields.get("weight", |value| argument::narrow("weight", value, 1, most))?;
        let zone = fields.get("zone", |value| argument::text("zone", value))?;
        if self.members.len() >= MAX_MEMBERS {
            return Err(LayoutError::Count { got: MAX_MEMBERS + 1 }.into());
        }
        if self.members.iter().any(|member| member.name == name) {
            return Err(LayoutError::Duplicate { name }.into());
        }
        // There is always a free number: members are fewer than numbers.
        let is_free = |id: &NodeId| self.members.iter().all(|member| member.id != *id);
        let id = (0..=u16::MAX).map(NodeId).find(is_free).unwrap_or_default();
        let zone = zone.unwrap_or_default();
        let member = Member::new(id, &name).in_zone(&zone).weighing(weight.unwrap_or(1));
        self.ring.add(&member)?;
        self.members.push(member);
        Ok(())
    }

    /// Takes a member off the ring; whether it was there.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn remove(&mut self, name: &JsValue) -> core::result::Result<bool, JsValue> {
        let name = argument::text("name", name)?;
        let Some(i) = self.members.iter().position(|member| member.name == name) else {
            return Ok(false);
        };
        let member = self.members.remove(i);
        Ok(self.ring.remove(member.id))
    }

    /// The name of the member that a key belongs to; `undefined` on an empty ring.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn owner(&self, key: &JsValue) -> core::result::Result<Option<String>, JsValue> {
        let key = argument::bytes("key", key)?;
        Ok(self.ring.owner(&key).and_then(|id| self.name(id)).map(str::to_owned))
    }

    /// The names of the first `count` distinct members for a key, over as many zones as can be.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn owners(
        &self,
        key: &JsValue,
        count: &JsValue,
    ) -> core::result::Result<Vec<String>, JsValue> {
        let key = argument::bytes("key", key)?;
        let count: usize = argument::narrow("count", count, 0, MAX_MEMBERS as u64)?;
        let order = self.ring.distinct_clockwise(RingHash::of_key(&key), self.members.len());
        let zone = |id| self.member(id).map(|member| member.zone.as_str());
        let order = spread_over_zones(&order, zone);
        let names = order.into_iter().take(count).filter_map(|id| self.name(id));
        Ok(names.map(str::to_owned).collect())
    }

    /// Where a key stands: 40 hexadecimal digits.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn place(&self, key: &JsValue) -> core::result::Result<String, JsValue> {
        Ok(hex(&RingHash::of_key(&argument::bytes("key", key)?)))
    }

    /// The members in the order in which they came.
    ///
    /// # Errors
    /// None in practice.
    #[wasm_bindgen(getter)]
    pub fn members(&self) -> core::result::Result<JsValue, JsValue> {
        let members = self.members.iter().map(|member| MemberOut {
            name: &member.name,
            weight: member.weight,
            zone: &member.zone,
        });
        let members: Vec<MemberOut<'_>> = members.collect();
        Ok(serde_wasm_bindgen::to_value(&members).map_err(ApiError::from)?)
    }

    /// All points in ring order.
    ///
    /// # Errors
    /// None in practice.
    pub fn points(&self) -> core::result::Result<JsValue, JsValue> {
        let points =
            self.ring.points().iter().filter_map(|(place, id)| {
                Some(Point { place: hex(place), member: self.name(*id)? })
            });
        let points: Vec<Point<'_>> = points.collect();
        Ok(serde_wasm_bindgen::to_value(&points).map_err(ApiError::from)?)
    }

    fn member(&self, id: NodeId) -> Option<&Member> {
        self.members.iter().find(|member| member.id == id)
    }

    fn name(&self, id: NodeId) -> Option<&str> {
        self.member(id).map(|member| member.name.as_str())
    }
}

fn hex(place: &RingHash) -> String {
    place.0.iter().fold(String::with_capacity(40), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a string cannot fail
        text
    })
}
