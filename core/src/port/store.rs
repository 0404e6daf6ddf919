//! A table and registers on whatever answers the store's requests.

use super::{Error, Page, Register, Row, Select, Table};
use crate::kv::{
    Answer, Context, Key, MAX_PAGE, Operation, Quorum, Range, Request, Update, Updated, Versions,
    Wishes,
};
use bytes::Bytes;

/// The way to a node of the store: all that a host has to give for [`Table`] and [`Register`].
#[allow(async_fn_in_trait)] // no bound is wanted: see the module above
pub trait Store {
    /// Asks the node and waits for its answer.
    ///
    /// # Errors
    /// [`Error`]. An answer of another kind than the request's does not happen.
    async fn ask(&self, request: Request) -> Result<Answer, Error>;
}

impl From<&Versions> for Row {
    fn from(versions: &Versions) -> Self {
        Self { values: versions.values().cloned().collect(), context: versions.context().clone() }
    }
}

/// Only owners count.
fn strictly() -> Wishes {
    Wishes { quorum: Some(Quorum::Strict), ..Wishes::default() }
}

async fn put<S: Store>(
    store: &S,
    key: &Key,
    value: Option<Bytes>,
    seen: Option<&Context>,
    wishes: Wishes,
) -> Result<Context, Error> {
    let operation = Operation::Put { key: key.clone(), value, seen: seen.cloned() };
    match store.ask(Request { operation, wishes }).await? {
        Answer::Written { seen, .. } => Ok(seen),
        _ => Ok(Context::default()),
    }
}

impl<S: Store> Table for S {
    async fn get(&self, key: &Key) -> Result<Row, Error> {
        match self.ask(Request::get(key.clone())).await? {
            Answer::Got(versions) => Ok(Row::from(&*versions)),
            _ => Ok(Row::default()),
        }
    }

    async fn get_strict(&self, key: &Key) -> Result<Row, Error> {
        match self.ask(Request { wishes: strictly(), ..Request::get(key.clone()) }).await? {
            Answer::Got(versions) => Ok(Row::from(&*versions)),
            _ => Ok(Row::default()),
        }
    }

    async fn put(
        &self,
        key: &Key,
        value: Option<Bytes>,
        seen: Option<&Context>,
    ) -> Result<Context, Error> {
        put(self, key, value, seen, Wishes::default()).await
    }

    async fn put_strict(
        &self,
        key: &Key,
        value: Option<Bytes>,
        seen: Option<&Context>,
    ) -> Result<Context, Error> {
        put(self, key, value, seen, strictly()).await
    }

    async fn range(&self, partition: &Bytes, select: &Select) -> Result<Page, Error> {
        let key = |sort: &Bytes| Key::new(partition.clone(), sort.clone());
        let bound = |sort: &Option<Bytes>| sort.as_ref().map(key).transpose();
        let range = Range {
            slice: key(&Bytes::new())?.slice(),
            partition: Some(partition.clone()),
            // A bound spares walking over what lies before the partition in its slice.
            from: Some(key(select.from.as_ref().unwrap_or(&Bytes::new()))?),
            until: bound(&select.until)?,
            after: bound(&select.after)?,
            limit: if select.limit == 0 { MAX_PAGE } else { select.limit.min(MAX_PAGE) },
            reverse: select.reverse,
        };
        let request = Request { operation: Operation::Scan(range), wishes: Wishes::default() };
        let Answer::Page { entries, next } = self.ask(request).await? else {
            return Ok(Page::default());
        };
        let row = |(key, versions): (Key, alloc::sync::Arc<Versions>)| {
            (key.sort().clone(), Row::from(&*versions))
        };
        Ok(Page {
            rows: entries.into_iter().map(row).collect(),
            next: next.map(|key| key.sort().clone()),
        })
    }
}

impl<S: Store> Register for S {
    async fn update(&self, key: &Key, update: Update) -> Result<Updated, Error> {
        match self.ask(Request::update(key.clone(), update)).await? {
            Answer::Updated(updated) => Ok(updated),
            _ => Ok(Updated { applied: false, value: None, version: 0 }),
        }
    }
}
