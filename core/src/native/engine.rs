//! The durable engine: the table in memory, and a redb file behind it.
//!
//! A batch changes the table at once and goes to the writer's queue. The writer, a thread of its
//! own, takes all batches that have gathered into one transaction, syncs it and says how far it
//! has come; so one sync serves many requests, and gossip never waits for a disk. Batches become
//! durable in order, each whole or not at all.
//!
//! The file also holds what the folder is: the format, the node's name and, once there is one, the
//! founding of its cluster. Its lock keeps a second process out.
//!
//! # Limits
//! All keys and values are in memory. At open the file is read and its checksums are verified. A
//! full queue ([`QUEUE`] batches) makes the node wait for the disk. After a failed sync nothing
//! more is written and the node must stop: what the disk holds then is not known.

use super::error::EngineError;
use super::founding::Founding;
use crate::kv::register::Acceptor;
use crate::kv::{Change, Key, Sequence, Storage, Table, Versions};
use crate::ring::NodeId;
use redb::backends::InMemoryBackend;
use redb::{Database, DatabaseError, ReadableDatabase, ReadableTable, TableDefinition};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::watch;

/// The database, in the data folder.
pub const DATABASE: &str = "ennead.redb";
/// The format of the data folder that this program reads and writes.
pub const FORMAT: u32 = 1;
/// Batches that may wait for the disk.
pub const QUEUE: usize = 1 << 16;
/// Batches in one transaction at most, so that none waits long behind others.
const GROUP: usize = 1 << 12;

const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
const RECORDS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("records");
const HINTS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("hints");
const EPOCHS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("epochs");
const REGISTERS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("registers");

/// How far the disk has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Durable {
    /// All batches up to this one are safe.
    Upto(Sequence),
    /// A sync failed, and why.
    Failed(Arc<str>),
}

/// An open data folder whose node does not run yet.
pub struct Folder {
    path: PathBuf,
    database: Database,
    table: Table,
    founding: Option<Founding>,
}

