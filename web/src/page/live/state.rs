//! What the page knows.

use ennead::base::{Span, Wall};
use ennead::chat::{ConversationId, Device, Draft, Group, Message};
use ennead::notification::Backoff;
use ennead::port::UserId;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Posts that the page keeps.
pub(crate) const MAX_POSTS: usize = 200;
/// Earlier messages of a conversation that are read from its history.
pub(crate) const MAX_EARLIER: usize = 2_000;
/// Waits between attempts to connect.
const BACKOFF: Backoff = Backoff { first: Span::from_millis(1_000), most: Span::from_secs(15) };

/// What no log is to show.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Secret(pub(crate) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// The moment at which something happens, and what else is not the page's own doing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around {
    /// Milliseconds since the page was opened.
    pub(crate) now: u64,
    /// Any number.
    pub(crate) random: u64,
    /// Whether a person sees the page now.
    pub(crate) is_seen: bool,
}

/// All that the page knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Live {
    /// The node that serves the page; none if none does.
    pub(crate) node: Option<String>,
    /// All nodes, once it has said them.
    pub(crate) nodes: Vec<Node>,
    /// What is in the fields.
    pub(crate) fields: Fields,
    /// What was refused last, and where it was asked.
    pub(crate) trouble: Option<(Place, Problem)>,
    /// Who is logged in, and all that is theirs.
    pub(crate) person: Option<Box<Person>>,
    /// How many log-ins and log-outs there were: answers to an earlier one come too late.
    pub(crate) epoch: u32,
    /// When the nodes were asked for last.
    pub(crate) nodes_asked: u64,
    /// Sessions that have ended here, until the node says that they have: each with when it is told again.
    pub(crate) ending: Vec<(Secret, Link)>,
}

/// A node of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) name: String,
    /// Its host and port, if it is known.
    pub(crate) http: Option<String>,
    pub(crate) is_up: bool,
}

/// What is in the fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    pub(crate) name: String,
    pub(crate) password: Secret,
    pub(crate) email: String,
    /// Whom to ask for friendship.
    pub(crate) other: String,
    /// What is about to be said.
    pub(crate) text: String,
    /// What is about to be posted.
    pub(crate) post: String,
    /// What a new group is to be called, and who is to be in it.
    pub(crate) group: String,
    pub(crate) members: BTreeSet<UserId>,
}

/// Where something was asked, so that the answer can stand beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Account,
    People,
    Talk,
    Feed,
    Settings,
}

impl Place {
    /// Its name in the document.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::People => "people",
            Self::Talk => "talk",
            Self::Feed => "feed",
            Self::Settings => "settings",
        }
    }
}

/// Why something was not done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Problem {
    /// HTTP's; 0 if there was no answer.
    pub(crate) status: u16,
    /// The last part of its type, such as `taken`.
    pub(crate) kind: String,
    pub(crate) title: String,
    pub(crate) detail: String,
}

impl Problem {
    /// Whether it may go well a little later.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self.status, 0 | 408 | 429 | 500..) || self.kind == "behind"
    }
}

/// A user whom the person has to do with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Friend {
    pub(crate) id: UserId,
    pub(crate) name: String,
    pub(crate) standing: Standing,
}

/// What two are to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// The other has asked.
    Asks,
    Friends,
    /// The person has asked.
    Asked,
    Blocked,
}

/// A connection that is to be kept up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// To be opened at this moment, after so many failures in a row.
    Due { at: u64, failures: u16 },
    /// It is being opened.
    Opening { since: u64, failures: u16 },
    /// It is open, and was heard of last then.
    Open { heard: u64 },
}

impl Link {
    /// To be opened at once.
    pub(crate) const NEW: Self = Self::Due { at: 0, failures: 0 };

    /// It broke, or could not be opened: it waits for a while that grows, spread by chance.
    pub(crate) fn fail(&mut self, around: Around) {
        let failures = match *self {
            Self::Due { .. } => return,
            Self::Opening { failures, .. } => failures.saturating_add(1),
            Self::Open { .. } => 1,
        };
        let wait = BACKOFF.wait(failures, around.random).as_millis();
        *self = Self::Due { at: around.now + wait, failures };
    }

    /// Whether it is to be opened now; then it is being opened.
    pub(crate) fn begin(&mut self, around: Around) -> bool {
        match *self {
            Self::Due { at, failures } if at <= around.now => {
                *self = Self::Opening { since: around.now, failures };
                true
            }
            _ => false,
        }
    }

    /// Something was heard over it.
    pub(crate) const fn hear(&mut self, around: Around) {
        *self = Self::Open { heard: around.now };
    }

    /// Whether it is open.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// For how many milliseconds nothing was heard, if something should be.
    pub(crate) const fn silence(&self, around: Around) -> u64 {
        match *self {
            Self::Due { .. } => 0,
            Self::Opening { since: from, .. } | Self::Open { heard: from } => {
                around.now.saturating_sub(from)
            }
        }
    }
}

