//! The notifications of one node: what is taken over, looked at and set.

use super::delivery::{
    DELIVERIES, DeadLetter, Delivery, Notification, State, Status, TRACKED, Tracked, asked,
    queue_of, read, written,
};
use super::template::{cut, is_name};
use super::templates::Templates;
use super::worker::queue;
use super::{Backoff, DeliveryId, Error, Message, NotificationId, Settings, Template};
use crate::base::{Bell, Counted, Rate, Span, Wall};
use crate::kv::{Context, Key};
use crate::port::{self, Channel, Notice, Notify, People, Ports, Queue, Select, Topic, UserId};
use crate::ring::NodeId;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use bytes::Bytes;
use spin::Mutex;

/// What is published under: which queues have something new.
pub const TOPIC: Topic = Topic(10);
/// The sender of what services of this system give over; applications have other names.
pub const SERVICES: &str = "ennead";
/// The longest name of an event, in bytes.
pub const MAX_EVENT: usize = 256;
/// The longest field, in characters.
pub const MAX_FIELD: usize = 1_000;
/// How far ahead a notification may be due.
pub const MAX_AHEAD: Span = Span::from_secs(366 * 24 * 60 * 60);
/// The most contacts of a user that one notification goes to.
pub const MAX_CONTACTS: usize = 40;
/// Dead letters on a page.
const PAGE: u16 = 100;

/// What the operator chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How long to wait between attempts.
    pub backoff: Backoff,
    /// Attempts before a delivery is set aside.
    pub attempts: u16,
    /// For how long it is attempted at most.
    pub give_up: Span,
    /// For how long a provider that fails is left alone.
    pub cool: Backoff,
    /// How often one user is told over one channel.
    pub rate: Rate,
}

impl Default for Options {
    /// Twelve attempts, about twenty minutes in all, and no more than a day; one a second for each user
    /// and channel, thirty at once.
    fn default() -> Self {
        Self {
            backoff: Backoff { first: Span::from_secs(1), most: Span::from_secs(900) },
            attempts: 12,
            give_up: Span::from_secs(24 * 60 * 60),
            cool: super::COOL,
            rate: Rate::new(1, Span::from_secs(1), 30),
        }
    }
}

/// What came of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its number.
    pub id: NotificationId,
    /// Whether it is new; otherwise its event was given over before, and nothing is delivered twice.
    pub is_new: bool,
    /// To how many contacts it goes.
    pub deliveries: u16,
}

/// How a notification stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationView {
    /// What was given over.
    pub notification: Notification,
    /// Its deliveries; no state before the first attempt.
    pub deliveries: Vec<(Delivery, Option<State>)>,
    /// What became of it afterwards, and when that was first heard.
    pub tracked: BTreeMap<(Tracked, DeliveryId), Wall>,
}

/// A queue as its worker sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gauge {
    /// Items that are due, up to 10,000.
    pub due: u64,
    /// Items that are due later, up to 10,000.
    pub later: u64,
    /// Deliveries under way.
    pub in_hand: u64,
    /// Whether its provider is left alone for now.
    pub is_open: bool,
}

/// What a node has counted since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Notices taken over.
    pub accepted: u64,
    /// Notices whose event was known.
    pub duplicates: u64,
    /// Deliveries that a provider took.
    pub sent: u64,
    /// Attempts that failed and are made again.
    pub retried: u64,
    /// Deliveries set aside.
    pub dead: u64,
    /// Deliveries taken back from there.
    pub replayed: u64,
    /// Deliveries that their users do not want.
    pub opted_out: u64,
    /// Devices that were gone.
    pub gone: u64,
    /// Deliveries that waited for their user's rate.
    pub limited: u64,
    /// What became of deliveries, in the order of [`Tracked::ALL`].
    pub tracked: [u64; 4],
}

