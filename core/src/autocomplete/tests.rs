use super::calendar::{calendar, most};
use super::log::{Batch, Head, LogId};
use super::query::{fold, fold_prefix, prefixes, show};
use super::state::State;
use super::*;
use crate::base::{Instant, Span, Wall};
use crate::ring::NodeId;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use proptest::prelude::*;

/// All that an index does, in the plainest way.
#[derive(Clone, Debug, Default)]
struct Model {
    scores: BTreeMap<String, u64>,
    blocked: Vec<String>,
}

impl Model {
    fn record(&mut self, query: &str, times: u64, period: Period) {
        *self.scores.entry(fold(query).unwrap()).or_default() += times << period;
    }

    fn suggest(&self, typed: &str, limit: usize, now: Period) -> Vec<Suggestion> {
        let prefixes = prefixes(&fold_prefix(typed).unwrap());
        let is_blocked =
            |key: &str| key.split(' ').any(|word| self.blocked.iter().any(|b| b == word));
        let mut found: Vec<_> = self
            .scores
            .iter()
            .filter(|(key, _)| prefixes.iter().any(|prefix| key.starts_with(prefix.as_str())))
            .filter(|(key, _)| !is_blocked(key))
            .collect();
        found.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        found
            .into_iter()
            .map(|(key, score)| Suggestion { query: show(key), count: score >> now })
            .filter(|found| found.count > 0)
            .take(limit)
            .collect()
    }
}

fn snapshot(entries: &BTreeMap<String, u64>) -> Snapshot {
    let mut builder = Builder::new();
    for (key, &score) in entries {
        builder.push(key, score, false).unwrap();
    }
    builder.finish()
}

fn queries(found: &[Suggestion]) -> Vec<&str> {
    found.iter().map(|one| one.query.as_str()).collect()
}

fn pairs(found: &[Suggestion]) -> Vec<(&str, u64)> {
    found.iter().map(|one| (one.query.as_str(), one.count)).collect()
}

const GOLDEN: [(&str, u64); 12] = [
    ("tree", 10),
    ("true", 35),
    ("try", 29),
    ("toy", 14),
    ("wish", 25),
    ("win", 50),
    ("twitter", 35),
    ("twitch", 29),
    ("twilight", 25),
    ("twin peak", 21),
    ("twitch prime", 18),
    ("twitter search", 14),
];

#[test]
fn r13_1_the_five_most_frequent_come_first_and_ties_in_order() {
    let mut index = Index::default();
    for (query, times) in GOLDEN {
        index.record(query, times, 0).unwrap();
    }
    let tops = [
        ("t", vec![("true", 35), ("twitter", 35), ("try", 29), ("twitch", 29), ("twilight", 25)]),
        ("tr", vec![("true", 35), ("try", 29), ("tree", 10)]),
        (
            "twi",
            vec![
                ("twitter", 35),
                ("twitch", 29),
                ("twilight", 25),
                ("twin peak", 21),
                ("twitch prime", 18),
            ],
        ),
        ("twitch", vec![("twitch", 29), ("twitch prime", 18)]),
        ("twitch ", vec![("twitch prime", 18)]),
        ("", vec![("win", 50), ("true", 35), ("twitter", 35), ("try", 29), ("twitch", 29)]),
        ("x", vec![]),
        ("twitters", vec![]),
        ("trei", vec![]), // no spelling correction
    ];
    for round in 0..2 {
        for (typed, expected) in &tops {
            let found = index.suggest(typed, 5, 0).unwrap();
            assert_eq!(&pairs(&found), expected, "{typed:?} in round {round}");
        }
        index.rebuild(0); // from the delta alone, then from the snapshot alone
    }
}

