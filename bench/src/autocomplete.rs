//! The five best of a prefix beside the crate `fst`, a map of a million sorted keys in which a prefix is walked
//! and the best are kept: what a look-up costs if nothing is kept ready.

use crate::ring::median;
use ennead::autocomplete::{Builder, Ranked, Snapshot};
use ennead::base::Random;
use fst::{Automaton, IntoStreamer, Map, MapBuilder, Streamer, automaton::Str};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

const RUNS: usize = 5;
const QUERIES: usize = 1_000_000;
const PREFIXES: usize = 2_000;
const BEST: usize = 5;
const SYLLABLES: [&str; 24] = [
    "ka", "to", "mi", "ra", "ne", "shi", "lo", "ver", "tan", "del", "po", "wi", "gre", "ham",
    "sto", "lin", "ber", "qua", "zen", "fu", "ja", "ki", "ya", "ox",
];

/// Made-up queries of one to four words, some words far more often than others.
fn queries(random: &mut Random) -> BTreeMap<String, u64> {
    let word = |random: &mut Random| -> String {
        (0..=random.below(4)).map(|_| SYLLABLES[random.index(SYLLABLES.len())]).collect()
    };
    let words: Vec<String> = (0..20_000).map(|_| word(random)).collect();
    let mut queries = BTreeMap::new();
    while queries.len() < QUERIES {
        let least = |random: &mut Random| (0..3).map(|_| random.index(words.len())).min();
        let query: Vec<&str> = (0..=random.below(4))
            .filter_map(|_| least(random).map(|i| words[i].as_str()))
            .collect();
        let count = 1 + 1_000_000 / (1 + random.below(1_000_000));
        queries.insert(query.join(" "), count);
    }
    queries
}

fn of_snapshot(snapshot: &Snapshot, prefix: &str) -> Vec<(u64, String)> {
    let mut found: Vec<Ranked<'_>> = Vec::new();
    snapshot.best(prefix, |_| true, &mut found);
    found.iter().take(BEST).map(|one| (one.score, one.key.to_owned())).collect()
}

fn of_fst(map: &Map<Vec<u8>>, prefix: &str) -> Vec<(u64, String)> {
    let mut best: Vec<(u64, String)> = Vec::with_capacity(BEST + 1);
    let mut stream = map.search(Str::new(prefix).starts_with()).into_stream();
    while let Some((key, count)) = stream.next() {
        // Keys come in order, so that of equal counts the earlier stays ahead.
        if best.len() < BEST || best.last().is_some_and(|last| count > last.0) {
            let place = best.partition_point(|one| one.0 >= count);
            best.insert(place, (count, String::from_utf8_lossy(key).into_owned()));
            best.truncate(BEST);
        }
    }
    best
}

/// Prints the table.
pub(crate) fn run() {
    let mut random = Random::new(13);
    let queries = queries(&mut random);
    let seconds = |began: Instant| began.elapsed().as_secs_f64();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let (mut snapshot, mut map) = (Snapshot::default(), None);
    for _ in 0..RUNS {
        let began = Instant::now();
        let mut builder = Builder::new();
        for (key, &count) in &queries {
            // Keys are short, and come in order.
            let _ = builder.push(key, count, false);
        }
        snapshot = builder.finish();
        ours.push(seconds(began));
        let began = Instant::now();
        let mut builder = MapBuilder::memory();
        for (key, &count) in &queries {
            let _ = builder.insert(key, count);
        }
        map = builder.into_inner().ok().and_then(|bytes| Map::new(bytes).ok());
        theirs.push(seconds(began));
    }
    let Some(map) = map else {
        println!("autocomplete: fst could not build its map");
        return;
    };
    let each = |bytes: usize| bytes as f64 / QUERIES as f64;
    let (built, other) = (median(&mut ours), median(&mut theirs));
    println!("autocomplete, {QUERIES} sorted queries, medians of {RUNS} runs in turns");
    println!(
        "  build    ennead {built:.2} s, {:.1} bytes a query   fst {other:.2} s, {:.1} bytes a query   ratio {:.2}",
        each(usize::try_from(snapshot.bytes()).unwrap_or(usize::MAX)),
        each(map.as_fst().size()),
        other / built
    );
    for length in [1, 2, 3, 5, 8] {
        let prefixes: Vec<String> = (0..PREFIXES)
            .map(|_| snapshot.key(random.index(snapshot.len())).chars().take(length).collect())
            .collect();
        // The peer walks a whole prefix: few are enough.
        let few = &prefixes[..if length < 3 { 20 } else { PREFIXES / 4 }];
        for prefix in few {
            assert_eq!(of_snapshot(&snapshot, prefix), of_fst(&map, prefix), "for {prefix:?}");
        }
        let timed = |prefixes: &[String], look: &dyn Fn(&str) -> Vec<(u64, String)>| {
            let began = Instant::now();
            for prefix in prefixes {
                black_box(look(black_box(prefix)));
            }
            seconds(began) * 1e9 / prefixes.len() as f64
        };
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            ours.push(timed(&prefixes, &|prefix| of_snapshot(&snapshot, prefix)));
            theirs.push(timed(few, &|prefix| of_fst(&map, prefix)));
        }
        let (ours, theirs) = (median(&mut ours), median(&mut theirs));
        println!(
            "  look-up  {length} characters: ennead {ours:>8.0} ns   fst {theirs:>12.0} ns   ratio {:>10.1}",
            theirs / ours
        );
    }
}
