//! Devices of people in a simulated world: they connect to a node, say, read, and go elsewhere when it is gone.
//!
//! The side of a phone and its connection are one future on the node that it is connected to, so that a killed node
//! takes the connection along, and what was on its way either way. What the phone has is kept outside.

use super::options::Between;
use super::ports::Handle;
use crate::base::{Instant, Random, Span};
use crate::chat::{
    Closed, ConversationId, Device, Draft, Error, Event, HEARTBEAT, Sent, SessionId,
};
use crate::port::{Clock, LogError, Random as _, Sleep, UserId};
use crate::ring::NodeId;
use crate::services::Services;
use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use core::cell::RefCell;
use core::fmt;
use core::future::poll_fn;
use core::pin::pin;
use core::task::{Poll, Waker};
use serde::{Deserialize, Serialize};

/// How often a phone without reception looks for it.
const SEARCH: Span = Span::from_millis(200);
/// Before a phone sends again what was refused since the phone is behind.
const CATCH_UP: Span = Span::from_millis(250);

/// What a person does with a phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Touch {
    /// Have it, and go on-line: at a node, if that runs, else at the best.
    TakeUp {
        /// Whose it is.
        user: UserId,
        /// Where it connects first.
        home: Option<NodeId>,
    },
    /// Go off-line, or on-line again.
    Online(bool),
    /// Carry it to where nothing is received, or back.
    Reception(bool),
    /// Say something.
    Say {
        /// Where.
        conversation: ConversationId,
        /// What.
        text: String,
    },
    /// Have read all that is there of a conversation.
    Read(ConversationId),
}

/// What happened to a phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhoneNews {
    /// It has sent its greeting to a node.
    Calls(NodeId),
    /// It is connected.
    Connected(NodeId),
    /// What it said is in the conversation under this number.
    Acknowledged {
        /// Where.
        conversation: ConversationId,
        /// Its number.
        number: u64,
    },
    /// What it said was refused for good.
    Refused(String),
    /// It was given messages.
    Got {
        /// Where.
        conversation: ConversationId,
        /// The last of them.
        number: u64,
        /// How many were new to it.
        new: u64,
    },
    /// Its connection is no more.
    Gone,
}

impl fmt::Display for Touch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TakeUp { user, .. } => write!(f, "it is taken up by user {user}"),
            Self::Online(true) => f.write_str("it is switched on"),
            Self::Online(false) => f.write_str("it is switched off"),
            Self::Reception(true) => f.write_str("it has reception again"),
            Self::Reception(false) => f.write_str("it is carried to where nothing is received"),
            Self::Say { conversation, text } => {
                let excerpt: String = text.chars().take(40).collect();
                write!(f, "say {excerpt:?} in {conversation}")
            }
            Self::Read(conversation) => write!(f, "read all of {conversation}"),
        }
    }
}

impl fmt::Display for PhoneNews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calls(_) => f.write_str("it connects"),
            Self::Connected(_) => f.write_str("it is connected"),
            Self::Acknowledged { conversation, number } => {
                write!(f, "what it said is message {number} of {conversation}")
            }
            Self::Refused(why) => write!(f, "refused: {why}"),
            Self::Got { conversation, number, new } => {
                let messages = if *new == 1 { "message" } else { "messages" };
                write!(f, "it gets {new} new {messages} of {conversation}, up to {number}")
            }
            Self::Gone => f.write_str("its connection is gone"),
        }
    }
}

/// A phone.
#[derive(Debug)]
pub struct Phone {
    /// What it has.
    pub device: Device,
    /// Whether it wants to be on-line.
    pub is_on: bool,
    /// Whether it receives anything where it is.
    pub has_reception: bool,
    /// What its user has done and it has not told yet.
    pub(super) reads: VecDeque<ConversationId>,
    /// Where it is connected or connecting, in which life of the node.
    pub(super) at: Option<(NodeId, u32)>,
    /// Whether the node has answered its greeting.
    pub is_connected: bool,
    /// The number of its connection: an older one is no longer listened to.
    connection: u64,
    /// When it last heard anything.
    pub(super) heard: Instant,
    /// When it tries to connect again.
    pub(super) again: Instant,
    /// Where it connects first, if that runs.
    pub(super) home: Option<NodeId>,
    news: VecDeque<PhoneNews>,
    waker: Option<Waker>,
}