#[test]
fn r13_1_case_white_space_and_accents_do_not_matter_and_other_languages_work() {
    let mut index = Index::default();
    for query in ["Café  crème", " café\tCRÈME ", "СОЛНЦЕ", "ΟΔΟΣ", "東京タワー", "naïve"]
    {
        index.record(query, 1, 0).unwrap();
    }
    for (typed, expected) in [
        ("cafe", "café crème"),
        ("CAFÉ C", "café crème"),
        ("сол", "солнце"),
        ("οδοσ", "οδοσ"),
        ("οδος", "οδοσ"),
        ("東", "東京タワー"),
        ("nai", "naïve"),
        ("naï", "naïve"),
    ] {
        assert_eq!(queries(&index.suggest(typed, 5, 0).unwrap()), [expected], "{typed}");
    }
    assert_eq!(index.count("cafe\u{301} cre\u{300}me", 0), Ok(2));
}

#[test]
fn r13_1_korean_is_found_at_every_key_that_is_pressed() {
    let mut index = Index::default();
    for query in ["하나은행", "한국", "ㅋㅋㅋ", "닭갈비", "서울 날씨"] {
        index.record(query, 1, 0).unwrap();
    }
    for (typed, expected) in [
        ("ㅎ", vec!["하나은행", "한국"]),
        ("하", vec!["하나은행", "한국"]),
        ("한", vec!["하나은행", "한국"]), // on the way to either
        ("하나", vec!["하나은행"]),
        ("하나으", vec!["하나은행"]),
        ("한구", vec!["한국"]),
        ("다", vec!["닭갈비"]),
        ("닭", vec!["닭갈비"]),
        ("닭가", vec!["닭갈비"]),
        ("ㅋㅋ", vec!["ㅋㅋㅋ"]),
        ("서울 ", vec!["서울 날씨"]),
        ("국", vec![]),
    ] {
        assert_eq!(queries(&index.suggest(typed, 5, 0).unwrap()), expected, "{typed}");
    }
}

#[test]
fn r13_1_texts_out_of_range_are_refused() {
    let mut index = Index::default().limited(1);
    assert_eq!(index.record(" \t\u{3000}\u{0} ", 1, 0), Err(QueryError::Empty));
    let long = "a".repeat(MAX_QUERY + 1);
    let too_long = QueryError::TooLong { got: 201 };
    assert_eq!(index.record(&long, 1, 0), Err(too_long.clone()));
    assert_eq!(index.suggest(&long, 5, 0), Err(too_long));
    for limit in [0, MAX_TOP + 1] {
        let refused = Err(QueryError::Limit { got: limit as u64 });
        assert_eq!(index.suggest("a", limit, 0), refused);
    }
    assert_eq!(index.record(&long[1..], 1, 0), Ok(()));
    assert_eq!(index.record("b", 1, 0), Err(QueryError::Full { limit: 1 }));
    assert_eq!(index.record(&long[1..], 1, 0), Ok(()), "what is known goes on being counted");
    // The longest text in the form that takes the most bytes.
    let longest = "ΐ".repeat(MAX_QUERY / 2);
    assert!(fold(&longest).unwrap().len() <= MAX_KEY);
}

#[test]
fn r13_4_blocked_words_hide_at_once_and_return_after_a_snapshot() {
    let mut index = Index::default();
    for (query, times) in
        [("red apple", 9), ("red bad apple", 8), ("red badge", 7), ("red hot bad", 6)]
    {
        index.record(query, times, 0).unwrap();
    }
    index.rebuild(0);
    let mut blocked = Blocked::default();
    assert_eq!(blocked.block(" BAD "), Ok(true));
    assert_eq!(blocked.block("bad"), Ok(false));
    assert_eq!(blocked.block("a b c d e"), Err(BlockError::Words { got: 5 }));
    assert_eq!(blocked.block(""), Err(BlockError::Query(QueryError::Empty)));
    index.set_blocked(blocked.clone());
    assert!(index.is_due());
    let visible = ["red apple", "red badge"];
    assert_eq!(queries(&index.suggest("red", 5, 0).unwrap()), visible);
    index.record("red bad apple", 10, 0).unwrap(); // counted all the same
    assert_eq!(queries(&index.suggest("red", 5, 0).unwrap()), visible);
    index.rebuild(0);
    assert_eq!(queries(&index.suggest("red", 5, 0).unwrap()), visible);
    assert_eq!(index.count("red bad apple", 0), Ok(18));
    assert!(blocked.free("Bad"));
    index.set_blocked(blocked.clone());
    index.rebuild(0);
    let all = ["red bad apple", "red apple", "red badge", "red hot bad"];
    assert_eq!(queries(&index.suggest("red", 5, 0).unwrap()), all);
    assert_eq!(blocked.block("hot bad"), Ok(true));
    index.set_blocked(blocked);
    assert_eq!(queries(&index.suggest("red", 5, 0).unwrap()), all[..3]);
}

