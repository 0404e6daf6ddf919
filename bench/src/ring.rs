//! Look-up on a hash ring beside the crates `hashring` and `consistent_hash_ring`, each with the hash that it
//! comes with: SHA-1 here, SipHash and FNV there.

use ennead::ring::{HashRing, Member, NodeId, RingHash};
use std::hint::black_box;
use std::time::Instant;

const RUNS: usize = 9;
const KEYS: usize = 100_000;
const POINTS: u32 = 256;

/// One way to find the server of a key.
type Side<'a> = (&'static str, Box<dyn Fn(&str) -> u64 + 'a>);

/// A point of a server, as users of `hashring` make them.
#[derive(Clone, Hash)]
struct Point {
    server: u16,
    index: u32,
}

/// Prints the table.
pub(crate) fn run() {
    let keys: Vec<String> = (0..KEYS).map(|i| format!("user:{i}")).collect();
    println!(
        "ring, nanoseconds a look-up, {POINTS} points a server, {KEYS} keys, medians of {RUNS} runs in turns"
    );
    for servers in [10_u16, 100] {
        let mut ours = HashRing::new();
        let mut hashring = hashring::HashRing::new();
        let mut builder = consistent_hash_ring::RingBuilder::default().vnodes(POINTS as usize);
        for server in 0..servers {
            let member = Member::new(NodeId(server), &format!("server-{server}"));
            // Names, weights and points are in range by construction.
            let _ = ours.add_with_points(&member, POINTS);
            hashring.batch_add((0..POINTS).map(|index| Point { server, index }).collect());
            builder = builder.node(server);
        }
        let other = builder.build();
        let sides: [Side<'_>; 4] = [
            ("SHA-1 alone", Box::new(|key| RingHash::of_key(key.as_bytes()).prefix())),
            ("ennead", Box::new(|key| ours.owner(key.as_bytes()).map_or(0, |id| id.0.into()))),
            ("hashring", Box::new(|key| hashring.get(&key).map_or(0, |point| point.server.into()))),
            ("consistent_hash_ring", Box::new(|key| u64::from(*other.get(key)))),
        ];
        let mut times = vec![Vec::with_capacity(RUNS); sides.len()];
        for run in 0..=RUNS {
            for ((_, side), times) in sides.iter().zip(&mut times) {
                let began = Instant::now();
                for key in &keys {
                    black_box(side(black_box(key)));
                }
                let took = began.elapsed();
                // The first round warms up.
                if run > 0 {
                    times.push(took.as_secs_f64() * 1e9 / KEYS as f64);
                }
            }
        }
        let medians: Vec<f64> = times.iter_mut().map(|times| median(times)).collect();
        let ennead = medians[1];
        for ((name, _), (median, times)) in sides.iter().zip(medians.iter().zip(&times)) {
            println!(
                "{servers:>5} servers  {name:<22} {median:>7.1} ns ({:.1} to {:.1})  {:>5.2} of ennead's time",
                times[0],
                times[RUNS - 1],
                median / ennead
            );
        }
    }
}

pub(crate) fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