impl Counters {
    /// Names, what they mean, and values.
    #[must_use]
    pub const fn named(&self) -> [Counted; 13] {
        let [delivered, opened, clicked, converted] = self.tracked;
        let counted = Counted::new;
        [
            counted("notifications_accepted", "Notices taken over", self.accepted),
            counted("notifications_duplicates", "Notices of known events", self.duplicates),
            counted("notifications_sent", "Deliveries that a provider took", self.sent),
            counted("notifications_retried", "Attempts that failed for now", self.retried),
            counted("notifications_dead", "Deliveries set aside", self.dead),
            counted("notifications_replayed", "Dead letters taken back", self.replayed),
            counted("notifications_opted_out", "Deliveries not wanted", self.opted_out),
            counted("notifications_gone", "Devices that were gone", self.gone),
            counted("notifications_limited", "Waits for a user's rate", self.limited),
            counted("notifications_delivered", "Deliveries that reached a device", delivered),
            counted("notifications_opened", "Deliveries looked at", opened),
            counted("notifications_clicked", "Deliveries followed", clicked),
            counted("notifications_converted", "Deliveries that led to use", converted),
        ]
    }
}

/// The notifications of one node. Any node takes over, and any node delivers.
#[derive(Debug)]
pub struct Notifications<P, O> {
    pub(super) ports: P,
    pub(super) people: O,
    pub(super) options: Options,
    pub(super) node: NodeId,
    pub(super) nodes: u16,
    pub(super) queues: Vec<Queue>,
    pub(super) bells: Vec<Bell>,
    templates: Templates,
    // None of these locks is held while something is awaited.
    pub(super) counters: Mutex<Counters>,
    pub(super) gauges: Mutex<BTreeMap<usize, Gauge>>,
}

impl<P: Ports, O: People> Notifications<P, O> {
    /// The notifications of node `node` of `nodes`, for the users that `people` knows.
    #[must_use]
    pub fn new(ports: P, people: O, node: NodeId, nodes: u16, options: Options) -> Self {
        let channels = Channel::ALL.iter().flat_map(|&channel| [channel; super::SHARDS]);
        // Their names are short: there is a queue for each.
        let queues: Vec<Queue> = channels
            .enumerate()
            .filter_map(|(number, channel)| queue(number, channel).ok())
            .collect();
        Self {
            bells: queues.iter().map(|_| Bell::default()).collect(),
            queues,
            ports,
            people,
            options,
            node,
            nodes,
            templates: Templates::default(),
            counters: Mutex::default(),
            gauges: Mutex::default(),
        }
    }

    /// Takes a notice over from a sender, to be delivered at once or not before a time. Once this returns each of
    /// its deliveries will be sent or set aside.
    ///
    /// # Errors
    /// [`Error`]. If the store did not answer, it may have been taken over: give it again under the same
    /// event.
    pub async fn accept(
        &self,
        sender: &str,
        notice: &Notice,
        not_before: Option<Wall>,
    ) -> Result<Accepted, Error> {
        let now = self.ports.now().wall;
        if let Some(got) = not_before.filter(|&at| at > now + MAX_AHEAD) {
            return Err(Error::Ahead { got });
        }
        let Notice { event, fields, .. } = notice;
        if event.is_empty() || event.len() > MAX_EVENT {
            return Err(Error::Event { got: event.len() as u64 });
        }
        let fits =
            |(name, field): (&String, &String)| is_name(name) && field.chars().count() <= MAX_FIELD;
        if fields.len() > super::MAX_PLACES || !fields.iter().all(fits) {
            return Err(Error::Fields);
        }
        self.take_over(sender, notice, not_before, async || {
            let template = self.templates.get(&self.ports, &notice.template).await?;
            template.check(fields)?;
            template.render(fields).checked()
        })
        .await
    }