impl std::fmt::Debug for Folder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Folder").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Folder {
    /// Opens the data folder of the node `name`, or makes it, and reads all of it.
    ///
    /// # Errors
    /// [`EngineError`]; a folder that is not this node's is left as it is.
    pub fn open(path: &Path, name: &str) -> Result<Self, EngineError> {
        let disk = |reason: String| EngineError::Disk { folder: path.to_owned(), reason };
        std::fs::create_dir_all(path).map_err(|error| disk(error.to_string()))?;
        let mut builder = Database::builder();
        builder.set_cache_size(64 << 20);
        // A file that was changed behind our back is refused instead of being trusted.
        builder.set_check_integrity_on_open(true);
        let file = path.join(DATABASE);
        let database = builder.create(file).map_err(|error| opening(path, error))?;
        Self::read(path, database, name)
    }

    /// A folder that is none: what the node `name` writes is gone with the process.
    ///
    /// # Errors
    /// [`EngineError::Disk`] without memory.
    pub fn in_memory(name: &str) -> Result<Self, EngineError> {
        let (path, memory) = (Path::new("memory"), InMemoryBackend::new());
        let database = Database::builder().create_with_backend(memory);
        Self::read(path, database.map_err(|error| opening(path, error))?, name)
    }

    fn read(path: &Path, database: Database, name: &str) -> Result<Self, EngineError> {
        let mut folder =
            Self { path: path.to_owned(), database, table: Table::new(), founding: None };
        folder.check_identity(name)?;
        folder.load()?;
        Ok(folder)
    }

    /// The founding of its cluster, if there is one.
    #[must_use]
    pub fn founding(&self) -> Option<&Founding> {
        self.founding.as_ref()
    }

    /// Which folder it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes down which cluster the folder belongs to. Durable when this returns.
    ///
    /// # Errors
    /// [`EngineError::OtherCluster`] if it belongs to another already, [`EngineError::Disk`].
    pub fn found(&mut self, founding: Founding) -> Result<(), EngineError> {
        if let Some(old) = self.founding.as_ref().filter(|old| old.cluster != founding.cluster) {
            return Err(EngineError::OtherCluster {
                folder: self.path.clone(),
                got: old.cluster,
                expected: founding.cluster,
            });
        }
        let bytes = encode(&founding).map_err(|reason| self.disk(&reason))?;
        self.write_meta(&[("founding", &bytes)])?;
        self.founding = Some(founding);
        Ok(())
    }

    /// Starts the writer.
    ///
    /// # Errors
    /// [`EngineError::Disk`] if the operating system gives no thread.
    pub fn start(self) -> Result<(Engine, watch::Receiver<Durable>), EngineError> {
        let (batches, queue) = sync_channel(QUEUE);
        let (report, durable) = watch::channel(Durable::Upto(0));
        let database = self.database;
        let writer = std::thread::Builder::new()
            .name("engine".into())
            .spawn(move || write_all(&database, &queue, &report))
            .map_err(|error| EngineError::Disk { folder: self.path, reason: error.to_string() })?;
        let engine = Engine {
            table: self.table,
            written: 0,
            batches: Some(batches),
            writer: Mutex::new(Some(writer)),
        };
        Ok((engine, durable))
    }

    fn disk(&self, reason: &dyn std::fmt::Display) -> EngineError {
        EngineError::Disk { folder: self.path.clone(), reason: reason.to_string() }
    }

    fn damaged(&self, reason: &dyn std::fmt::Display) -> EngineError {
        EngineError::Damaged { folder: self.path.clone(), reason: reason.to_string() }
    }

    /// The folder is new, or it is of this format and node.
    fn check_identity(&mut self, name: &str) -> Result<(), EngineError> {
        let read = self.database.begin_read().map_err(|error| self.damaged(&error))?;
        let meta = match read.open_table(META) {
            Ok(meta) => meta,
            Err(redb::TableError::TableDoesNotExist(_)) => {
                drop(read);
                let format = encode(&FORMAT).map_err(|reason| self.disk(&reason))?;
                let name = encode(name).map_err(|reason| self.disk(&reason))?;
                return self.write_meta(&[("format", &format), ("node", &name)]);
            }
            Err(error) => return Err(self.damaged(&error)),
        };
        let get = |what: &str| -> Result<Option<Vec<u8>>, EngineError> {
            let found = meta.get(what).map_err(|error| self.damaged(&error))?;
            Ok(found.map(|bytes| bytes.value().to_vec()))
        };
        let must =
            |what: &str| get(what)?.ok_or_else(|| self.damaged(&format!("no entry {what:?}")));
        let format: u32 = self.decode(&must("format")?)?;
        if format != FORMAT {
            let folder = self.path.clone();
            return Err(EngineError::Format { folder, got: format, expected: FORMAT });
        }
        let got: String = self.decode(&must("node")?)?;
        if got != name {
            let folder = self.path.clone();
            return Err(EngineError::OtherNode { folder, got, expected: name.to_owned() });
        }
        let founding = match get("founding")? {
            Some(bytes) => Some(self.decode::<Founding>(&bytes)?),
            None => None,
        };
        if let Some(founding) = &founding {
            founding.check().map_err(|error| self.damaged(&error))?;
        }
        self.founding = founding;
        Ok(())
    }

    fn decode<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, EngineError> {
        postcard::from_bytes(bytes).map_err(|error| self.damaged(&error))
    }

    fn write_meta(&self, entries: &[(&str, &[u8])]) -> Result<(), EngineError> {
        let write = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_write()?;
            {
                let mut meta = transaction.open_table(META)?;
                for (name, bytes) in entries {
                    meta.insert(name, bytes)?;
                }
            }
            transaction.commit()?;
            Ok(())
        };
        write().map_err(|error| self.disk(&error))
    }

    fn load(&mut self) -> Result<(), EngineError> {
        let read = self.database.begin_read().map_err(|error| self.damaged(&error))?;
        let mut table = Table::new();
        for (definition, kind) in [
            (RECORDS, Kind::Record),
            (HINTS, Kind::Hint),
            (EPOCHS, Kind::Epoch),
            (REGISTERS, Kind::Register),
        ] {
            let stored = match read.open_table(definition) {
                Ok(stored) => stored,
                Err(redb::TableError::TableDoesNotExist(_)) => continue,
                Err(error) => return Err(self.damaged(&error)),
            };
            for entry in stored.iter().map_err(|error| self.damaged(&error))? {
                let (key, value) = entry.map_err(|error| self.damaged(&error))?;
                let change = read_change(kind, key.value(), value.value())
                    .map_err(|reason| self.damaged(&reason))?;
                table.apply(change);
            }
        }
        if let Ok(meta) = read.open_table(META)
            && let Some(bytes) = meta.get("incarnation").map_err(|error| self.damaged(&error))?
        {
            table.apply(Change::Incarnation(Some(self.decode(bytes.value())?)));
        }
        self.table = table;
        Ok(())
    }
}

