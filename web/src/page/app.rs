//! The page as a whole: it holds what the interface remembers, carries out what a person does, and
//! hands the components a new look at the world at most ten times a second.

use super::action::{Action, Interface, LinkFault, Notice, Selection, Tab};
use super::address::{self, Address};
use super::clock::Frames;
use super::engine::{Engine, FIRST_LOAD, FIRST_NODES, FIRST_SEED};
use super::frame::{
    help::Help, log::Log, palette::Palette, rail::rail, sentence::Sentence, timebar::TimeBar,
};
use super::live::action::Wish;
use super::live::client::Client;
use super::live::heard::Heard;
use super::live::state::{Around, Live};
use super::look::Look;
use super::settings::{self, Theme};
use super::snapshot::Snapshot;
use super::store::marks::{Layer, Scene};
use super::{
    Page, accounts, autocomplete, chat, crawler, detection, feed, ids, keys, live, notifications,
    ring, shortener, store,
};
use ennead::base::Span;
use ennead::ring::NodeId;
use ennead::sim::{Fault, Link, Transition};
use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::{document, document_element, window};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};
use yew::prelude::*;

/// Milliseconds between two looks at the world.
const LOOK_EVERY: f64 = 100.0;

/// How much of the world passes at once when something begins to live in it.
const WARM_UP: Span = Span::from_secs(3);

/// What the page is told.
pub(crate) enum Message {
    /// Look at the world anew.
    Look,
    /// A person does something.
    Do(Action),
    /// A key was pressed.
    Key(KeyboardEvent),
    /// The address changed.
    Address,
    /// Whether the link could be copied.
    Copied(Result<(), String>),
    /// The cluster that serves the page says something, or some time has passed.
    Live(Heard),
}

/// The page.
pub(crate) struct App {
    engine: Rc<RefCell<Engine>>,
    /// What the components are given. Its callback and references are made once, so that they can
    /// tell that nothing changed.
    look: Look,
    /// The number of the selected message, for the layer.
    marked: Rc<RefCell<Option<u64>>>,
    /// The connections to the cluster that serves the page.
    client: Client,
    _frames: Frames,
    _listeners: Vec<EventListener>,
}