    /// Stores a notice, then its deliveries in their queues. What this has begun is finished when the notice comes
    /// again, in the words of the first time.
    async fn take_over(
        &self,
        sender: &str,
        notice: &Notice,
        not_before: Option<Wall>,
        words: impl AsyncFnOnce() -> Result<Message, Error>,
    ) -> Result<Accepted, Error> {
        let id = NotificationId::of(sender, &notice.event);
        let key = id.key()?;
        let row = self.ports.get_strict(&key).await?;
        let known: Option<Notification> = read(&row);
        let is_new = known.is_none();
        let asked = asked(notice, not_before);
        // What a service says of one event is one thing, though a name in it may have changed since.
        let is_same = |known: &Notification| {
            known.asked == asked || (sender == SERVICES && known.to == notice.to)
        };
        let notification = match known {
            Some(known) if is_same(&known) => known,
            Some(_) => return Err(Error::Reused { event: notice.event.clone() }),
            None => {
                let message = words().await?;
                let mut contacts = self.people.contacts(notice.to).await?;
                if contacts.is_empty() && self.people.profile(notice.to).await?.is_none() {
                    return Err(Error::NoUser { got: notice.to });
                }
                contacts.sort();
                contacts.dedup();
                contacts.truncate(MAX_CONTACTS);
                let now = self.ports.now().wall;
                let new = Notification {
                    accepted: now,
                    due: not_before.map_or(now, |at| at.max(now)),
                    sender: sender.into(),
                    event: notice.event.clone(),
                    to: notice.to,
                    template: notice.template.clone(),
                    message,
                    asked,
                    contacts,
                };
                self.ports.put(&key, written(&new), Some(&row.context)).await?;
                new
            }
        };
        // An item has one place, and one that was done before is done again: pushing twice does no harm.
        let begun = if is_new { Vec::new() } else { self.states(id).await? };
        for delivery in notification.deliveries() {
            if !begun.iter().any(|(done, _)| *done == delivery.id()) {
                self.push(&delivery, notification.due).await?;
            }
        }
        let mut counters = self.counters.lock();
        counters.accepted += u64::from(is_new);
        counters.duplicates += u64::from(!is_new);
        let deliveries = u16::try_from(notification.contacts.len()).unwrap_or(u16::MAX);
        Ok(Accepted { id, is_new, deliveries })
    }

    /// Puts a delivery into its queue, and wakes its worker.
    async fn push(&self, delivery: &Delivery, due: Wall) -> Result<(), port::Error> {
        let number = queue_of(delivery.contact.channel, delivery.to);
        let (Some(queue), Some(body)) = (self.queues.get(number), written(delivery)) else {
            return Ok(());
        };
        queue.push_as(&self.ports, delivery.place(due), body).await?;
        // A lost message costs a second, or a look of an idle node.
        self.ports.publish(TOPIC, Bytes::from(alloc::vec![u8::try_from(number).unwrap_or(0)]));
        Ok(())
    }

    /// A node has pushed something.
    pub fn handle_published(&self, body: &[u8]) {
        for number in body {
            if let Some(bell) = self.bells.get(usize::from(*number)) {
                bell.ring();
            }
        }
    }

    /// How a notification stands.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Port`].
    pub async fn look(&self, id: NotificationId) -> Result<NotificationView, Error> {
        let found: Option<Notification> = read(&self.ports.get(&id.key()?).await?);
        let notification = found.ok_or_else(|| Error::Unknown { got: format!("{id}") })?;
        let states: BTreeMap<DeliveryId, State> = self.states(id).await?.into_iter().collect();
        let deliveries = notification.deliveries();
        let deliveries = deliveries.map(|delivery| (states.get(&delivery.id()).cloned(), delivery));
        let deliveries = deliveries.map(|(state, delivery)| (delivery, state)).collect();
        let mut tracked = BTreeMap::new();
        let page = self.ports.range(&id.partition(), &Select::prefix(TRACKED)).await?;
        for (sort, row) in &page.rows {
            let name = core::str::from_utf8(sort).ok().and_then(|sort| sort.strip_prefix(TRACKED));
            let Some((kind, delivery)) = name.and_then(|name| name.split_once('/')) else {
                continue;
            };
            let kind = Tracked::ALL.into_iter().find(|tracked| tracked.name() == kind);
            if let (Some(kind), Some(delivery), Some(at)) =
                (kind, DeliveryId::parse(delivery), read(row))
            {
                tracked.insert((kind, delivery), at);
            }
        }
        Ok(NotificationView { notification, deliveries, tracked })
    }

