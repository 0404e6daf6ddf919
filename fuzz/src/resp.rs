//! Bytes of Redis's clients, up to the answers of a table.

use super::node;
use super::stream::Pieces;

/// The longest input: each is sent several times, once byte by byte.
const LONGEST: usize = 4_096;
/// Commands whose answers tell of the connection or the moment.
const FICKLE: [&[u8]; 4] = [b"client", b"info", b"hello", b"dbsize"];
/// Commands that walk over all slices: one of them in an input is enough.
const HEAVY: [&[u8]; 2] = [b"dbsize", b"flushall"];

pub(super) fn run(data: &[u8]) {
    let data = &data[..data.len().min(LONGEST)];
    let lower = data.to_ascii_lowercase();
    let count = |name: &[u8]| lower.windows(name.len()).filter(|part| part == &name).count();
    if HEAVY.iter().map(|name| count(name)).sum::<usize>() > 1 {
        return;
    }
    let answer = |size| {
        node::with(async |inside| {
            let mut stream = Pieces::new(data, size);
            inside.resp(&mut stream).await.expect("the stream never fails");
            stream.written
        })
    };
    // What is written twice is as if it were written once, so from the second time on each time is like the
    // one before: the first one is only for what it leaves in the table.
    let first = answer(usize::MAX);
    check(&first);
    if FICKLE.iter().any(|name| count(name) > 0) {
        check(&answer(1));
        return;
    }
    let whole = answer(usize::MAX);
    for size in [1, 7] {
        let pieces = answer(size);
        assert!(
            pieces == whole,
            "in pieces of {size}: {}, whole: {}",
            shown(&pieces),
            shown(&whole)
        );
    }
}

fn shown(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// Replies are whole: each can be passed over, and none is left half.
fn check(replies: &[u8]) {
    let mut rest = replies;
    while !rest.is_empty() {
        rest = after_reply(rest).unwrap_or_else(|| panic!("half a reply: {}", shown(rest)));
    }
}

/// What follows a reply of RESP2 or RESP3.
fn after_reply(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    let (line, mut rest) = (&bytes[1..end], &bytes[end + 2..]);
    let number = || std::str::from_utf8(line).ok()?.parse::<i64>().ok();
    match bytes[0] {
        b'+' | b'-' => {}
        b'_' if line.is_empty() => {}
        b':' => drop(number()?),
        b'$' => {
            if let Ok(length) = usize::try_from(number()?) {
                let (content, end) = rest.split_at_checked(length)?.1.split_at_checked(2)?;
                rest = end;
                (content == b"\r\n").then_some(())?;
            }
        }
        kind @ (b'*' | b'%') => {
            let count = number()? * if kind == b'%' { 2 } else { 1 };
            for _ in 0..count {
                rest = after_reply(rest)?;
            }
        }
        _ => return None,
    }
    Some(rest)
}