fn opening(path: &Path, error: DatabaseError) -> EngineError {
    let folder = path.to_owned();
    match error {
        DatabaseError::DatabaseAlreadyOpen => EngineError::Locked { folder },
        DatabaseError::Storage(redb::StorageError::Io(error))
            if error.kind() != std::io::ErrorKind::InvalidData
                && error.kind() != std::io::ErrorKind::UnexpectedEof =>
        {
            EngineError::Disk { folder, reason: error.to_string() }
        }
        error => EngineError::Damaged { folder, reason: error.to_string() },
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Record,
    Hint,
    Epoch,
    Register,
}

fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_allocvec(value)
}

/// A key as bytes in (nearly) storage order: place, length of the partition key, partition key,
/// sort key.
fn key_bytes(key: &Key) -> Vec<u8> {
    let (partition, sort) = (key.partition(), key.sort());
    let length = u16::try_from(partition.len()).unwrap_or(u16::MAX); // keys are far shorter
    let mut bytes = Vec::with_capacity(10 + partition.len() + sort.len());
    bytes.extend_from_slice(&key.place().to_be_bytes());
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(partition);
    bytes.extend_from_slice(sort);
    bytes
}

fn read_key(bytes: &[u8]) -> Result<Key, String> {
    let wrong = || format!("a key of {} bytes that is none", bytes.len());
    let (head, rest) = bytes.split_first_chunk::<10>().ok_or_else(wrong)?;
    let length = usize::from(u16::from_be_bytes([head[8], head[9]]));
    let (partition, sort) = rest.split_at_checked(length).ok_or_else(wrong)?;
    let copy = bytes::Bytes::copy_from_slice;
    let key = Key::new(copy(partition), copy(sort)).map_err(|error| error.to_string())?;
    if key.place().to_be_bytes() != head[..8] { Err(wrong()) } else { Ok(key) }
}

fn read_change(kind: Kind, key: &[u8], value: &[u8]) -> Result<Change, String> {
    let versions = || -> Result<Option<Arc<Versions>>, String> {
        let versions: Versions = postcard::from_bytes(value).map_err(|error| error.to_string())?;
        versions.check().map_err(|error| error.to_string())?;
        Ok(Some(Arc::new(versions)))
    };
    Ok(match kind {
        Kind::Record => Change::Record { key: read_key(key)?, versions: versions()? },
        Kind::Hint => {
            let (owner, key) =
                key.split_first_chunk::<2>().ok_or("a hint without an owner".to_owned())?;
            let owner = NodeId(u16::from_be_bytes(*owner));
            Change::Hint { owner, key: read_key(key)?, versions: versions()? }
        }
        Kind::Epoch => {
            let epoch = postcard::from_bytes(value).map_err(|error| error.to_string())?;
            Change::Epoch { key: read_key(key)?, epoch: Some(epoch) }
        }
        Kind::Register => {
            let acceptor = postcard::from_bytes(value).map_err(|error| error.to_string())?;
            Change::Register { key: read_key(key)?, acceptor: Some(Arc::new(acceptor)) }
        }
    })
}

struct Batch {
    sequence: Sequence,
    changes: Vec<Change>,
}

/// The storage of a running node.
pub struct Engine {
    table: Table,
    written: Sequence,
    batches: Option<SyncSender<Batch>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("written", &self.written).finish_non_exhaustive()
    }
}

impl Engine {
    /// The number of the last batch.
    #[must_use]
    pub const fn written(&self) -> Sequence {
        self.written
    }
}

impl Storage for Engine {
    fn apply(&mut self, batch: Vec<Change>) -> Sequence {
        for change in &batch {
            self.table.apply(change.clone());
        }
        self.written += 1;
        if let Some(batches) = &self.batches {
            // A writer that is gone has reported why; the host stops the node.
            let _ = batches.send(Batch { sequence: self.written, changes: batch });
        }
        self.written
    }