    async fn states(&self, id: NotificationId) -> Result<Vec<(DeliveryId, State)>, port::Error> {
        let page = self.ports.range(&id.partition(), &Select::prefix(DELIVERIES)).await?;
        let state = |(sort, row): &(Bytes, port::Row)| {
            let delivery = core::str::from_utf8(sort).ok()?.strip_prefix(DELIVERIES)?;
            Some((DeliveryId::parse(delivery)?, read(row)?))
        };
        Ok(page.rows.iter().filter_map(state).collect())
    }

    /// Notes what became of a delivery; whether that is news. Only what is one of the notification's deliveries
    /// counts, and each kind once.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Port`].
    pub async fn track(
        &self,
        id: NotificationId,
        delivery: DeliveryId,
        kind: Tracked,
    ) -> Result<bool, Error> {
        let unknown = |got| Error::Unknown { got };
        let found: Option<Notification> = read(&self.ports.get(&id.key()?).await?);
        let notification = found.ok_or_else(|| unknown(format!("{id}")))?;
        if !notification.deliveries().any(|of| of.id() == delivery) {
            return Err(unknown(format!("{delivery}")));
        }
        let sort = format!("{TRACKED}{}/{delivery}", kind.name());
        let key = Key::new(id.partition(), sort).map_err(port::Error::from)?;
        let row = self.ports.get(&key).await?;
        let is_new = row.values.is_empty();
        if is_new {
            self.ports.put(&key, written(&self.ports.now().wall), Some(&row.context)).await?;
            let mut counters = self.counters.lock();
            if let Some(count) = counters.tracked.get_mut(kind as usize) {
                *count += 1;
            }
        }
        Ok(is_new)
    }

    /// What a user has opted out of.
    ///
    /// # Errors
    /// [`port::Error`].
    pub async fn settings(&self, user: UserId) -> Result<Settings, port::Error> {
        Ok(self.settings_row(user).await?.1)
    }

    async fn settings_row(&self, user: UserId) -> Result<(Key, Settings, Context), port::Error> {
        let key = Settings::key(user)?;
        // Who has opted out is not to be taken for one who has not.
        let row = self.ports.get_strict(&key).await?;
        Ok((key, Settings::read(&row), row.context))
    }

    /// Sets what a user opts out of, in place of what was said before. It holds for every delivery that is attempted
    /// from now on.
    ///
    /// # Errors
    /// [`Error::Settings`], [`Error::Port`].
    pub async fn set_settings(&self, user: UserId, settings: &Settings) -> Result<(), Error> {
        settings.check()?;
        let (key, _, seen) = self.settings_row(user).await?;
        // On copies that every worker asks.
        self.ports.put_strict(&key, written(settings), Some(&seen)).await?;
        Ok(())
    }

    /// The template of a name.
    ///
    /// # Errors
    /// [`Error::NoTemplate`], [`Error::Name`], [`Error::Port`].
    pub async fn template(&self, name: &str) -> Result<Template, Error> {
        self.templates.get(&self.ports, name).await
    }

    /// All templates by name.
    ///
    /// # Errors
    /// [`Error::Port`].
    pub async fn templates(&self) -> Result<BTreeMap<String, Template>, Error> {
        self.templates.all(&self.ports).await
    }

    /// Keeps a template under a name, or with none deletes it, so that the one that came with the service holds
    /// again if there is one. Other nodes may go by what was before for five seconds.
    ///
    /// # Errors
    /// [`Error::Name`], [`Error::TooManyTemplates`], [`Error::Port`].
    pub async fn set_template(&self, name: &str, template: Option<&Template>) -> Result<(), Error> {
        self.templates.put(&self.ports, name, template).await
    }

    /// A page of the dead letters, the oldest first, and where the next one begins.
    ///
    /// # Errors
    /// [`Error::Port`].
    pub async fn dead_letters(
        &self,
        after: Option<String>,
    ) -> Result<(Vec<DeadLetter>, Option<String>), Error> {
        let after = after.map(|after| Bytes::from(after.into_bytes()));
        let select = Select { after, limit: PAGE, ..Select::default() };
        let page = self.ports.range(&DeadLetter::partition(), &select).await?;
        let next = page.next.map(|next| String::from_utf8_lossy(&next).into_owned());
        Ok((page.rows.iter().filter_map(|(_, row)| read(row)).collect(), next))
    }