impl Component for App {
    type Message = Message;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let language = settings::language();
        let theme = Theme::remembered();
        settings::show_language(language);
        settings::show(theme);
        let address = Address::now();
        let (engine, page, notice) = open(&address);
        let engine = Rc::new(RefCell::new(engine));
        let texts = language.texts();
        let mut interface = Interface {
            page,
            language,
            theme,
            selection: Selection::Nothing,
            via: None,
            ring: ring::action::Fields::first(texts.ring.first_key),
            ids: ids::action::Fields::default(),
            shortener: shortener::action::Fields::default(),
            accounts: accounts::action::Fields::default(),
            notifications: notifications::action::Fields::default(),
            store: store::action::Fields::first(texts.store),
            autocomplete: autocomplete::action::Fields::first(texts.autocomplete),
            crawler: crawler::action::Fields::first(),
            detection: detection::action::Fields::first(),
            chat: chat::action::Fields::default(),
            feed: feed::action::Fields::default(),
            live: Rc::new(Live::served_by(live::client::serving_node())),
            side: vec![NodeId(0), NodeId(1)],
            tab: Tab::default(),
            log_open: false,
            filter: super::action::Filter::default(),
            palette: false,
            help: false,
            notice,
        };
        take_state(&address, &mut interface);
        let snapshot = Snapshot::take(&engine.borrow(), &interface, texts, 0);
        let (layer, marked) = (NodeRef::default(), Rc::new(RefCell::new(None)));
        let frames = Frames::start(frame_loop(
            Rc::clone(&engine),
            layer.clone(),
            Rc::clone(&marked),
            ctx.link().callback(|()| Message::Look),
        ));
        let look = Look {
            snapshot: Rc::new(snapshot),
            interface: Rc::new(interface),
            act: ctx.link().callback(Message::Do),
            field: NodeRef::default(),
            layer,
        };
        let client = Client::new(&look.interface.live, ctx.link().callback(Message::Live));
        Self { engine, look, marked, client, _frames: frames, _listeners: listeners(ctx) }
    }

    fn update(&mut self, ctx: &Context<Self>, message: Message) -> bool {
        match message {
            Message::Look => {}
            Message::Do(action) => self.act(ctx, action),
            Message::Key(event) => {
                let action = keys::meaning(&event, &self.look);
                let Some(action) = action else { return false };
                event.prevent_default();
                self.act(ctx, action);
            }
            Message::Address => {
                let address = Address::now();
                let is_here = address.page.is_none_or(|p| p == self.look.interface.page);
                let has_state = address.ring.is_some()
                    || address.crawls.is_some()
                    || address.detection.is_some();
                if address.link.is_none() && !has_state && is_here {
                    return false;
                }
                if address.link.is_some() {
                    let (engine, page, notice) = open(&address);
                    *self.engine.borrow_mut() = engine;
                    self.change(|i| {
                        (i.page, i.notice, i.selection) = (page, notice, Selection::Nothing)
                    });
                } else if let Some(page) = address.page {
                    self.change(|i| i.page = page);
                }
                self.change(|i| take_state(&address, i));
            }
            Message::Live(heard) => {
                if !self.live(|live, around| live::heard::hear(heard, live, around)) {
                    return false;
                }
            }
            Message::Copied(Ok(())) => self.change(|i| i.notice = Some(Notice::Copied)),
            Message::Copied(Err(link)) => {
                self.change(|i| i.notice = Some(Notice::CopyFailed(link)));
            }
        }
        self.look();
        true
    }

    fn view(&self, _ctx: &Context<Self>) -> Html {
        let Look { interface, act, .. } = &self.look;
        let (texts, page) = (self.look.texts(), interface.page.parts());
        let tab = match interface.tab {
            Tab::Do => "do",
            Tab::Inspect => "inspect",
            Tab::Log if page.has_time => "log",
            Tab::Log => "do",
        };
        let has_time = page.has_time;
        let log_open = interface.log_open && has_time;
        let class = classes!("page", log_open.then_some("log-open"));
        let tabs =
            [(Tab::Do, texts.do_tab), (Tab::Inspect, texts.inspect_tab), (Tab::Log, texts.log)];
        let tabs = tabs.into_iter().filter(|(tab, _)| has_time || *tab != Tab::Log);
        html! {
            <div {class} data-tab={tab} data-page={page.slug}>
                { rail(&self.look) }
                <main>
                    <Sentence ..self.look.clone() />
                    <div class="notice-place" role="status">{ self.notice(act) }</div>
                    <div key={page.slug} class="verbs-place">{ (page.verbs)(&self.look) }</div>
                    <div key={format!("{}-stage", page.slug)} class="stage-place">{ (page.stage)(&self.look) }</div>
                    <div class="tabs" role="group" aria-label={texts.panels}>
                        { for tabs.map(|(tab, word)| html! {
                            <button key={word} type="button" aria-pressed={(interface.tab == tab).to_string()}
                                onclick={act.reform(move |_: MouseEvent| Action::Tab(tab))}>{ word }</button>
                        }) }
                    </div>
                    <aside class="inspector" aria-label={texts.inspect_tab} data-test="inspector">
                        { (page.inspector)(&self.look) }
                    </aside>
                    <div class="below-stage">{ self.time() }</div>
                </main>
                <Palette ..self.look.clone() />
                <Help ..self.look.clone() />
            </div>
        }
    }

    fn rendered(&mut self, _ctx: &Context<Self>, is_first: bool) {
        let texts = self.look.texts();
        let title = format!("{} · Ennead", (self.look.interface.page.parts().title)(texts));
        if is_first || document().title() != title {
            document().set_title(&title);
            show_in_rail();
        }
        let root = document_element();
        let _ =
            root.set_attribute("data-moment", &super::snapshot::seconds(self.look.snapshot.moment));
        let running = self.look.snapshot.progress.is_none();
        if is_first || running {
            let _ = root.set_attribute("data-ready", if running { "1" } else { "0" });
        }
    }
}

/// The ring, the crawls and the servers that an address carries, or why it does not.
fn take_state(address: &Address, interface: &mut Interface) {
    match &address.ring {
        None => {}
        Some(Ok(shared)) => interface.ring = ring::action::Fields::of(shared),
        Some(Err(error)) => interface.notice = Some(Notice::BadLink(error.to_string())),
    }
    match &address.crawls {
        None => {}
        Some(Ok(crawls)) => interface.crawler = crawls.clone(),
        Some(Err(error)) => interface.notice = Some(Notice::BadLink(error.to_string())),
    }
    match &address.detection {
        None => {}
        Some(Ok(fields)) => interface.detection = fields.clone(),
        Some(Err(error)) => interface.notice = Some(Notice::BadLink(error.to_string())),
    }
}