#[test]
fn r13_4_a_list_that_was_read_before_a_word_was_blocked_does_not_free_it() {
    let mut state = State::default();
    let phrases = |state: &State| state.index.blocked().phrases().collect::<Vec<_>>();
    let mut read = Blocked::default();
    read.block("old").unwrap();
    state.take_blocked(0, read.clone());
    let before = state.blockings;
    state.set_blocked("new", true).unwrap();
    state.take_blocked(before, read.clone());
    assert_eq!(phrases(&state), ["new", "old"]);
    let before = state.blockings;
    state.set_blocked("old", false).unwrap();
    state.take_blocked(before, read.clone());
    assert_eq!(phrases(&state), ["new"]);
    state.take_blocked(state.blockings, read);
    assert_eq!(phrases(&state), ["old"], "what is read later counts, whoever changed it");
}

#[test]
fn r13_4_blocked_queries_never_crowd_out_the_others() {
    let mut index = Index::default();
    let mut blocked = Blocked::default();
    blocked.block("bad").unwrap();
    index.set_blocked(blocked);
    for i in 0..100 {
        index.record(&format!("a bad {i}"), 100, 0).unwrap();
        index.record(&format!("a good {i:03}"), 1, 0).unwrap();
    }
    let first = ["a good 000", "a good 001", "a good 002", "a good 003", "a good 004"];
    assert_eq!(queries(&index.suggest("a", 5, 0).unwrap()), first);
    index.rebuild(0);
    assert_eq!(queries(&index.suggest("a", 5, 0).unwrap()), first);
}

#[test]
fn r13_4_counts_halve_over_a_half_life() {
    let mut index = Index::default();
    index.record("old", 100, 0).unwrap();
    index.record("new", 30, 2).unwrap();
    assert_eq!(index.count("old", 1), Ok(50));
    assert_eq!(pairs(&index.suggest("", 5, 0).unwrap())[1], ("old", 100));
    assert_eq!(pairs(&index.suggest("", 5, 2).unwrap()), [("new", 30), ("old", 25)]);
    assert_eq!(pairs(&index.suggest("", 5, 6).unwrap()), [("new", 1), ("old", 1)]);
    assert_eq!(pairs(&index.suggest("", 5, 7).unwrap()), []);
    // When the weights have grown too far, a snapshot begins from the present again.
    index.begin(MAX_SHIFT);
    index.record("new", 7, MAX_SHIFT).unwrap();
    while !index.step(1) {}
    assert_eq!(index.reference(), MAX_SHIFT);
    assert_eq!(pairs(&index.suggest("", 5, MAX_SHIFT).unwrap()), [("new", 7)]);
    assert_eq!(index.len(), 1, "what weighs next to nothing is forgotten");
}

#[test]
fn r13_4_scores_saturate() {
    let mut index = Index::default();
    for _ in 0..3 {
        index.record("a", u64::MAX, 5).unwrap();
        index.record("b", u64::MAX, Period::MAX).unwrap();
    }
    assert_eq!(
        pairs(&index.suggest("", 5, 0).unwrap()),
        [("a", u64::MAX >> 8), ("b", u64::MAX >> 8)]
    );
}