/// A post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Post {
    pub(crate) id: u64,
    pub(crate) author: UserId,
    pub(crate) name: String,
    pub(crate) created: Wall,
    pub(crate) text: String,
    /// How many pictures and films belong to it.
    pub(crate) images: usize,
    pub(crate) videos: usize,
}

/// What the inspector shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Chosen {
    #[default]
    Nothing,
    Message(ConversationId, u64),
    Post(u64),
}

/// Whoever is logged in, and all that is theirs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Person {
    pub(crate) token: Secret,
    pub(crate) id: UserId,
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    /// Friends, and those whom one of the two has asked or blocked.
    pub(crate) friends: Vec<Friend>,
    pub(crate) friends_asked: u64,
    /// Messages in order, each once, and what waits to be sent.
    pub(crate) device: Device,
    /// What the device does not keep of its conversations.
    pub(crate) talks: BTreeMap<ConversationId, Talk>,
    pub(crate) open: Option<ConversationId>,
    /// The socket of the chat, and the node at its other end.
    pub(crate) socket: Link,
    pub(crate) socket_node: String,
    pub(crate) pinged: u64,
    /// The draft that was sent and is not answered, and since when.
    pub(crate) in_flight: Option<(String, u64)>,
    /// Before this moment nothing is sent again.
    pub(crate) retry_at: u64,
    pub(crate) typed: u64,
    /// Newest first, each once.
    pub(crate) posts: Vec<Post>,
    /// The cursor of the page after them.
    pub(crate) more_posts: Option<String>,
    /// When the first page was asked for last, and whether it is here.
    pub(crate) posts_asked: u64,
    pub(crate) has_posts: bool,
    /// The open feed, and the id of its last event: how far it was shown, as the node says it.
    pub(crate) feed: Link,
    pub(crate) feed_place: Option<String>,
    /// The name under which the post in the field is published: the same again if the answer was lost.
    pub(crate) post_key: Option<(String, String)>,
    pub(crate) chosen: Chosen,
    /// Who is blocked when that is said once more.
    pub(crate) about_to_block: Option<UserId>,
    /// The names of users who are no friends.
    pub(crate) names: BTreeMap<UserId, String>,
    /// What the person opted out of, once it is known.
    pub(crate) opted_out: Option<OptedOut>,
}

/// What a person is not to be told, or not that way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OptedOut {
    pub(crate) channels: BTreeSet<String>,
    pub(crate) templates: BTreeSet<String>,
}

/// That somebody has read up to a number, said but not confirmed: it is said again, or who closes the window is
/// mailed what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Marking {
    pub(crate) number: u64,
    /// When it was said last.
    pub(crate) at: u64,
    /// How often it was.
    pub(crate) times: u32,
}

impl Marking {
    /// When it is to be said again: after 5 seconds, then less and less often, at least every 80.
    pub(crate) fn again_at(&self) -> u64 {
        self.at + (5_000 << self.times.saturating_sub(1).min(4))
    }
}

/// What belongs to a conversation beside its messages.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Talk {
    /// How far the person has read.
    pub(crate) read: u64,
    /// What the cluster was told of that, until it confirms it.
    pub(crate) marking: Option<Marking>,
    /// Messages before those that the device has, in order.
    pub(crate) earlier: VecDeque<Message>,
    pub(crate) is_loading: bool,
    /// Who is typing, each until a moment.
    pub(crate) typing: BTreeMap<UserId, u64>,
    /// Acknowledged, with number and node, but not yet given back as messages.
    pub(crate) kept: Vec<(Draft, u64)>,
    /// Which node acknowledged which number.
    pub(crate) kept_by: BTreeMap<u64, String>,
    /// What was refused for good, and why.
    pub(crate) refused: Vec<(Draft, Problem)>,
    /// Who is in it, if it is a group.
    pub(crate) group: Option<Group>,
}

impl Person {
    /// Somebody who has just logged in. `tag` is a random number.
    pub(crate) fn new(token: Secret, id: UserId, name: String, tag: u64) -> Self {
        Self {
            token,
            id,
            name,
            email: None,
            friends: Vec::new(),
            friends_asked: 0,
            device: Device::new(id, tag),
            talks: BTreeMap::new(),
            open: None,
            socket: Link::NEW,
            socket_node: String::new(),
            pinged: 0,
            in_flight: None,
            retry_at: 0,
            typed: 0,
            posts: Vec::new(),
            more_posts: None,
            posts_asked: 0,
            has_posts: false,
            feed: Link::NEW,
            feed_place: None,
            post_key: None,
            chosen: Chosen::Nothing,
            about_to_block: None,
            names: BTreeMap::new(),
            opted_out: None,
        }
    }