    fn table(&self) -> &Table {
        &self.table
    }
}

impl Drop for Engine {
    /// Waits until all batches are on disk.
    fn drop(&mut self) {
        self.batches = None;
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            let _ = writer.join();
        }
    }
}

fn write_all(database: &Database, queue: &Receiver<Batch>, report: &watch::Sender<Durable>) {
    let mut group = Vec::new();
    while let Ok(first) = queue.recv() {
        group.push(first);
        while group.len() < GROUP
            && let Ok(next) = queue.try_recv()
        {
            group.push(next);
        }
        let last = group.last().map_or(0, |batch| batch.sequence);
        match write_group(database, &mut group) {
            Ok(()) => report.send_replace(Durable::Upto(last)),
            Err(error) => {
                report.send_replace(Durable::Failed(error.to_string().into()));
                return; // what is on disk is no longer known: no sync after a failed one
            }
        };
    }
}

/// What a group of batches leaves behind: of each key the last change only, in the order of the
/// file, so that a page is touched once.
#[derive(Default)]
struct Group {
    records: BTreeMap<Vec<u8>, Option<Arc<Versions>>>,
    hints: BTreeMap<Vec<u8>, Option<Arc<Versions>>>,
    epochs: BTreeMap<Vec<u8>, Option<(u64, u64)>>,
    registers: BTreeMap<Vec<u8>, Option<Arc<Acceptor>>>,
    incarnation: Option<Option<u64>>,
}

impl Group {
    fn add(&mut self, change: Change) {
        match change {
            Change::Record { key, versions } => {
                self.records.insert(key_bytes(&key), versions);
            }
            Change::Hint { owner, key, versions } => {
                let mut name = owner.0.to_be_bytes().to_vec();
                name.extend_from_slice(&key_bytes(&key));
                self.hints.insert(name, versions);
            }
            Change::Epoch { key, epoch } => {
                self.epochs.insert(key_bytes(&key), epoch);
            }
            Change::Register { key, acceptor } => {
                self.registers.insert(key_bytes(&key), acceptor);
            }
            Change::Incarnation(incarnation) => self.incarnation = Some(incarnation),
        }
    }
}

fn write_group(database: &Database, batches: &mut Vec<Batch>) -> Result<(), redb::Error> {
    let mut group = Group::default();
    batches.drain(..).flat_map(|batch| batch.changes).for_each(|change| group.add(change));
    let transaction = database.begin_write()?;
    {
        let mut records = transaction.open_table(RECORDS)?;
        for (key, versions) in &group.records {
            put(&mut records, key, versions.as_deref())?;
        }
        let mut hints = transaction.open_table(HINTS)?;
        for (key, versions) in &group.hints {
            put(&mut hints, key, versions.as_deref())?;
        }
        let mut epochs = transaction.open_table(EPOCHS)?;
        for (key, epoch) in &group.epochs {
            put(&mut epochs, key, epoch.as_ref())?;
        }
        let mut registers = transaction.open_table(REGISTERS)?;
        for (key, acceptor) in &group.registers {
            put(&mut registers, key, acceptor.as_deref())?;
        }
        if let Some(incarnation) = group.incarnation {
            let mut meta = transaction.open_table(META)?;
            match incarnation {
                Some(incarnation) => {
                    drop(meta.insert("incarnation", to_bytes(&incarnation)?.as_slice())?);
                }
                None => drop(meta.remove("incarnation")?),
            }
        }
    }
    transaction.commit()?;
    Ok(())
}

fn to_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, redb::Error> {
    encode(value).map_err(|error| redb::Error::Io(std::io::Error::other(error)))
}