/// How a phone's future and its world reach it.
pub(super) type Shared = Rc<RefCell<Phone>>;

impl Phone {
    pub(super) fn new(user: UserId, tag: u64, home: Option<NodeId>, now: Instant) -> Self {
        Self {
            device: Device::new(user, tag),
            is_on: true,
            has_reception: true,
            reads: VecDeque::new(),
            at: None,
            is_connected: false,
            connection: 0,
            heard: now,
            again: now,
            home,
            news: VecDeque::new(),
            waker: None,
        }
    }

    /// Where it is connected or connecting.
    #[must_use]
    pub fn calls(&self) -> Option<NodeId> {
        self.at.map(|(node, _)| node)
    }

    /// Where it is connected.
    #[must_use]
    pub fn node(&self) -> Option<NodeId> {
        self.at.filter(|_| self.is_connected).map(|(node, _)| node)
    }

    pub(super) fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    pub(super) fn tell(&mut self, news: PhoneNews) {
        self.news.push_back(news);
    }

    pub(super) fn take_news(&mut self) -> VecDeque<PhoneNews> {
        core::mem::take(&mut self.news)
    }

    /// It begins to connect; the number of the connection.
    pub(super) fn call(&mut self, node: NodeId, life: u32, now: Instant) -> u64 {
        self.connection += 1;
        (self.at, self.is_connected, self.heard) = (Some((node, life)), false, now);
        self.home = None;
        self.tell(PhoneNews::Calls(node));
        self.connection
    }

    /// Its connection is no more: it tries again after a random while, so that not all come at once.
    pub(super) fn lose(&mut self, now: Instant, random: &mut Random) {
        if self.at.take().is_some() {
            self.connection += 1;
            self.is_connected = false;
            self.again = now + Span::from_millis(random.below(1_000));
            self.tell(PhoneNews::Gone);
            self.wake();
        }
    }
}

/// One connection of a phone, on the node that it is connected to.
pub(super) struct Call {
    pub(super) services: Rc<Services<Handle>>,
    pub(super) handle: Handle,
    pub(super) phone: Shared,
    pub(super) number: u64,
    /// How long anything travels between the phone and the node.
    pub(super) latency: Between,
}

impl Call {
    fn is_over(&self) -> bool {
        self.phone.borrow().connection != self.number
    }

    async fn travel(&self) {
        let (least, most) = (self.latency.least.as_micros(), self.latency.most.as_micros());
        let span = least + self.handle.random() % (most.saturating_sub(least) + 1);
        self.handle.sleep(Span::from_micros(span)).await;
        while !self.phone.borrow().has_reception && !self.is_over() {
            self.handle.sleep(SEARCH).await;
        }
    }

