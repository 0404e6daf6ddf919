//! `HashRing`.

use super::argument::{self, Fields};
use super::error::{ApiError, Result};
use ennead::ring::{
    HashRing as Ring, LayoutError, MAX_MEMBERS, MAX_POINTS, MAX_WEIGHT, Member, Modulo,
    Movement as Moved, NodeId, ONE, POINTS_PER_WEIGHT, RingHash,
};
use js_sys::Array;
use serde::Serialize;
use std::fmt::Write as _;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Servers on a ring of hashes, by name.
#[wasm_bindgen]
#[derive(Debug)]
pub struct HashRing {
    ring: Ring,
    /// Points of a member for each unit of its weight.
    points: u32,
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Spread<'a> {
    peak: f64,
    deviation: f64,
    members: Vec<Share<'a>>,
}

#[derive(Serialize)]
struct Share<'a> {
    name: &'a str,
    share: f64,
    relative: f64,
}

#[derive(Serialize)]
struct Movement<'a> {
    keys: u64,
    moved: u64,
    least: u64,
    ratio: Option<f64>,
    flows: Vec<Flow<'a>>,
    modulo: Cost,
}

#[derive(Serialize)]
struct Cost {
    moved: u64,
    least: u64,
    ratio: Option<f64>,
}

#[derive(Serialize)]
struct Flow<'a> {
    from: &'a str,
    to: &'a str,
    keys: u64,
}

#[allow(clippy::cast_precision_loss)] // far below 2^53
fn ratio(millionths: u64) -> f64 {
    millionths as f64 / ONE as f64
}

impl Cost {
    fn of(moved: &Moved) -> Self {
        Self { moved: moved.moved(), least: moved.least(), ratio: moved.ratio().map(ratio) }
    }
}

#[wasm_bindgen]
impl HashRing {
    /// A ring without members.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> core::result::Result<HashRing, JsValue> {
        let fields = Fields::of("options", options, &["points"])?;
        let most = u64::from(MAX_POINTS);
        let points = fields.get("points", |value| argument::narrow("points", value, 1, most))?;
        Ok(Self { ring: Ring::new(), points: points.unwrap_or(POINTS_PER_WEIGHT) })
    }

    /// Another ring of the same members.
    #[wasm_bindgen(js_name = clone)]
    #[must_use]
    pub fn copy(&self) -> Self {
        Self { ring: self.ring.clone(), points: self.points }
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
        if self.ring.members().len() >= MAX_MEMBERS {
            return Err(LayoutError::Count { got: MAX_MEMBERS + 1 }.into());
        }
        // There is always a free number: members are fewer than numbers.
        let is_free = |id: &NodeId| self.ring.members().iter().all(|member| member.id != *id);
        let id = (0..=u16::MAX).map(NodeId).find(is_free).unwrap_or_default();
        let zone = zone.unwrap_or_default();
        let member = Member::new(id, &name).in_zone(&zone).weighing(weight.unwrap_or(1));
        Ok(self.ring.add_with_points(&member, self.points)?)
    }

    /// Takes a member off the ring; whether it was there.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn remove(&mut self, name: &JsValue) -> core::result::Result<bool, JsValue> {
        let name = argument::text("name", name)?;
        let id = self.ring.members().iter().find(|member| member.name == name).map(|m| m.id);
        Ok(id.is_some_and(|id| self.ring.remove(id)))
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
        let replicas = self.ring.replicas(&key, count).into_iter();
        Ok(replicas.filter_map(|id| self.name(id)).map(str::to_owned).collect())
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
        let members = self.ring.members().iter().map(|member| MemberOut {
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

    /// The member that modulo placement gives a key to: `hash(key) % members`, counted in the order in
    /// which they came. `undefined` on an empty ring.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn modulo(&self, key: &JsValue) -> core::result::Result<Option<String>, JsValue> {
        let key = argument::bytes("key", key)?;
        Ok(self.row().owner(&key).and_then(|id| self.name(id)).map(str::to_owned))
    }

    /// How evenly the ring is spread, exactly.
    ///
    /// # Errors
    /// None in practice.
    #[allow(clippy::cast_precision_loss)] // parts of 2^64 as parts of 1
    pub fn spread(&self) -> core::result::Result<JsValue, JsValue> {
        let spread = self.ring.spread();
        let total = (spread.total() as f64).max(1.0);
        let members = spread.loads().iter().filter_map(|load| {
            let share = load.load as f64 / total;
            Some(Share { name: self.name(load.id)?, share, relative: ratio(spread.relative(load)) })
        });
        let spread = Spread {
            peak: ratio(spread.peak()),
            deviation: ratio(spread.deviation()),
            members: members.collect(),
        };
        Ok(serde_wasm_bindgen::to_value(&spread).map_err(ApiError::from)?)
    }

    /// Which of these keys move when this ring becomes another, beside modulo placement.
    ///
    /// # Errors
    /// Thrown: `InvalidArgument`.
    pub fn movement(
        &self,
        after: &HashRing,
        keys: &JsValue,
    ) -> core::result::Result<JsValue, JsValue> {
        let movement = self.movement_checked(after, keys)?;
        Ok(serde_wasm_bindgen::to_value(&movement).map_err(ApiError::from)?)
    }

    fn movement_checked<'a>(&'a self, after: &'a Self, keys: &JsValue) -> Result<Movement<'a>> {
        if !Array::is_array(keys) {
            return Err(ApiError::argument("keys", keys, "an array of strings or Uint8Arrays"));
        }
        let keys: Vec<Vec<u8>> = Array::from(keys)
            .iter()
            .map(|key| argument::bytes("keys", &key))
            .collect::<Result<_>>()?;
        // Members are the same if their names are: the rings may number them differently.
        let mut names: Vec<&str> = Vec::new();
        for member in self.ring.members().iter().chain(after.ring.members()) {
            if !names.contains(&member.name.as_str()) {
                names.push(&member.name);
            }
        }
        let number = |ring: &Self, id: Option<NodeId>| {
            let name = ring.name(id?)?;
            u16::try_from(names.iter().position(|other| *other == name)?).ok().map(NodeId)
        };
        let (row, row_after) = (self.row(), after.row());
        let of_ring = Moved::between(
            &keys,
            |key| number(self, self.ring.owner(key)),
            |key| number(after, after.ring.owner(key)),
        );
        let of_row = Moved::between(
            &keys,
            |key| number(self, row.owner(key)),
            |key| number(after, row_after.owner(key)),
        );
        let name = |id: NodeId| names.get(id.index()).copied().unwrap_or_default();
        let flows = of_ring.flows.iter().map(|(&(from, to), &keys)| Flow {
            from: name(from),
            to: name(to),
            keys,
        });
        let Cost { moved, least, ratio } = Cost::of(&of_ring);
        Ok(Movement {
            keys: of_ring.keys,
            moved,
            least,
            ratio,
            flows: flows.collect(),
            modulo: Cost::of(&of_row),
        })
    }

    fn row(&self) -> Modulo {
        Modulo::new(self.ring.members().iter().map(|member| member.id).collect())
    }

    fn member(&self, id: NodeId) -> Option<&Member> {
        self.ring.members().iter().find(|member| member.id == id)
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