    /// Takes a dead letter back: it is delivered as if it had just been given over, unless its delivery has come to
    /// another end after all, as when two workers had it at once.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Port`]; it may have been taken back then, and doing it again does
    /// no harm.
    pub async fn replay(&self, name: &str) -> Result<(), Error> {
        let (key, letter, seen) = self.dead_letter(name).await?;
        let now = self.ports.now().wall;
        let round = letter.delivery.round.saturating_add(1);
        let delivery = Delivery { round, step: 0, since: now, ..letter.delivery };
        let state_key = delivery.state_key()?;
        let row = self.ports.get_strict(&state_key).await?;
        // Somebody else may have taken it back a moment ago, and may have got no further than this.
        match read::<State>(&row) {
            Some(State { round: ahead, status }) if ahead >= round => {
                if let Status::Waiting { step, due, .. } = status {
                    self.push(&Delivery { round: ahead, step, ..delivery }, due).await?;
                }
            }
            Some(State { status, .. })
                if status.is_final() && !matches!(status, Status::Dead { .. }) => {}
            _ => {
                let (step, attempts, reason) = (0, 0, "taken back".into());
                let status = Status::Waiting { step, attempts, due: now, reason };
                let state = State { round, status };
                self.ports.put(&state_key, written(&state), Some(&row.context)).await?;
                self.counters.lock().replayed += 1;
                self.push(&delivery, now).await?;
            }
        }
        self.ports.put(&key, None, Some(&seen)).await?;
        Ok(())
    }

    /// Throws a dead letter away.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Port`].
    pub async fn discard(&self, name: &str) -> Result<(), Error> {
        let (key, _, seen) = self.dead_letter(name).await?;
        self.ports.put(&key, None, Some(&seen)).await?;
        Ok(())
    }

    async fn dead_letter(&self, name: &str) -> Result<(Key, DeadLetter, Context), Error> {
        let unknown = || Error::Unknown { got: name.chars().take(64).collect() };
        if name.len() != 44 || !name.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(unknown());
        }
        let sort = Bytes::copy_from_slice(name.as_bytes());
        let key = Key::new(DeadLetter::partition(), sort).map_err(port::Error::from)?;
        let row = self.ports.get(&key).await?;
        let letter = read(&row).ok_or_else(unknown)?;
        Ok((key, letter, row.context))
    }

    /// The queues that this node serves now, with their channels and shards.
    #[must_use]
    pub fn queues(&self) -> Vec<(Channel, usize, Gauge)> {
        let of = |(&number, &gauge): (&usize, &Gauge)| {
            Some((*Channel::ALL.get(number / super::SHARDS)?, number % super::SHARDS, gauge))
        };
        self.gauges.lock().iter().filter_map(of).collect()
    }

    pub(super) fn gauge(&self, number: usize, set: impl FnOnce(&mut Gauge)) {
        set(self.gauges.lock().entry(number).or_default());
    }

    /// What it has counted.
    #[must_use]
    pub fn counters(&self) -> Counters {
        *self.counters.lock()
    }

    /// What the operator chose.
    #[must_use]
    pub const fn options(&self) -> &Options {
        &self.options
    }
}

impl<P: Ports, O: People> Notify for Notifications<P, O> {
    /// What a service says is not refused for its words: a template that is not known is taken for `message`,
    /// long fields are cut, a place that is not filled in stays.
    async fn notify(&self, notice: &Notice) -> Result<(), port::Error> {
        let words = async || {
            let fields = notice.fields.iter().take(super::MAX_PLACES);
            let fields = fields.map(|(name, field)| (name.clone(), cut(field, MAX_FIELD)));
            let template = match self.template(&notice.template).await {
                Err(Error::Port(error)) => return Err(Error::Port(error)),
                Ok(template) => template,
                Err(_) => super::template::built_in("message").unwrap_or_default(),
            };
            Ok(template.render(&fields.collect()).cut())
        };
        match self.take_over(SERVICES, notice, None, words).await {
            Err(Error::Port(error)) => Err(error),
            // There is no such user any more, or the event was another: nobody is to be told.
            Ok(_) | Err(_) => Ok(()),
        }
    }
}