#[test]
fn r13_4_no_snapshot_halves_counts_more_often_than_a_shift() {
    let mut index = Index::default();
    index.record("old", 1 << 30, 0).unwrap();
    index.rebuild(52);
    assert_eq!((index.reference(), index.len()), (MAX_SHIFT, 1));
    assert_eq!(pairs(&index.suggest("", 5, MAX_SHIFT).unwrap()), [("old", 1 << 6)]);
}

#[test]
fn r13_4_most_clocks_say_which_half_life_it_is_and_it_goes_on_by_one() {
    for (shown, expected) in [
        (vec![], None),
        (vec![7], Some(7)),
        (vec![7, 60], Some(7)),
        (vec![7, 60, 7], Some(7)),
        (vec![60, 7, 60], Some(60)),
        (vec![8, 8, 7, 7], Some(7)),
        (vec![8, 0, 60, 8, 7], Some(8)),
    ] {
        assert_eq!(most(shown.clone()), expected, "{shown:?}");
    }
    let head = Head { period: 3, calendar: 100, ..Head::default() };
    for (shown, expected) in [
        (100, None),
        (99, None), // clocks come to the next Monday twice
        (101, Some((4, 101))),
        (152, Some((4, 152))),
        (48, Some((3, 48))),
    ] {
        let next = head.at(shown).map(|next| (next.period, next.calendar));
        assert_eq!(next, expected, "{shown}");
    }
    let monday = Wall::from_millis(4 * 86_400_000);
    assert_eq!(calendar(monday), calendar(monday + HALF_LIFE) - 1);
    assert_eq!(calendar(Wall::from_millis(monday.as_millis() - 1)), calendar(monday) - 1);
}

#[test]
fn r13_2_a_log_ends_when_a_checkpoint_holds_it_and_its_node_has_begun_another() {
    let log = |node, life| LogId { node: NodeId(node), life };
    let mut state = State::default();
    let begun = Instant::ZERO;
    let batch = Batch { period: 0, counts: vec![("a".into(), 1)] };
    for (log, batches) in [(log(0, 1), 3), (log(1, 1), 2), (log(1, 2), 4), (log(1, 3), 1)] {
        (0..batches).for_each(|number| state.apply(begun, log, number, &batch));
    }
    let late = begun + Span::from_secs(600);
    let (marks, ends) = state.marks(&Head::default(), late);
    assert_eq!((marks.len(), ends.len()), (4, 0), "no checkpoint holds any yet");
    let last = Head { marks, ..Head::default() };
    assert!(state.marks(&last, begun + Span::from_secs(599)).1.is_empty(), "not settled");
    let mut behind = state.clone();
    state.apply(late, log(1, 2), 4, &batch);
    assert_eq!(state.marks(&last, late).1[&NodeId(1)].life, 1, "the next one has grown");
    let (marks, ends) = behind.marks(&last, late);
    let ended = ends[&NodeId(1)];
    assert_eq!((ended.life, ended.batches), (2, 6));
    assert!(marks.keys().copied().eq([log(0, 1), log(1, 3)]), "the last log of a node goes on");
    let head = Head { marks, kept: last.kept_next(), ends, ..Head::default() };
    assert!(behind.meet(&head));
    assert_eq!(behind.cursors.len(), 2);
    behind.apply(late, log(1, 2), 0, &batch);
    assert_eq!(behind.index.count("a", 0), Ok(10), "what comes late is not counted twice");
    assert!(behind.meet(&head), "the same head again");
    // A node that has not read all of what has ended begins anew.
    let mut short = State::default();
    (0..2).for_each(|number| short.apply(begun, log(1, 1), number, &batch));
    (0..3).for_each(|number| short.apply(begun, log(1, 2), number, &batch));
    (0..3).for_each(|number| short.apply(begun, log(0, 1), number, &batch));
    short.apply(begun, log(1, 3), 0, &batch);
    assert!(!short.meet(&head));
    short.apply(begun, log(1, 2), 3, &batch);
    assert!(short.meet(&head));
    // Its rows are deleted by this checkpoint, or by later ones until they are gone.
    let unswept = Head { swept: last.marks.clone(), ..head.clone() };
    assert_eq!(unswept.kept_next().len(), 2);
    assert_eq!(head.kept_next().len(), 4);
}

