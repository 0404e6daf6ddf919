//! The playground: a simulated cluster to watch, break and heal in a browser. It is a program for
//! wasm32; elsewhere it compiles, so that every check covers it, and says where to look instead.
#![forbid(unsafe_code)]

mod page;

fn main() {
    if cfg!(target_arch = "wasm32") {
        page::start();
    } else {
        eprintln!("The playground runs in a browser: `cargo xtask run` builds and serves it.");
    }
}
