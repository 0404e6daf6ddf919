//! The ports of services in a simulated world, and the executor that runs them.
//!
//! Each machine has a [`Process`]: futures that are polled one after the other, in the order in which
//! they were started, whenever something came that they wait for. They share a desk with the world: what
//! they ask of the store, how long they sleep and what they publish lies there until the world takes
//! it, and answers are put back. When the machine is killed the process is dropped, at whatever await
//! its futures have reached.

use super::providers::SandboxProviders;
use super::web::SandboxWeb;
use crate::base::{Now, Random, Span};
use crate::crawler::{Address, Fetch, FetchError, Fetched, Kind, Wanted};
use crate::kv::{Answer, Published, Request, Topic};
use crate::notification::{Envelope, Provider, Refusal};
use crate::port::{self, Clock, Compute, MAX_PUBLISHED, Publish, Sleep, Store};
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::task::Wake;
use alloc::vec::Vec;
use bytes::Bytes;
use core::cell::{Cell, RefCell};
use core::future::poll_fn;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker};

/// What a future wants of the world.
#[derive(Debug)]
pub(crate) enum Wish {
    /// An answer of the store.
    Ask(u64, Box<Request>),
    /// To be woken later.
    Sleep(u64, Span),
    /// A message to all nodes.
    Publish(Published),
}

/// What was wished for and has come.
#[derive(Debug)]
enum Came {
    Answer(Result<Answer, port::Error>),
    Awake,
}

/// What a process and its world share.
#[derive(Debug)]
struct Desk {
    now: Now,
    random: Random,
    last: u64,
    wishes: Vec<Wish>,
    came: BTreeMap<u64, Came>,
    waiting: BTreeMap<u64, Waker>,
    /// Wishes whose futures are gone: nobody will take what comes.
    dropped: BTreeSet<u64>,
    /// The web that crawls see, once there are any.
    web: Option<Rc<SandboxWeb>>,
    /// Those who bring messages to devices.
    providers: Option<Rc<SandboxProviders>>,
}

/// The ports of one process.
#[derive(Clone, Debug)]
pub struct Handle(Rc<RefCell<Desk>>);

/// A wish that takes itself back when its future is dropped.
struct Waiting<'a> {
    handle: &'a Handle,
    number: u64,
    is_over: Cell<bool>,
}

impl Waiting<'_> {
    async fn outcome(&self) -> Came {
        poll_fn(|context| {
            let mut desk = self.handle.0.borrow_mut();
            if let Some(came) = desk.came.remove(&self.number) {
                self.is_over.set(true);
                return Poll::Ready(came);
            }
            desk.waiting.insert(self.number, context.waker().clone());
            Poll::Pending
        })
        .await
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut desk = self.handle.0.borrow_mut();
        desk.waiting.remove(&self.number);
        if desk.came.remove(&self.number).is_none() && !self.is_over.get() {
            desk.dropped.insert(self.number);
        }
    }
}

impl Handle {
    fn wish(&self, wish: impl FnOnce(u64) -> Wish) -> Waiting<'_> {
        let mut desk = self.0.borrow_mut();
        desk.last += 1;
        let number = desk.last;
        desk.wishes.push(wish(number));
        Waiting { handle: self, number, is_over: Cell::new(false) }
    }
}

impl Store for Handle {
    async fn ask(&self, request: Request) -> Result<Answer, port::Error> {
        match self.wish(|number| Wish::Ask(number, Box::new(request))).outcome().await {
            Came::Answer(outcome) => outcome,
            Came::Awake => Err(port::Error::Stopped), // a number is used once: this does not happen
        }
    }
}

impl Sleep for Handle {
    async fn sleep(&self, span: Span) {
        self.wish(|number| Wish::Sleep(number, span)).outcome().await;
    }
}

impl Clock for Handle {
    fn now(&self) -> Now {
        self.0.borrow().now
    }
}

impl port::Random for Handle {
    fn random(&self) -> u64 {
        self.0.borrow_mut().random.u64()
    }
}

impl Publish for Handle {
    fn publish(&self, topic: Topic, body: Bytes) -> bool {
        let fits = body.len() <= MAX_PUBLISHED;
        if fits {
            self.0.borrow_mut().wishes.push(Wish::Publish(Published { topic, body }));
        }
        fits
    }
}

impl Compute for Handle {
    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, port::Error> {
        Ok(work()) // it takes none of the world's time
    }
}

/// A request to the web, which ends when its future does.
struct Connection<'a> {
    handle: &'a Handle,
    web: Rc<SandboxWeb>,
    number: usize,
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        self.web.end(self.number, self.handle.now().instant);
    }
}