/// Brings the page's name into view where the rail is narrower than its names.
fn show_in_rail() {
    let find =
        |query| document().query_selector(query).ok().flatten()?.dyn_into::<HtmlElement>().ok();
    if let (Some(nav), Some(link)) = (find(".rail nav"), find(".rail [aria-current]")) {
        let middle = (nav.client_width() - link.offset_width()) / 2;
        nav.set_scroll_left(link.offset_left() - nav.offset_left() - middle);
    }
}

/// The world that an address asks for, or the usual one and why.
fn open(address: &Address) -> (Engine, Page, Option<Notice>) {
    let page = address.page.unwrap_or(Page::Store);
    match &address.link {
        None => (Engine::new(FIRST_SEED, FIRST_NODES, FIRST_LOAD), page, None),
        Some(Ok(link)) => {
            let notice = (!link.is_of_this_build()).then(|| Notice::OtherBuild(link.build.clone()));
            (Engine::of_link(link), page, notice)
        }
        Some(Err(error)) => (
            Engine::new(FIRST_SEED, FIRST_NODES, FIRST_LOAD),
            page,
            Some(Notice::BadLink(error.to_string())),
        ),
    }
}

/// One frame: the world moves on, then the messages are drawn, then perhaps the components look.
fn frame_loop(
    engine: Rc<RefCell<Engine>>,
    place: NodeRef,
    marked: Rc<RefCell<Option<u64>>>,
    look: Callback<()>,
) -> impl FnMut(f64) {
    let mut layer: Option<(Element, Layer)> = None;
    let (mut looked, mut seen) = (0.0, u64::MAX);
    move |time| {
        let mut engine = engine.borrow_mut();
        engine.frame(time);
        engine.frame_of_detection();
        if let Some(group) = place.cast::<Element>() {
            if layer.as_ref().is_none_or(|(old, _)| *old != group) {
                layer = Some((group.clone(), Layer::new(group)));
            }
            if let Some((_, layer)) = &mut layer {
                layer.draw(&Scene {
                    flights: &engine.flights(),
                    moment: engine.moment(),
                    nodes: usize::from(engine.world().options().nodes),
                    speed: if engine.is_playing() { engine.speed() } else { 0.0 },
                    selected: *marked.borrow(),
                });
            }
        }
        if engine.changes() != seen && time - looked >= LOOK_EVERY {
            (looked, seen) = (time, engine.changes());
            drop(engine);
            look.emit(());
        }
    }
}

fn listeners(ctx: &Context<App>) -> Vec<EventListener> {
    let key = ctx.link().callback(Message::Key);
    let address = ctx.link().callback(|()| Message::Address);
    let options = EventListenerOptions::enable_prevent_default();
    vec![
        EventListener::new_with_options(&document(), "keydown", options, move |event| {
            if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
                key.emit(event.clone());
            }
        }),
        EventListener::new(&window(), "hashchange", move |_| address.emit(())),
    ]
}

impl App {
    fn change(&mut self, how: impl FnOnce(&mut Interface)) {
        how(Rc::make_mut(&mut self.look.interface));
    }

    fn look(&mut self) {
        let texts = self.look.texts();
        let serial = self.look.snapshot.serial + 1;
        self.look.snapshot =
            Rc::new(Snapshot::take(&self.engine.borrow(), &self.look.interface, texts, serial));
        if self.begin() {
            let engine = self.engine.borrow();
            let snapshot = Snapshot::take(&engine, &self.look.interface, texts, serial + 1);
            self.look.snapshot = Rc::new(snapshot);
        }
    }

    /// Lets what the page shows begin to live in a world that runs, and goes on to where it does; whether
    /// there was something to begin.
    fn begin(&self) -> bool {
        let Look { snapshot, interface, .. } = &self.look;
        let is_free = snapshot.playing && snapshot.progress.is_none();
        if !is_free || snapshot.nodes_up().next().is_none() {
            return false;
        }
        let wishes = interface.page.parts().beginnings.iter().map(|begin| begin(snapshot));
        let mut engine = self.engine.borrow_mut();
        let new: Vec<Transition> = wishes
            .filter(|transitions| transitions.last().is_some_and(|last| !engine.was_told(last)))
            .flatten()
            .collect();
        if new.is_empty() {
            return false;
        }
        new.into_iter().for_each(|transition| engine.apply(transition));
        engine.skip(WARM_UP);
        true
    }

