//! The log, under faults.

use super::ports::{Shared, everywhere, quiet, run};
use crate::base::Span;
use crate::port::{self, Entry, Log, LogError, Random as _, Sleep as _, WINDOW};
use crate::sim::{Handle, Options, World};
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec::Vec;
use bytes::Bytes;

fn log() -> Log {
    Log::new("test", "log").unwrap()
}

/// What those who appended know.
#[derive(Debug, Default)]
struct Book {
    /// The number that each name was answered.
    appended: BTreeMap<u128, u64>,
    /// The greatest number that anybody had been answered when a name was first tried.
    known: BTreeMap<u128, u64>,
}

/// Appends one name after the other, each until it is answered.
async fn append(ports: Handle, writer: u64, book: Shared<Book>) {
    for i in 0..12 {
        let name = u128::from(writer) * 1_000 + i;
        let known = book.borrow().appended.values().copied().max().unwrap_or(0);
        book.borrow_mut().known.insert(name, known);
        let body = Bytes::from(alloc::format!("{name}"));
        for _ in 0..100 {
            match log().append(&ports, name, body.clone(), Some(known)).await {
                Ok(appended) => {
                    book.borrow_mut().appended.insert(name, appended.number);
                    break;
                }
                Err(_) => ports.sleep(Span::from_millis(100 + ports.random() % 400)).await,
            }
        }
    }
}

/// Everything, in pieces.
async fn whole(ports: &Handle, limit: u16) -> Result<Vec<Entry>, LogError> {
    let mut entries: Vec<Entry> = Vec::new();
    loop {
        let after = entries.last().map_or(0, |entry| entry.number);
        let more = log().read_after(ports, after, limit).await?;
        if more.is_empty() {
            return Ok(entries);
        }
        entries.extend(more);
    }
}

#[test]
fn r12_8_a_log_has_one_order_and_what_was_appended_is_there_once_in_20_worlds() {
    for seed in 1..=20 {
        let drawn = Options::from_seed(seed, 5);
        // What the log promises it promises for quorums that meet.
        let options = Options { operations: 0, config: Options::gentle(5).config, ..drawn };
        let mut world = World::without_log(seed, options);
        let book: Shared<Book> = Shared::default();
        everywhere(&mut world, (30, 120), |ports, name| append(ports, name, Rc::clone(&book)));
        let read = |world: &mut World, at| {
            run(world, at, |ports| async move { whole(&ports, 7).await.unwrap() })
        };
        let entries = read(&mut world, 0);
        for at in 1..5 {
            assert_eq!(read(&mut world, at), entries, "seed {seed}: another order at {at}");
        }
        let numbers: Vec<u64> = entries.iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "seed {seed}");
        let by_name: BTreeMap<u128, u64> =
            entries.iter().map(|entry| (entry.name, entry.number)).collect();
        assert_eq!(by_name.len(), entries.len(), "seed {seed}: a name is there twice");
        let book = book.borrow();
        assert!(book.appended.len() >= 40, "seed {seed}: {} appended", book.appended.len());
        for (name, number) in &book.appended {
            assert_eq!(by_name.get(name), Some(number), "seed {seed}: {name}");
            assert!(book.known[name] < *number, "seed {seed}: {name} came before what was known");
        }
    }
}

#[test]
fn r12_8_a_late_retry_finds_its_entry_or_says_that_it_cannot() {
    let mut world = World::new(7, quiet());
    run(&mut world, 0, |ports| async move {
        let append = async |name: u128, after| {
            log().append(&ports, name, Bytes::from_static(b"x"), after).await
        };
        let first = append(1, Some(0)).await.unwrap();
        assert_eq!((first.number, first.is_new), (1, true));
        for name in 2..=200 {
            append(name, None).await.unwrap();
        }
        // In the window, in the rows, and where nobody said from when on to look.
        assert_eq!(append(190, None).await.unwrap().number, 190);
        let again = append(1, Some(0)).await.unwrap();
        assert_eq!((again.number, again.is_new), (1, false));
        assert!(append(1, None).await.unwrap().is_new, "beyond the window of {WINDOW}");
        // Beyond the first segment.
        for name in 202..=1_100 {
            append(name, None).await.unwrap();
        }
        let refused = append(1, Some(0)).await.unwrap_err();
        assert_eq!(refused, LogError::Behind { after: 0, last: 1_100 });
        let last = log().read_before(&ports, None, 40).await.unwrap();
        let numbers: Vec<u64> = last.iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, (1_061..=1_100).collect::<Vec<_>>());
        let earlier = log().read_before(&ports, Some(1_061), 20).await.unwrap();
        assert_eq!(earlier.first().map(|entry| entry.number), Some(1_041));
        assert_eq!(earlier.len(), 20);
        assert_eq!(log().read_after(&ports, 1_095, 100).await.unwrap().len(), 5);
        assert_eq!(log().read_after(&ports, 5_000, 100).await.unwrap(), []);
        let long = Bytes::from(alloc::vec![0; port::MAX_BODY + 1]);
        let refused = log().append(&ports, 9_999, long, None).await;
        assert!(matches!(refused, Err(LogError::Body { .. })), "{refused:?}");
    });
}

#[test]
fn r12_1_a_log_carries_the_longest_messages() {
    let mut world = World::new(8, quiet());
    run(&mut world, 1, |ports| async move {
        let long = Bytes::from(alloc::vec![7; 400_000]);
        for name in 1..=6 {
            log().append(&ports, name, long.clone(), None).await.unwrap();
        }
        // A mebibyte at a time.
        let read = log().read_after(&ports, 0, 100).await.unwrap();
        assert!(!read.is_empty() && read.iter().all(|entry| entry.body == long));
        assert_eq!(whole(&ports, 100).await.unwrap().len(), 6);
    });
}