impl Fetch for Handle {
    async fn fetch(
        &self,
        address: &Address,
        _agent: &str,
        _wanted: Wanted,
    ) -> Result<Fetched, FetchError> {
        let web = self.0.borrow().web.clone();
        let Some(web) = web else { return Err(FetchError::Unable) };
        let (number, answer) = web.begin(address, self.now().instant);
        let _connection = Connection { handle: self, web, number };
        self.sleep(answer.took).await;
        answer.fetched
    }

    async fn keep(
        &self,
        _crawl: &str,
        address: &Address,
        _kind: Kind,
        _body: &Bytes,
    ) -> Result<(), String> {
        if let Some(web) = &self.0.borrow().web {
            web.keep(address);
        }
        Ok(())
    }
}

impl Provider for Handle {
    async fn deliver(&self, envelope: &Envelope) -> Result<String, Refusal> {
        let providers = self.0.borrow().providers.clone();
        let Some(providers) = providers else {
            return Err(Refusal::Never { reason: "there is no provider".into() });
        };
        let handed_over = providers.hand_over(envelope, self.now().instant);
        self.sleep(handed_over.took).await;
        handed_over.outcome
    }
}

/// Says that a future should be polled.
#[derive(Debug)]
struct Flag {
    is_ready: AtomicBool,
    /// Shared by all of a process: whether any is ready.
    is_any: Arc<AtomicBool>,
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.is_ready.store(true, Ordering::Relaxed);
        self.is_any.store(true, Ordering::Relaxed);
    }
}

struct Task {
    future: Pin<Box<dyn Future<Output = ()>>>,
    flag: Arc<Flag>,
}

/// The futures of one life of a machine.
pub(crate) struct Process {
    handle: Handle,
    tasks: BTreeMap<u64, Task>,
    last: u64,
    is_any: Arc<AtomicBool>,
}

impl core::fmt::Debug for Process {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Process").field("tasks", &self.tasks.len()).finish_non_exhaustive()
    }
}

impl Process {
    pub(crate) fn new(now: Now, random: Random) -> Self {
        let desk = Desk {
            now,
            random,
            last: 0,
            wishes: Vec::new(),
            came: BTreeMap::new(),
            waiting: BTreeMap::new(),
            dropped: BTreeSet::new(),
            web: None,
            providers: None,
        };
        Self {
            handle: Handle(Rc::new(RefCell::new(desk))),
            tasks: BTreeMap::new(),
            last: 0,
            is_any: Arc::default(),
        }
    }

    /// The ports, for services to keep.
    pub(crate) fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Shows the process the web.
    pub(crate) fn show(&mut self, web: Rc<SandboxWeb>) {
        self.handle.0.borrow_mut().web = Some(web);
    }

    /// Shows the process who brings messages to devices.
    pub(crate) fn provide(&mut self, providers: Rc<SandboxProviders>) {
        self.handle.0.borrow_mut().providers = Some(providers);
    }

    /// Starts a future.
    pub(crate) fn spawn(&mut self, future: impl Future<Output = ()> + 'static) {
        self.last += 1;
        self.is_any.store(true, Ordering::Relaxed);
        let is_any = Arc::clone(&self.is_any);
        let flag = Arc::new(Flag { is_ready: AtomicBool::new(true), is_any });
        self.tasks.insert(self.last, Task { future: Box::pin(future), flag });
    }

    /// The store has answered.
    pub(crate) fn answered(&mut self, number: u64, outcome: Result<Answer, port::Error>) {
        self.bring(number, Came::Answer(outcome));
    }

    /// A sleep is over.
    pub(crate) fn awake(&mut self, number: u64) {
        self.bring(number, Came::Awake);
    }

    fn bring(&mut self, number: u64, came: Came) {
        let mut desk = self.handle.0.borrow_mut();
        if desk.dropped.remove(&number) {
            return;
        }
        desk.came.insert(number, came);
        if let Some(waker) = desk.waiting.remove(&number) {
            waker.wake();
        }
    }

    /// Lets every future go on that can, until all wait; what they wished for meanwhile.
    pub(crate) fn run(&mut self, now: Now) -> Vec<Wish> {
        self.handle.0.borrow_mut().now = now;
        while self.is_any.swap(false, Ordering::Relaxed) {
            let ready = |task: &Task| task.flag.is_ready.swap(false, Ordering::Relaxed);
            let ids: Vec<u64> =
                self.tasks.iter().filter(|(_, task)| ready(task)).map(|(&id, _)| id).collect();
            for id in ids {
                let Some(task) = self.tasks.get_mut(&id) else { continue };
                let waker = Waker::from(Arc::clone(&task.flag));
                let done = task.future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
                if done {
                    self.tasks.remove(&id);
                }
            }
        }
        core::mem::take(&mut self.handle.0.borrow_mut().wishes)
    }
}
