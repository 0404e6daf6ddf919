//! The static site: the page's program, its style sheet and its one HTML file.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{self, Error, Result, say};
use crate::{bindings, place};

/// Writes `X.gz` and `X.br` beside each file it is given.
const COMPRESS: &str = "
const fs = require('fs'), zlib = require('zlib');
for (const file of process.argv.slice(1)) {
  const body = fs.readFileSync(file);
  fs.writeFileSync(file + '.gz', zlib.gzipSync(body, { level: 9 }));
  const size = { [zlib.constants.BROTLI_PARAM_SIZE_HINT]: body.length };
  fs.writeFileSync(file + '.br', zlib.brotliCompressSync(body, { params: size }));
}";

/// Kinds of files that shrink.
const COMPRESSIBLE: [&str; 9] =
    ["css", "html", "ico", "js", "json", "svg", "txt", "wasm", "webmanifest"];

/// Builds the site into `target/site/`, unless it is there already, and says what a first visit loads.
pub(crate) fn build() -> Result<PathBuf> {
    let root = place::root();
    let page = root.join("index.html");
    for needed in [&page, &root.join("web/src/main.rs")] {
        if !needed.is_file() {
            return Err(Error::new(format!(
                "the site needs {}, which is not there: it is part of the repository",
                place::shown(needed)
            )));
        }
    }
    let compiled = bindings::compile(&["--bin", "playground"], "playground.wasm")?;
    let www = root.join("www");
    let assets = if www.is_dir() { shell::files_below(&www)? } else { Vec::new() };

    let mut inputs = vec![compiled.clone(), page.clone()];
    inputs.extend(assets.iter().cloned());
    let digest = bindings::digest(&inputs, &["site", COMPRESS])?;
    let site = place::target().join("site");
    let stamp = place::target().join("site.stamp");
    if site.is_dir() && std::fs::read_to_string(&stamp).is_ok_and(|old| old == digest) {
        say(format_args!("{} is up to date", place::shown(&site)));
        report(&site)?;
        return Ok(site);
    }

    let unfinished = place::target().join("site.unfinished");
    shell::remove_folder(&unfinished)?;
    bindings::generate(&compiled, &unfinished.join("assets"), "ennead", false)?;
    shell::copy(&page, &unfinished.join("index.html"))?;
    for asset in &assets {
        let name = asset.strip_prefix(&www).unwrap_or(asset);
        shell::copy(asset, &unfinished.join("assets").join(name))?;
    }
    compress(&unfinished)?;
    shell::remove_folder(&site)?;
    shell::rename(&unfinished, &site)?;
    shell::write(&stamp, digest)?;
    report(&site)?;
    Ok(site)
}

fn compress(folder: &Path) -> Result<()> {
    let files: Vec<PathBuf> =
        shell::files_below(folder)?.into_iter().filter(|file| is_compressible(file)).collect();
    if let Some(node) = shell::find("node") {
        say(format_args!("compressing {} files", files.len()));
        return shell::output(Command::new(node).args(["-e", COMPRESS]).args(&files)).map(drop);
    }
    if let Some(gzip) = shell::find("gzip") {
        say("no node here: the files are compressed by gzip only, not by brotli");
        return shell::run(Command::new(gzip).args(["-9", "-k", "-n", "-f"]).args(&files));
    }
    say("neither node nor gzip here: the files are not compressed");
    Ok(())
}

fn is_compressible(file: &Path) -> bool {
    file.extension().and_then(|kind| kind.to_str()).is_some_and(|kind| COMPRESSIBLE.contains(&kind))
}

/// Prints each file's bytes raw and compressed, and the sum of what a first visit loads: the page,
/// what it names, and the program.
fn report(site: &Path) -> Result<()> {
    let page = shell::read_text(&site.join("index.html"))?;
    let mut sums = [0_u64; 3];
    println!("{:>10} {:>10} {:>10}  file", "bytes", "gzip", "brotli");
    for file in shell::files_below(site)? {
        let name = file.strip_prefix(site).unwrap_or(&file).display().to_string();
        if name.ends_with(".gz") || name.ends_with(".br") {
            continue;
        }
        let raw = size(&file).unwrap_or(0);
        let sizes = [
            raw,
            size(&with_suffix(&file, ".gz")).unwrap_or(raw),
            size(&with_suffix(&file, ".br")).unwrap_or(raw),
        ];
        let first = is_first_load(&page, &name);
        if first {
            for (sum, size) in sums.iter_mut().zip(sizes) {
                *sum += size;
            }
        }
        let later = if first { "" } else { " (later)" };
        println!("{:>10} {:>10} {:>10}  {name}{later}", sizes[0], sizes[1], sizes[2]);
    }
    println!("{:>10} {:>10} {:>10}  first load", sums[0], sums[1], sums[2]);
    Ok(())
}

fn is_first_load(page: &str, name: &str) -> bool {
    name == "index.html"
        || name == "assets/ennead_bg.wasm"
        || name.starts_with("assets/snippets/")
        || page.contains(name)
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_os_string();
    name.push(suffix);
    PathBuf::from(name)
}

fn size(file: &Path) -> Option<u64> {
    file.metadata().ok().map(|data| data.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_a_first_visit_loads() {
        let page = "<link href=\"assets/style.css\"><script src=\"assets/ennead.js\">";
        assert!(is_first_load(page, "assets/style.css"));
        assert!(is_first_load(page, "assets/ennead_bg.wasm"));
        assert!(!is_first_load(page, "assets/picture.svg"));
    }
}