fn put<T: Serialize>(
    table: &mut redb::Table<'_, &[u8], &[u8]>,
    key: &[u8],
    value: Option<&T>,
) -> Result<(), redb::Error> {
    match value {
        Some(value) => drop(table.insert(key, to_bytes(value)?.as_slice())?),
        None => drop(table.remove(key)?),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::{Actor, Context, Dot};
    use crate::ring::Member;

    fn founding(cluster: u64) -> Founding {
        let seat = super::super::founding::Seat {
            member: Member::new(NodeId(0), "n1"),
            peer: "127.0.0.1:7101".parse().unwrap(),
        };
        Founding { cluster, seats: vec![seat] }
    }

    fn record(name: &str, value: &str) -> Change {
        let actor = Actor { node: NodeId(0), incarnation: 5, epoch: 1 };
        let versions = Versions::default().write(
            &Context::default(),
            Dot { actor, counter: 1 },
            Some(value.to_owned().into()),
        );
        let key = Key::new(name.to_owned(), "s").unwrap();
        Change::Record { key, versions: Some(Arc::new(versions)) }
    }

    fn wait(durable: &watch::Receiver<Durable>, upto: Sequence) {
        while *durable.borrow() != Durable::Upto(upto) {
            assert!(!matches!(*durable.borrow(), Durable::Failed(_)));
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }

    #[test]
    fn r6_17_what_was_reported_durable_is_there_after_reopening() {
        let dir = tempfile::tempdir().unwrap();
        let mut folder = Folder::open(dir.path(), "n1").unwrap();
        folder.found(founding(9)).unwrap();
        let (mut engine, durable) = folder.start().unwrap();
        let Change::Record { key, versions } = record("city", "Seoul") else { unreachable!() };
        engine.apply(vec![Change::Incarnation(Some(5)), record("city", "Seoul")]);
        engine.apply(vec![
            Change::Hint { owner: NodeId(2), key: key.clone(), versions: versions.clone() },
            Change::Epoch { key: key.clone(), epoch: Some((5, 1)) },
            record("gone", "x"),
        ]);
        let Change::Record { key: gone, .. } = record("gone", "x") else { unreachable!() };
        let last = engine.apply(vec![Change::Record { key: gone.clone(), versions: None }]);
        wait(&durable, last);
        drop(engine);

        let folder = Folder::open(dir.path(), "n1").unwrap();
        assert_eq!(folder.founding(), Some(&founding(9)));
        let table = &folder.table;
        assert_eq!(table.record(&key).cloned(), versions);
        assert_eq!(table.hint(NodeId(2), &key).cloned(), versions);
        assert_eq!(table.epoch(&key), Some((5, 1)));
        assert_eq!(table.incarnation(), Some(5));
        assert_eq!(table.record(&gone), None);
    }

    #[test]
    fn a_folder_of_another_node_cluster_or_process_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let mut folder = Folder::open(dir.path(), "n1").unwrap();
        folder.found(founding(9)).unwrap();
        assert!(matches!(Folder::open(dir.path(), "n1"), Err(EngineError::Locked { .. })));
        assert!(matches!(
            folder.found(founding(8)),
            Err(EngineError::OtherCluster { got: 9, expected: 8, .. })
        ));
        drop(folder);
        let refused = Folder::open(dir.path(), "n2").unwrap_err();
        assert!(matches!(&refused, EngineError::OtherNode { got, .. } if got == "n1"), "{refused}");
        assert!(Folder::open(dir.path(), "n1").is_ok());
    }

    #[test]
    fn a_folder_of_another_format_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path(), "n1").unwrap();
        folder.write_meta(&[("format", &encode(&7u32).unwrap())]).unwrap();
        drop(folder);
        assert!(matches!(
            Folder::open(dir.path(), "n1"),
            Err(EngineError::Format { got: 7, expected: FORMAT, .. })
        ));
    }

    #[test]
    fn r6_17_a_damaged_file_is_refused_not_trusted() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("ennead.redb"), b"this is no database at all, not at all")
            .unwrap();
        assert!(matches!(Folder::open(dir.path(), "n1"), Err(EngineError::Damaged { .. })));
    }

    #[test]
    fn keys_survive_as_bytes() {
        for (partition, sort) in [("city", ""), ("k", "sort"), ("\u{0}\u{ff}", "\u{0}")] {
            let key = Key::new(partition, sort).unwrap();
            assert_eq!(read_key(&key_bytes(&key)), Ok(key));
        }
        assert!(read_key(b"short").is_err());
        let mut moved = key_bytes(&Key::new("city", "").unwrap());
        moved[0] ^= 1;
        assert!(read_key(&moved).is_err());
    }
}
