//! Ennead for JavaScript.
#![forbid(unsafe_code)]
