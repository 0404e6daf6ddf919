//! The stage: each system stands on those that it uses, and all of them on the nodes.

use super::tally::{OverviewLook, State, System, SystemLook};
use crate::page::Page;
use crate::page::action::{Action, Selection};
use crate::page::frame::facts::count;
use crate::page::frame::nodes::colour;
use crate::page::look::Look;
use crate::page::snapshot::figure;
use ennead::sim::{NodeView, Status};
use yew::prelude::*;

/// The stage.
pub(super) fn stage(look: &Look) -> Html {
    let texts = look.texts().overview;
    let Some(overview) = &look.snapshot.overview else { return Html::default() };
    html! {
        <div class="systems" role="group" aria-label={texts.stage} data-test="systems">
            { for System::ALL.into_iter().rev().map(|system| block(system, overview, look)) }
            <ul class="machines" aria-label={look.texts().world.the_nodes}>
                { for look.snapshot.view.nodes.iter().map(|node| machine(node, look)) }
            </ul>
        </div>
    }
}

/// The page of a system.
const fn page_of(system: System) -> Page {
    match system {
        System::Ring => Page::Ring,
        System::Store => Page::Store,
        System::Ids => Page::Ids,
        System::Accounts => Page::Accounts,
        System::Chat => Page::Chat,
        System::Feed => Page::Feed,
        System::Notifications => Page::Notifications,
        System::Shortener => Page::Shortener,
        System::Crawler => Page::Crawler,
        System::Autocomplete => Page::Autocomplete,
    }
}

const fn slug(system: System) -> &'static str {
    match system {
        System::Ring => "ring",
        System::Store => "store",
        System::Ids => "ids",
        System::Accounts => "accounts",
        System::Chat => "chat",
        System::Feed => "feed",
        System::Notifications => "notifications",
        System::Shortener => "shortener",
        System::Crawler => "crawler",
        System::Autocomplete => "autocomplete",
    }
}

/// A state by its shape: filled, half filled, hollow and crossed.
fn mark(state: State) -> Html {
    let (class, path) = match state {
        State::Answers => ("answers", "M-6 0A6 6 0 1 1 6 0A6 6 0 1 1 -6 0"),
        State::Refuses => ("refuses", "M-6 0A6 6 0 0 1 6 0Z"),
        State::Silent => ("silent", "M-4 -4L4 4M-4 4L4 -4"),
    };
    html! {
        <svg class={classes!("mark", class)} viewBox="-8 -8 16 16" aria-hidden="true">
            <circle r="6" /><path d={path} />
        </svg>
    }
}

fn block(system: System, overview: &OverviewLook, look: &Look) -> Html {
    let texts = look.texts();
    let Some(shown) = overview.of(system) else { return Html::default() };
    let page = page_of(system).parts();
    html! {
        <section key={slug(system)} class={classes!("system", slug(system))} data-test={format!("system-{}", slug(system))}
            data-state={(texts.overview.state)(shown.state)}>
            <h2>{ mark(shown.state) }<a href={format!("#/{}", page.slug)}>{ (page.title)(texts) }</a></h2>
            <p class="done">
                <strong class="figure">{ count(shown.count.done) }</strong>{ " " }{ (texts.overview.things)(system) }
            </p>
            { told(shown, look) }
        </section>
    }
}

/// When a system answered last, and how often it refused.
fn told(shown: &SystemLook, look: &Look) -> Html {
    let texts = look.texts().overview;
    let SystemLook { system, count: counted, state, ago } = shown;
    if *system == System::Ring {
        return html! { <p class="told quiet">{ (texts.copies)(look.snapshot.view.quorums.copies) }</p> };
    }
    #[allow(clippy::cast_precision_loss)] // tenths of seconds
    let ago = ago.map(|micros| figure((micros / 100_000) as f64 / 10.0));
    let refused = (counted.refused > 0).then(|| {
        let class = if *state == State::Refuses { "bad" } else { "quiet" };
        html! { <span {class}>{ " · " }{ (texts.refused)(counted.refused) }</span> }
    });
    html! {
        <p class={classes!("told", if *state == State::Silent { "bad" } else { "quiet" })}>
            { (texts.last_answer)(ago.as_deref()) }
            { refused.unwrap_or_default() }
        </p>
    }
}

/// A node below all, with what kills it.
fn machine(node: &NodeView, look: &Look) -> Html {
    use ennead::sim::Fault;
    let texts = look.texts().world;
    let id = node.id;
    let select = look.act.reform(move |_: MouseEvent| Action::Select(Selection::Node(id)));
    let (verb, word, fault) = match node.status {
        Status::Down => ("restart", texts.restart, Fault::Restart(id)),
        Status::Paused => ("resume", texts.resume, Fault::Resume(id)),
        Status::Up => ("kill", texts.kill, Fault::Kill(id)),
    };
    let act = look.act.reform(move |_: MouseEvent| Action::Break(fault.clone()));
    let state = match node.status {
        Status::Up => "up",
        Status::Paused => "paused",
        Status::Down => "down",
    };
    let is_selected = look.interface.selection == Selection::Node(id);
    let label = format!("{} {}", texts.node, node.name);
    html! {
        <li key={id.0} class={classes!("machine", colour(id), state)} data-status={state} data-test={format!("machine-{}", node.name)}>
            <button type="button" class={classes!("side", "of-node", state, colour(id))} aria-label={label}
                aria-pressed={is_selected.to_string()} onclick={select}>{ &node.name }</button>
            <span class="quiet">{ (texts.status)(node.status) }</span>
            <button type="button" class="textual" data-test={format!("{verb}-{}", node.name)}
                aria-label={(texts.node_verb)(word, &node.name)} onclick={act}>{ word }</button>
        </li>
    }
}