    /// A user's name, or number.
    pub(crate) fn name_of(&self, user: UserId) -> String {
        if user == self.id {
            return self.name.clone();
        }
        let friend = self.friends.iter().find(|friend| friend.id == user);
        let name = friend.map(|friend| &friend.name).or_else(|| self.names.get(&user));
        name.cloned().unwrap_or_else(|| user.to_string())
    }

    /// A conversation's name: the other's, or the group's.
    pub(crate) fn title_of(&self, conversation: ConversationId) -> String {
        if let Some(other) = conversation.other(self.id) {
            return self.name_of(other);
        }
        let group = self.talks.get(&conversation).and_then(|talk| talk.group.as_ref());
        group.map_or_else(|| conversation.to_string(), |group| group.name.clone())
    }

    /// The groups that the person is in, as far as is known.
    pub(crate) fn groups(&self) -> impl Iterator<Item = (ConversationId, &Group)> {
        self.talks.iter().filter_map(|(&id, talk)| Some((id, talk.group.as_ref()?)))
    }

    /// Conversations with somebody who is no friend: a stranger who wrote, or who was a friend.
    pub(crate) fn others(&self) -> impl Iterator<Item = (ConversationId, UserId)> {
        let is_friend = |user| {
            let is = |friend: &Friend| friend.id == user && friend.standing == Standing::Friends;
            self.friends.iter().any(is)
        };
        let said = self.device.conversations().filter(|(_, kept)| kept.last > 0);
        let with = said.filter_map(|(id, _)| Some((id, id.other(self.id)?)));
        with.filter(move |&(_, other)| !is_friend(other))
    }

    /// All messages of a conversation that are here, in order.
    pub(crate) fn messages(&self, conversation: ConversationId) -> Vec<&Message> {
        let earlier = self.talks.get(&conversation).into_iter().flat_map(|talk| &talk.earlier);
        let kept = self.device.conversations().find(|&(id, _)| id == conversation);
        earlier.chain(kept.into_iter().flat_map(|(_, kept)| &kept.messages)).collect()
    }

    /// How far the person has read, on this device or another.
    pub(crate) fn read(&self, conversation: ConversationId) -> u64 {
        let here = self.talks.get(&conversation).map_or(0, |talk| talk.read);
        here.max(self.read_by(conversation, self.id))
    }

    /// The cluster says how far the person has read.
    pub(crate) fn confirm_read(&mut self, conversation: ConversationId, number: u64) {
        let talk = self.talk(conversation);
        talk.read = talk.read.max(number);
        talk.marking = talk.marking.take().filter(|marking| marking.number > number);
    }

    /// How far a member has read, as far as the device was told.
    fn read_by(&self, conversation: ConversationId, user: UserId) -> u64 {
        let kept = self.device.conversations().find(|&(id, _)| id == conversation);
        kept.and_then(|(_, kept)| kept.read.get(&user)).copied().unwrap_or(0)
    }

    /// Who else has read a message.
    pub(crate) fn readers(&self, conversation: ConversationId, number: u64) -> Vec<UserId> {
        let kept = self.device.conversations().find(|&(id, _)| id == conversation);
        let read = kept.into_iter().flat_map(|(_, kept)| &kept.read);
        let read = read.filter(|&(&user, &up_to)| user != self.id && up_to >= number);
        read.map(|(&user, _)| user).collect()
    }

    /// How many messages of others the person has not read, as far as they are here.
    pub(crate) fn unread(&self, conversation: ConversationId) -> u64 {
        let read = self.read(conversation);
        let kept = self.device.conversations().find(|&(id, _)| id == conversation);
        let messages = kept.into_iter().flat_map(|(_, kept)| kept.messages.iter().rev());
        let new = messages.take_while(|message| message.number > read);
        new.filter(|message| message.author != self.id).count() as u64
    }

    /// Takes in posts, each once, newest first.
    pub(crate) fn take_posts(&mut self, posts: impl IntoIterator<Item = Post>) {
        for post in posts {
            if let Err(place) = self.posts.binary_search_by(|other| post.id.cmp(&other.id)) {
                self.posts.insert(place, post);
            }
        }
        self.posts.truncate(MAX_POSTS);
    }

    /// What belongs to a conversation.
    pub(crate) fn talk(&mut self, conversation: ConversationId) -> &mut Talk {
        self.talks.entry(conversation).or_default()
    }
}

impl Live {
    /// The page as a node serves it, or as anything else does.
    pub(crate) fn served_by(node: Option<String>) -> Self {
        Self { node, ..Self::default() }
    }

    /// Something was not done.
    pub(crate) fn refuse(&mut self, place: Place, problem: Problem) {
        self.trouble = Some((place, problem));
    }

    /// What was asked at a place before no longer matters.
    pub(crate) fn settle(&mut self, place: Place) {
        if self.trouble.as_ref().is_some_and(|(at, _)| *at == place) {
            self.trouble = None;
        }
    }
}