    fn apply(&self, transition: Transition) {
        self.engine.borrow_mut().apply(transition);
    }

    fn act(&mut self, ctx: &Context<Self>, action: Action) {
        match action {
            Action::TogglePlay => self.engine.borrow_mut().toggle_play(),
            Action::Step => self.engine.borrow_mut().step(),
            Action::Speed(speed) => self.engine.borrow_mut().set_speed(speed),
            Action::Seek(to) => self.engine.borrow_mut().seek(to),
            Action::NewWorld(seed, nodes, load) => {
                let speed = self.engine.borrow().speed();
                *self.engine.borrow_mut() = Engine::new(seed, nodes, load);
                self.engine.borrow_mut().set_speed(speed);
                self.change(|i| {
                    i.selection = Selection::Nothing;
                    i.via = i.via.filter(|node| node.0 < nodes);
                    i.side.retain(|node| node.0 < nodes);
                    i.detection.begin_with_world();
                });
            }
            Action::Ring(verb) => self.verb(|i, _| ring::action::act(verb, i)),
            Action::Ids(verb) => self.verb(|i, snapshot| ids::action::act(verb, i, snapshot)),
            Action::Shortener(verb) => {
                self.verb(|i, snapshot| shortener::action::act(verb, i, snapshot));
            }
            Action::Autocomplete(verb) => {
                self.verb(|i, snapshot| autocomplete::action::act(verb, i, snapshot));
            }
            Action::Store(verb) => self.verb(|i, snapshot| store::action::act(verb, i, snapshot)),
            Action::Crawler(verb) => {
                self.verb(|i, snapshot| crawler::action::act(verb, i, snapshot));
            }
            Action::Detection(verb) => {
                self.verb(|i, snapshot| detection::action::act(verb, i, snapshot));
            }
            Action::Chat(verb) => self.verb(|i, snapshot| chat::action::act(verb, i, snapshot)),
            Action::Feed(verb) => self.verb(|i, snapshot| feed::action::act(verb, i, snapshot)),
            Action::Accounts(verb) => {
                self.verb(|i, snapshot| accounts::action::act(verb, i, snapshot));
            }
            Action::Notifications(verb) => {
                self.verb(|i, snapshot| notifications::action::act(verb, i, snapshot));
            }
            Action::Live(verb) => {
                self.live(|live, around| live::action::act(verb, live, around));
            }
            Action::Break(fault) => self.apply(Transition::Fault(fault)),
            Action::Link(a, b, fault) => self.change_link(a, b, fault),
            Action::HealNode(node) => {
                let others: Vec<NodeId> =
                    self.look.snapshot.view.nodes.iter().map(|other| other.id).collect();
                for other in others.into_iter().filter(|&other| other != node) {
                    self.change_link(node, other, LinkFault::Heal);
                }
            }
            Action::Split => {
                let side = self.look.interface.side.clone();
                let all = self.look.snapshot.view.nodes.len();
                if side.is_empty() || side.len() >= all {
                    return self.change(|i| i.notice = Some(Notice::OneSide));
                }
                self.apply(Transition::Fault(Fault::Split(side)));
            }
            Action::HealAll => self.apply(Transition::Fault(Fault::HealNetwork)),
            Action::Point(at) => {
                let (flights, moment) = {
                    let engine = self.engine.borrow();
                    (engine.flights(), engine.moment())
                };
                let selection = store::stage::hit(&self.look.snapshot, &flights, moment, at);
                self.change_interface(Action::Select(selection));
            }
            Action::CopyLink => self.copy_link(ctx),
            Action::Go(page) => address::go(page),
            Action::FocusField => {
                self.change(|i| i.tab = Tab::Do);
                if let Some(field) = self.look.field.cast::<web_sys::HtmlInputElement>() {
                    let _ = field.focus();
                    field.select();
                }
            }
            Action::Theme(theme) => {
                theme.apply();
                self.change(|i| i.theme = theme);
            }
            Action::Language(language) => {
                settings::apply_language(language);
                self.change(|i| i.language = language);
            }
            other => self.change_interface(other),
        }
    }