    /// The whole of the connection. When it ends by itself, the phone knows.
    pub(super) async fn attend(self) {
        self.travel().await;
        let hello = self.phone.borrow_mut().device.hello(100);
        let connected = self.services.chat.connect(hello).await;
        self.travel().await;
        let Ok(connected) = connected else { return self.hang_up() };
        if self.is_over() {
            return self.services.chat.disconnect(connected.session);
        }
        {
            let phone = &mut *self.phone.borrow_mut();
            phone.device.connected(connected.online);
            phone.is_connected = true;
            phone.heard = self.handle.now().instant;
            phone.tell(PhoneNews::Connected(self.services.node()));
        }
        let session = connected.session;
        let (mut hears, mut says) = (pin!(self.hears(session)), pin!(self.says()));
        let mut beats = pin!(self.beats(session));
        poll_fn(|context| {
            let is_over = self.is_over()
                || hears.as_mut().poll(context).is_ready()
                || says.as_mut().poll(context).is_ready()
                || beats.as_mut().poll(context).is_ready();
            if is_over { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        self.services.chat.disconnect(session);
        self.hang_up();
    }

    /// The phone finds its connection ended, and will try elsewhere.
    fn hang_up(&self) {
        if !self.is_over() {
            let mut random = Random::new(self.handle.random());
            self.phone.borrow_mut().lose(self.handle.now().instant, &mut random);
        }
    }

    /// Gives the phone what it is told.
    async fn hears(&self, session: SessionId) -> Closed {
        loop {
            let event = match self.services.chat.next(session).await {
                Ok(event) => event,
                Err(closed) => return closed,
            };
            self.travel().await;
            if self.is_over() {
                return Closed::Gone;
            }
            let phone = &mut *self.phone.borrow_mut();
            phone.heard = self.handle.now().instant;
            let got = match &event {
                Event::Messages { conversation, messages } => {
                    messages.last().map(|message| (*conversation, message.number))
                }
                _ => None,
            };
            match (phone.device.handle(event), got) {
                (Ok(new), Some((conversation, number))) => {
                    phone.tell(PhoneNews::Got { conversation, number, new });
                }
                (Ok(_), None) => {}
                (Err(_), _) => return Closed::Gone,
            }
        }
    }

    /// Says what the phone has to say, one after the other, until something fails.
    async fn says(&self) {
        loop {
            let (draft, read) = poll_fn(|context| {
                let phone = &mut *self.phone.borrow_mut();
                let draft = phone.device.outbox().next().cloned();
                let read = phone.reads.front().copied();
                if draft.is_none() && read.is_none() {
                    phone.waker = Some(context.waker().clone());
                    return Poll::Pending;
                }
                Poll::Ready((draft, read))
            })
            .await;
            self.travel().await;
            let user = self.phone.borrow().device.user();
            if let Some(conversation) = read {
                let number = self.phone.borrow().device.last(conversation);
                if self.services.chat.read(user, conversation, number).await.is_err() {
                    return;
                }
                self.phone.borrow_mut().reads.pop_front();
            }
            let Some(draft) = draft else { continue };
            let sent = self.services.chat.send(user, &draft).await;
            self.travel().await;
            if self.is_over() {
                return;
            }
            match self.is_sent(&draft, sent) {
                Some(true) => {}
                Some(false) => self.handle.sleep(CATCH_UP).await,
                None => return,
            }
        }
    }

    /// Whether what it said is settled, or is to be sent again; none if this had better be at another node.
    fn is_sent(&self, draft: &Draft, sent: Result<Sent, Error>) -> Option<bool> {
        let phone = &mut *self.phone.borrow_mut();
        phone.heard = self.handle.now().instant;
        match sent {
            Ok(sent) => {
                phone.device.settle(&draft.id);
                let conversation = draft.conversation;
                phone.tell(PhoneNews::Acknowledged { conversation, number: sent.number });
            }
            // First it is given what was said meanwhile.
            Err(Error::Log(LogError::Behind { .. })) => {
                phone.device.catch_up(&draft.id);
                return Some(false);
            }
            Err(Error::Port(_) | Error::Unsure { .. } | Error::Log(_) | Error::TooOften { .. }) => {
                return None;
            }
            Err(error) => {
                phone.device.settle(&draft.id);
                phone.tell(PhoneNews::Refused(error.to_string()));
            }
        }
        Some(true)
    }

    /// The phone says that it is there, and hears that the node is.
    async fn beats(&self, session: SessionId) {
        loop {
            self.handle.sleep(HEARTBEAT).await;
            self.travel().await;
            self.services.chat.heard(session);
            self.phone.borrow_mut().heard = self.handle.now().instant;
        }
    }
}
