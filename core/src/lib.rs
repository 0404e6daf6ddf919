//! Nine classic distributed systems as one deterministic core.
// The host speaks to the operating system all the time; the rest builds without the library.
#![cfg_attr(not(feature = "native"), no_std)]
#![forbid(unsafe_code)]

#[cfg(all(feature = "native", feature = "mistakes"))]
compile_error!("no server is built with planted mistakes: add --no-default-features");

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub mod accounts;
pub mod autocomplete;
pub mod base;
pub mod chat;
pub mod crawler;
pub mod feed;
pub mod ids;
pub mod kv;
#[cfg(feature = "native")]
pub mod native;
pub mod notification;
pub mod port;
pub mod ring;
pub mod services;
pub mod shortener;
pub mod sim;
pub mod sketch;