    /// What changes nothing but what is shown.
    fn change_interface(&mut self, action: Action) {
        self.change(|i| match action {
            Action::Via(node) => i.via = node,
            Action::ToggleSide(node) => match i.side.iter().position(|&other| other == node) {
                Some(at) => drop(i.side.remove(at)),
                None => i.side.push(node),
            },
            Action::Select(selection) => {
                i.selection = selection;
                if matches!(
                    i.selection,
                    Selection::Node(_) | Selection::Link(..) | Selection::Message(_)
                ) {
                    i.tab = Tab::Inspect;
                }
            }
            Action::Filter(filter) => i.filter = filter,
            Action::ToggleLog => i.log_open = !i.log_open,
            Action::Tab(tab) => i.tab = tab,
            Action::Palette(open) => i.palette = open,
            Action::Help(open) => i.help = open,
            Action::Dismiss => i.notice = None,
            _ => {}
        });
        let number = match &self.look.interface.selection {
            Selection::Message(flight) => Some(flight.number),
            _ => None,
        };
        *self.marked.borrow_mut() = number;
    }

    fn change_link(&self, a: NodeId, b: NodeId, fault: LinkFault) {
        let faults = match fault {
            LinkFault::Cut => vec![Fault::Cut { from: a, to: b }, Fault::Cut { from: b, to: a }],
            LinkFault::Slow => vec![Fault::Slow { a, b }],
            LinkFault::Lose => vec![Fault::Lose { a, b }],
            LinkFault::Heal => vec![Fault::HealLink { a, b }],
        };
        faults.into_iter().for_each(|fault| self.apply(Transition::Fault(fault)));
    }

    /// Does what a page's verb says, and tells the world what it is to be told.
    fn verb(&mut self, act: impl FnOnce(&mut Interface, &Snapshot) -> Vec<Transition>) {
        let transitions = act(Rc::make_mut(&mut self.look.interface), &self.look.snapshot);
        transitions.into_iter().for_each(|transition| self.apply(transition));
    }

    /// Lets the page *Live* take something in, and does what it wishes; whether it changed.
    fn live(&mut self, take: impl FnOnce(&mut Live, Around) -> Vec<Wish>) -> bool {
        let around = live::client::around(self.look.interface.page == Page::Live);
        let mut fresh = Rc::clone(&self.look.interface.live);
        let wishes = take(Rc::make_mut(&mut fresh), around);
        for wish in wishes {
            self.client.carry_out(wish, &fresh);
        }
        let is_changed = fresh != self.look.interface.live;
        if is_changed {
            self.change(|i| i.live = fresh);
        }
        is_changed
    }

    fn copy_link(&self, ctx: &Context<Self>) {
        let Interface { page, ring, crawler, detection, .. } = self.look.interface.as_ref();
        let world = || Link::of(self.engine.borrow().world());
        let address = match page {
            Page::Ring => address::of_ring(&ring.state.shared(&ring.key)),
            Page::Live => address::of_page(Page::Live),
            Page::Crawler => address::of_crawls(crawler, &world()),
            Page::Detection => address::of_detection(detection, &world()),
            page => address::of_link(*page, &world()),
        };
        let done = ctx.link().callback(Message::Copied);
        let navigator = window().navigator();
        // Browsers have no clipboard for pages that came over plain HTTP from elsewhere.
        let has_clipboard = js_sys::Reflect::has(&navigator, &"clipboard".into()).unwrap_or(false)
            && window().is_secure_context();
        if !has_clipboard {
            return done.emit(Err(address));
        }
        let promise = navigator.clipboard().write_text(&address);
        yew::platform::spawn_local(async move {
            let result = wasm_bindgen_futures::JsFuture::from(promise).await;
            done.emit(result.map(drop).map_err(|_| address));
        });
    }

    /// The time bar and the log of the world, or the bar of the page's own time, if it has any but the real one.
    fn time(&self) -> Html {
        let page = self.look.interface.page;
        match page {
            Page::Live => Html::default(),
            _ if !page.parts().has_time => ring::bar(&self.look),
            _ => html! { <><Log ..self.look.clone() /><TimeBar ..self.look.clone() /></> },
        }
    }

    fn notice(&self, act: &Callback<Action>) -> Html {
        let texts = self.look.texts();
        let Some(notice) = &self.look.interface.notice else { return Html::default() };
        html! {
            <p class="notice" data-test="notice">
                <span>{ (texts.notice)(notice) }</span>
                <button type="button" onclick={act.reform(|_| Action::Dismiss)}>{ texts.dismiss }</button>
            </p>
        }
    }
}
