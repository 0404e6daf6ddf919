//! The causality token: what a client carries from a read to the write that follows from it.
//!
//! It is what the client has seen, a [`Context`], in postcard's format, and a keyed hash of that under the
//! cluster's number; together in base64url. The hash keeps damaged tokens and those of other
//! clusters out. It is no signature.

use crate::base::hash;
use crate::kv::{Context, Error};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The header that carries it.
pub(super) const HEADER: &str = "x-ennead-context";
/// The longest token: beyond it, none was given by this program.
const MAX_TOKEN: usize = 8 << 10;

/// What a client has seen, as a token.
pub(super) fn write(cluster: u64, seen: &Context) -> String {
    let mut bytes = postcard::to_allocvec(seen).unwrap_or_default(); // a plain value always encodes
    bytes.extend_from_slice(&hash::keyed(cluster, &bytes).to_le_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token, as what a client has seen; `none` says that it has seen nothing.
///
/// # Errors
/// [`Error::Context`] if this cluster did not give it.
pub(super) fn read(cluster: u64, token: &[u8]) -> Result<Context, Error> {
    if token == b"none" {
        return Ok(Context::default());
    }
    if token.len() > MAX_TOKEN {
        return Err(Error::Context);
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| Error::Context)?;
    let (seen, check) = bytes.split_last_chunk::<8>().ok_or(Error::Context)?;
    if hash::keyed(cluster, seen).to_le_bytes() != *check {
        return Err(Error::Context);
    }
    let seen: Context = postcard::from_bytes(seen).map_err(|_| Error::Context)?;
    seen.check()?;
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::{Actor, Dot};
    use crate::ring::NodeId;

    fn seen() -> Context {
        let dot = |node| Dot {
            actor: Actor { node: NodeId(node), incarnation: u64::MAX >> 1, epoch: 1 },
            counter: 300,
        };
        let mut context = Context::default();
        context.add(dot(0));
        context.add(dot(2));
        context.add_alone(dot(1));
        context
    }

    #[test]
    fn r6_7_a_token_comes_back_as_it_was_given() {
        let token = write(7, &seen());
        assert_eq!(read(7, token.as_bytes()), Ok(seen()));
        assert_eq!(read(7, b"none"), Ok(Context::default()));
    }

    #[test]
    fn other_clusters_damaged_and_invented_tokens_are_refused() {
        let token = write(7, &seen()).into_bytes();
        assert_eq!(read(8, &token), Err(Error::Context));
        for i in 0..token.len() {
            let mut damaged = token.clone();
            damaged[i] = if damaged[i] == b'A' { b'B' } else { b'A' };
            assert_eq!(read(7, &damaged), Err(Error::Context), "byte {i}");
        }
        assert_eq!(read(7, b""), Err(Error::Context));
        assert_eq!(read(7, "AAAA".repeat(9_000).as_bytes()), Err(Error::Context));
    }
}
