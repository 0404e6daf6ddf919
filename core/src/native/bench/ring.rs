//! The hash ring: how evenly it spreads, what it moves beside modulo placement, how fast it looks up.

use super::{Bench, RUNS, least_median_most};
use crate::ring::{HashRing, Member, Modulo, Movement, NodeId, ONE, RingHash};
use serde_json::json;
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

/// Rings of each kind: one alone may be lucky.
const RINGS: u64 = 20;
/// Keys whose movement is counted.
const KEYS: u32 = 100_000;
const SERVERS: [u16; 2] = [10, 100];
const POINTS: [u32; 7] = [16, 32, 64, 128, 256, 512, 1_000];

fn members(set: u64, servers: u16) -> impl Iterator<Item = Member> {
    (0..servers).map(move |i| Member::new(NodeId(i), &format!("set-{set}-server-{i}")))
}

fn ring(set: u64, servers: u16, points: u32) -> HashRing {
    let mut ring = HashRing::new();
    for member in members(set, servers) {
        // Names, weights and numbers are in range by construction.
        let _ = ring.add_with_points(&member, points);
    }
    ring
}

fn keys() -> impl Iterator<Item = [u8; 4]> {
    (0..KEYS).map(u32::to_be_bytes)
}

/// Whether the ring moved no key that need not move.
pub(super) fn run(arguments: &Bench, out: &mut impl Write) -> std::io::Result<bool> {
    spread(arguments, out)?;
    let is_least = movement(arguments, out)?;
    look_up(arguments, out)?;
    Ok(is_least)
}

#[allow(clippy::cast_precision_loss)] // for people
fn parts(millionths: u64) -> f64 {
    millionths as f64 / ONE as f64
}

fn spread(arguments: &Bench, out: &mut impl Write) -> std::io::Result<()> {
    if !arguments.json {
        writeln!(out, "ring, spread over exact arcs, means of {RINGS} rings, weights equal:")?;
        writeln!(
            out,
            "{:>8} {:>7} {:>16} {:>15} {:>6} {:>10} {:>10}",
            "servers", "points", "deviation/mean", "1/sqrt(points)", "ratio", "peak/mean", "worst"
        )?;
    }
    for servers in SERVERS {
        for points in POINTS {
            let spreads: Vec<_> =
                (0..RINGS).map(|set| ring(set, servers, points).spread()).collect();
            let deviation = parts(spreads.iter().map(|s| s.deviation()).sum::<u64>() / RINGS);
            let peak = parts(spreads.iter().map(|s| s.peak()).sum::<u64>() / RINGS);
            let worst = parts(spreads.iter().map(|s| s.peak()).max().unwrap_or(0));
            let expected = 1.0 / f64::from(points).sqrt();
            let ratio = deviation / expected;
            if arguments.json {
                let object = json!({"bench": "ring", "servers": servers, "points": points,
                    "deviation": deviation, "expected": expected, "peak": peak, "worst": worst});
                writeln!(out, "{object}")?;
            } else {
                writeln!(
                    out,
                    "{servers:>8} {points:>7} {:>14.2} % {:>13.2} % {ratio:>6.2} {peak:>10.3} {worst:>10.3}",
                    deviation * 100.0,
                    expected * 100.0,
                )?;
            }
        }
    }
    Ok(())
}

fn movement(arguments: &Bench, out: &mut impl Write) -> std::io::Result<bool> {
    let mut is_least = true;
    if !arguments.json {
        writeln!(
            out,
            "ring, {KEYS} keys, 256 points a server: keys moved over the least possible"
        )?;
        writeln!(
            out,
            "{:>8} {:>7} {:>10} {:>10} {:>14} {:>14}",
            "servers", "change", "ring", "modulo", "ring/least", "modulo/least"
        )?;
    }
    for servers in [4, 10, 100] {
        let all = ring(0, servers, 256);
        let row = Modulo::new((0..servers).map(NodeId).collect());
        let (mut fewer, mut shorter) = (all.clone(), row.clone());
        // One in the middle, so that modulo has no luck.
        fewer.remove(NodeId(servers / 2));
        shorter.remove(NodeId(servers / 2));
        let leave = Movement::between(keys(), |key| all.owner(key), |key| fewer.owner(key));
        let join = Movement::between(keys(), |key| fewer.owner(key), |key| all.owner(key));
        let row_leave = Movement::between(keys(), |key| row.owner(key), |key| shorter.owner(key));
        let row_join = Movement::between(keys(), |key| shorter.owner(key), |key| row.owner(key));
        for (change, of_ring, of_row) in [("leave", leave, row_leave), ("join", join, row_join)] {
            is_least &= of_ring.ratio() == Some(ONE);
            let ratio = |movement: &Movement| movement.ratio().map_or(f64::NAN, parts);
            if arguments.json {
                let object = json!({"bench": "ring", "servers": servers, "change": change,
                    "keys": KEYS, "moved": of_ring.moved(), "moved_by_modulo": of_row.moved(),
                    "over_least": ratio(&of_ring), "modulo_over_least": ratio(&of_row)});
                writeln!(out, "{object}")?;
            } else {
                writeln!(
                    out,
                    "{servers:>8} {change:>7} {:>10} {:>10} {:>14.2} {:>14.2}",
                    of_ring.moved(),
                    of_row.moved(),
                    ratio(&of_ring),
                    ratio(&of_row)
                )?;
            }
        }
    }
    Ok(is_least)
}

/// Nanoseconds a key, medians of [`RUNS`]: the hash alone, the ring, modulo.
fn look_up(arguments: &Bench, out: &mut impl Write) -> std::io::Result<()> {
    const ROUNDS: u32 = 5;
    let keys: Vec<String> = (0..KEYS).map(|i| format!("user:{i}")).collect();
    let timed = |look: &dyn Fn(&[u8]) -> u64| {
        let runs = (0..RUNS).map(|_| {
            let began = Instant::now();
            for _ in 0..ROUNDS {
                for key in &keys {
                    black_box(look(black_box(key.as_bytes())));
                }
            }
            began.elapsed().as_secs_f64() * 1e9 / f64::from(KEYS * ROUNDS)
        });
        least_median_most(runs.collect())
    };
    let told = |out: &mut dyn Write, name: &str, servers: u16, (least, median, most)| {
        if arguments.json {
            let nanos: [f64; 3] = [least, median, most];
            let object = json!({"bench": "ring", "look_up": name, "servers": servers,
                "nanoseconds": {"least": nanos[0], "median": nanos[1], "most": nanos[2]}});
            writeln!(out, "{object}")
        } else {
            writeln!(
                out,
                "ring, look-up {name:<12} {servers:>4} servers: {median:>6.1} ns a key \
                 ({least:.1} to {most:.1} in {RUNS} runs)"
            )
        }
    };
    told(out, "SHA-1 alone", 0, timed(&|key| RingHash::of_key(key).prefix()))?;
    for servers in SERVERS {
        let ring = ring(0, servers, 256);
        let row = Modulo::new((0..servers).map(NodeId).collect());
        let number = |id: Option<NodeId>| id.map_or(0, |id| u64::from(id.0));
        told(out, "ring", servers, timed(&|key| number(ring.owner(key))))?;
        told(out, "modulo", servers, timed(&|key| number(row.owner(key))))?;
    }
    Ok(())
}