#[test]
fn counts_of_a_list_fit_in_32_bits_and_what_is_left_out_saturates() {
    assert_eq!(line(b"a\t4294967295"), Ok(("a", u64::from(u32::MAX))));
    for count in ["4294967296", "18446744073709551615", "0", "-1", ""] {
        let refused = line(format!("a\t{count}").as_bytes()).map(|line| line.1);
        assert_eq!(refused, Err(Bad::Count { got: count.into() }));
    }
    let mut state = State::default();
    state.index = Index::default().limited(0);
    let batch = Batch { period: 0, counts: vec![("a".into(), u64::MAX), ("b".into(), 5)] };
    let log = LogId { node: NodeId(0), life: 1 };
    state.apply(Instant::ZERO, log, 0, &batch);
    assert_eq!(state.counters.left_out, u64::MAX);
}

#[test]
fn snapshots_refuse_what_is_not_in_order_and_damaged_files() {
    let mut builder = Builder::new();
    builder.push("b", 1, false).unwrap();
    for key in ["a", "b"] {
        let (before, got) = ("b".to_string(), key.to_string());
        assert_eq!(builder.push(key, 1, false), Err(SnapshotError::Order { before, got }));
    }
    assert!(matches!(builder.push("", 1, false), Err(SnapshotError::Length { got: 0, .. })));
    builder.push("c", 2, false).unwrap();
    let bytes = codec::encode(&builder.finish());
    let read = codec::decode(&bytes).unwrap();
    assert_eq!((read.len(), read.score("b"), read.score("c")), (2, 1, 2));
    for length in 0..bytes.len() {
        assert!(codec::decode(&bytes[..length]).is_err(), "cut at {length}");
    }
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(codec::decode(&bytes).is_err(), "bit {bit}");
    }
    assert_eq!(codec::decode(b"query\t5\n").unwrap_err(), SnapshotError::Format);
}

#[test]
fn a_look_shows_a_node_of_the_trie_over_all_levels() {
    let mut index = Index::default();
    for (query, times) in GOLDEN {
        index.record(query, times, 0).unwrap();
    }
    index.rebuild(0);
    index.record("tango", 40, 0).unwrap();
    index.begin(0);
    index.record("tw", 1, 0).unwrap();
    let look = index.look("T", 3, 0).unwrap();
    assert_eq!((look.prefix.as_str(), look.queries), ("t", 12));
    assert_eq!(pairs(&look.top)[..2], [("tango", 40), ("true", 35)]);
    let next: Vec<_> = look.next.iter().map(|(c, best)| (*c, best.query.as_str())).collect();
    assert_eq!(next, [('a', "tango"), ('r', "true"), ('w', "twitter")]);
    assert_eq!(index.look("xyz", 3, 0).unwrap().queries, 0);
    index.record("하나", 1, 0).unwrap();
    assert_eq!(index.look("ㅎ", 3, 0).unwrap().next[0].0, '\u{1161}');
}

