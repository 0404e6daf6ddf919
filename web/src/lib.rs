//! Ennead for JavaScript: the hash ring, and simulated clusters as objects.
//!
//! This is what `pkg/` wraps as the npm package `ennead`; its `index.d.ts` describes every call.
//! Arguments arrive as any JavaScript value and are checked here, so that nothing a caller passes
//! ends in a trap of the WebAssembly machine: what is wrong is thrown as an `Error` with a `code`.
#![forbid(unsafe_code)]

mod api;
