//! The templates that are kept, and a node's memory of them.

use super::delivery::{read, written};
use super::template::{built_in, is_name};
use super::{BUILT_IN, Error, Template};
use crate::base::{Instant, Span};
use crate::kv::Key;
use crate::port::{self, Clock, Select, Table, partition};
use alloc::collections::BTreeMap;
use alloc::string::String;
use bytes::Bytes;
use spin::Mutex;

/// The most templates that are kept.
pub const MAX_TEMPLATES: u16 = 500;
/// For how long a node goes by what it has read of a template.
const REMEMBER: Span = Span::from_secs(5);

/// The templates of a cluster.
#[derive(Debug, Default)]
pub(super) struct Templates {
    /// What was read, and when. At most [`MAX_TEMPLATES`].
    known: Mutex<BTreeMap<String, (Option<Template>, Instant)>>,
}

fn row() -> Bytes {
    partition("notification", "templates")
}

fn key(name: &str) -> Result<Key, Error> {
    if !is_name(name) {
        return Err(Error::Name { got: name.chars().take(64).collect() });
    }
    Ok(Key::new(row(), Bytes::copy_from_slice(name.as_bytes())).map_err(port::Error::from)?)
}

impl Templates {
    /// The template of a name: the one that is kept, else the one that comes with the service.
    pub(super) async fn get<P: Table + Clock>(
        &self,
        ports: &P,
        name: &str,
    ) -> Result<Template, Error> {
        let unknown = || Error::NoTemplate { got: name.chars().take(64).collect() };
        let now = ports.now().instant;
        let known =
            self.known.lock().get(name).filter(|(_, at)| now.since(*at) < REMEMBER).cloned();
        let kept = match known {
            Some((kept, _)) => kept,
            None => {
                let kept: Option<Template> = read(&ports.get(&key(name)?).await?);
                let mut known = self.known.lock();
                if known.len() >= usize::from(MAX_TEMPLATES) {
                    known.clear();
                }
                known.insert(String::from(name), (kept.clone(), now));
                kept
            }
        };
        kept.or_else(|| built_in(name)).ok_or_else(unknown)
    }

    /// Keeps a template, or with none deletes it. Other nodes may go by the old one for five seconds.
    pub(super) async fn put<P: Table>(
        &self,
        ports: &P,
        name: &str,
        template: Option<&Template>,
    ) -> Result<(), Error> {
        let key = key(name)?;
        let old = ports.get(&key).await?;
        if template.is_some()
            && old.values.is_empty()
            && ports.range(&row(), &Select::default()).await?.rows.len() >= MAX_TEMPLATES.into()
        {
            return Err(Error::TooManyTemplates { limit: MAX_TEMPLATES });
        }
        ports.put(&key, template.and_then(written), Some(&old.context)).await?;
        self.known.lock().remove(name);
        Ok(())
    }

    /// All of them.
    pub(super) async fn all<P: Table>(
        &self,
        ports: &P,
    ) -> Result<BTreeMap<String, Template>, Error> {
        let built_in = BUILT_IN.iter().filter_map(|&name| Some((name.into(), built_in(name)?)));
        let mut all: BTreeMap<String, Template> = built_in.collect();
        let mut select = Select::default();
        loop {
            let page = ports.range(&row(), &select).await?;
            for (name, row) in &page.rows {
                all.extend(
                    read(row).map(|kept| (String::from_utf8_lossy(name).into_owned(), kept)),
                );
            }
            select.after = page.next;
            if select.after.is_none() {
                return Ok(all);
            }
        }
    }
}
