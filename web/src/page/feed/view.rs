//! What there is to see of feeds: posts and pages from the log, so that they follow the time bar, and where a
//! post has come to from what nodes hold.

use super::action::{AtHand, Fields};
use crate::page::look::Look;
use crate::page::world::people::{friends, friendships};
use ennead::accounts;
use ennead::feed::{
    Answered as Told, Costs, Counters, Page, Post, post_key, pulled_key, pushed_key,
};
use ennead::kv::Key;
use ennead::port::UserId;
use ennead::ring::NodeId;
use ennead::services::Answered;
use ennead::sim::{CAST, KeyView, What, World, feed_options};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Lines of the log that are looked through.
const SEARCHED: usize = 60_000;
/// Posts that are shown.
const SHOWN: usize = 30;

/// How a post stands with a friend of its author.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It is in the friend's inbox.
    Pushed,
    /// The friend pulls it when it reads.
    Pulled,
    /// Neither yet.
    Waiting,
}

/// All that the page shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct FeedView {
    /// Whether the people have accounts by now.
    pub(crate) is_peopled: bool,
    /// Who are friends.
    pub(crate) friendships: Vec<(UserId, UserId)>,
    /// Posts that were published, the newest first.
    pub(crate) posts: Vec<Arc<Post>>,
    /// The last that a person at the page has published.
    pub(crate) own: Option<Arc<Post>>,
    /// How the post at hand stands with each friend of its author.
    pub(crate) reached: BTreeMap<UserId, Reach>,
    /// Where the post at hand is stored.
    pub(crate) place: Option<KeyView>,
    /// The feed that is looked at, as it was read last, and at which node.
    pub(crate) feed: Option<(Page, Option<NodeId>)>,
    /// Pages that were read.
    pub(crate) reads: u64,
    /// Posts that were published.
    pub(crate) published: u64,
    /// Requests that were refused.
    pub(crate) refused: u64,
    /// What all that cost, and would have cost.
    pub(crate) costs: Option<Costs>,
    /// What the nodes that run have counted since they started, together.
    pub(crate) counters: Counters,
}

/// What the sentence says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    /// Whether the people have accounts by now.
    pub(crate) is_peopled: bool,
    /// Posts that were published.
    pub(crate) published: u64,
    /// Pages that were read.
    pub(crate) reads: u64,
    /// Requests that were refused.
    pub(crate) refused: u64,
}

impl FeedView {
    /// The friends of somebody.
    fn friends(&self, user: UserId) -> impl Iterator<Item = UserId> {
        friends(&self.friendships, user)
    }

    /// Whether somebody has more friends than are pushed to.
    pub(crate) fn is_famous(&self, user: UserId) -> bool {
        self.friends(user).count() > feed_options().threshold
    }
}

/// Looks at the world.
pub(crate) fn take(world: &World, fields: &Fields) -> FeedView {
    let threshold = feed_options().threshold as u64;
    let mut view = FeedView { friendships: friendships(world), ..FeedView::default() };
    let mut costs = Costs::new(threshold);
    let count = |friends: usize| friends as u64;
    for entry in world.log().rev().take(SEARCHED) {
        let What::Served { answered, steady, .. } = &entry.what else { continue };
        let told = match answered {
            Answered::Feed(told) => told,
            Answered::Accounts(accounts::Answered::Invited(Ok(_))) => {
                view.is_peopled = true;
                continue;
            }
            _ => continue,
        };
        match told {
            Told::Published(Ok(post)) => {
                view.published += 1;
                costs.publish(count(view.friends(post.author).count()));
                if !steady && view.own.is_none() {
                    view.own = Some(Arc::clone(post));
                }
                if view.posts.len() < SHOWN {
                    view.posts.push(Arc::clone(post));
                }
            }
            Told::Read(reader, Ok(page)) => {
                view.reads += 1;
                let famous = view.friends(*reader).filter(|&friend| view.is_famous(friend)).count();
                costs.read(count(view.friends(*reader).count()), count(famous));
                if *reader == fields.reader() && view.feed.is_none() {
                    view.feed = Some((page.clone(), entry.node));
                }
            }
            Told::Published(Err(_)) | Told::Read(_, Err(_)) => view.refused += 1,
            Told::Deleted(_) => {}
        }
    }
    view.costs = Some(costs);
    view.is_peopled |= world.people().len() >= CAST.len();
    if let Some(post) = at_hand(&view, fields) {
        let holds = |key: Result<Key, _>| {
            key.ok().is_some_and(|key| !world.key_view(&key).copies.is_empty())
        };
        let reach = |friend: UserId| {
            if holds(pushed_key(friend, post.id)) {
                Reach::Pushed
            } else if holds(pulled_key(friend, post.author)) || view.is_famous(post.author) {
                Reach::Pulled
            } else {
                Reach::Waiting
            }
        };
        let reached = view.friends(post.author).map(|friend| (friend, reach(friend))).collect();
        view.reached = reached;
        view.place = post_key(post.id).ok().map(|key| world.key_view(&key));
    }
    for id in world.layout().members().iter().map(|member| member.id) {
        if let Some(services) = world.services(id) {
            add(&mut view.counters, &services.feed.counters());
        }
    }
    view
}

fn add(sum: &mut Counters, more: &Counters) {
    sum.pushed += more.pushed;
    sum.skipped += more.skipped;
    sum.fanned_out += more.fanned_out;
    sum.resumed += more.resumed;
    sum.inboxes += more.inboxes;
    sum.pulled += more.pulled;
    sum.looked_up += more.looked_up;
    sum.remembered += more.remembered;
}

/// The post that is looked at, or the newest if that is no longer known.
pub(crate) fn at_hand(view: &FeedView, fields: &Fields) -> Option<Arc<Post>> {
    let wanted = match fields.at_hand {
        AtHand::Newest => None,
        AtHand::Own => view.own.as_ref(),
        AtHand::Chosen(chosen) => view.posts.iter().find(|post| post.id == chosen),
    };
    wanted.or(view.posts.first()).cloned()
}

/// What the sentence says.
pub(crate) fn sums(look: &Look) -> Sums {
    let view = &look.snapshot.feed;
    let FeedView { is_peopled, published, reads, refused, .. } = *view;
    Sums { is_peopled, published, reads, refused }
}