/// Short texts over few letters, so that prefixes, neighbours and ties abound.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[ab]{1,6}( [ab]{1,2})?",
        2 => "[a-z]{1,3}",
        1 => "[가각갂강나하한]{1,3}",
        1 => "[é́eaÅß日ㄱㅏ]{1,4}",
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Record(String, u64, Period),
    Ask(String, usize),
    Begin,
    Build(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (word(), 1u64..5, 0u32..3).prop_map(|(query, times, period)| Step::Record(query, times, period)),
        4 => (prop_oneof![word(), "[ab]{0,2}"], 1..=MAX_TOP).prop_map(|(typed, limit)| Step::Ask(typed, limit)),
        1 => Just(Step::Begin),
        3 => (1usize..20).prop_map(Step::Build),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn r13_4_snapshot_and_delta_equal_the_naive_model_at_every_step(
        blocked in prop_oneof![Just(None), Just(Some("a")), Just(Some("ab"))],
        steps in proptest::collection::vec(step(), 0..300),
    ) {
        let (mut index, mut model) = (Index::default(), Model::default());
        if let Some(word) = blocked {
            let mut list = Blocked::default();
            list.block(word).unwrap();
            index.set_blocked(list);
            model.blocked.push(word.to_string());
        }
        for step in steps {
            match step {
                Step::Record(query, times, period) => {
                    index.record(&query, times, period).unwrap();
                    model.record(&query, times, period);
                }
                Step::Ask(typed, limit) => prop_assert_eq!(
                    index.suggest(&typed, limit, 1).unwrap(),
                    model.suggest(&typed, limit, 1),
                    "for {:?}", typed
                ),
                Step::Begin => index.begin(0),
                Step::Build(budget) => {
                    index.step(budget);
                }
            }
            prop_assert_eq!(index.len(), model.scores.len());
        }
    }

    #[test]
    fn r13_4_a_snapshot_answers_every_prefix_as_a_scan_does(
        entries in proptest::collection::btree_map("[ab]{1,7}|[a-d]{1,3}|[가각나]{1,3}", 1u64..9, 0..400),
    ) {
        let built = snapshot(&entries);
        let read = codec::decode(&codec::encode(&built)).unwrap();
        let mut asked: Vec<&str> = vec![""];
        for key in entries.keys() {
            asked.extend(key.char_indices().map(|(at, c)| &key[..at + c.len_utf8()]));
        }
        for prefix in asked {
            let mut expected: Vec<Ranked<'_>> = entries
                .iter()
                .filter(|(key, _)| key.starts_with(prefix))
                .map(|(key, &score)| Ranked { key, score })
                .collect();
            for one in [&built, &read] {
                prop_assert_eq!(one.range(prefix).len(), expected.len());
            }
            expected.sort_by(|a, b| b.cmp(a));
            expected.truncate(MAX_TOP);
            for one in [&built, &read] {
                let mut found = Vec::new();
                one.best(prefix, |_| true, &mut found);
                prop_assert_eq!(&found, &expected, "for {:?}", prefix);
            }
        }
        for (key, &score) in &entries {
            prop_assert_eq!(built.score(key), score);
        }
    }

    #[test]
    fn r13_1_what_is_shown_folds_to_the_key_it_was_shown_for(text in "\\PC{0,40}") {
        if let Ok(key) = fold(&text) {
            let shown = show(&key);
            prop_assert_eq!(fold(&shown), Ok(key.clone()));
            prop_assert_eq!(fold(&key), Ok(key));
        }
    }

    #[test]
    fn r13_1_what_was_typed_so_far_is_a_prefix_of_what_it_becomes(text in "[a-zé가-힣ㄱ-ㅣ 日]{0,12}") {
        if let Ok(key) = fold(&text) {
            for (at, _) in text.char_indices() {
                let typed = fold_prefix(&text[..at]).unwrap();
                prop_assert!(key.starts_with(typed.trim_end()), "{:?} of {:?}", typed, key);
            }
        }
    }

    #[test]
    fn damaged_runs_are_refused_or_read_and_never_worse(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut builder = Builder::new();
        let _ = codec::read_run(&bytes, |key, score| builder.push(key, score, false));
        let _ = builder.finish();
    }
}
