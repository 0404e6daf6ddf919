//! The stage: each channel as a lane from its queues over workers and provider to devices, and what came of it.

use super::action::Verb;
use super::view::{Lane, NotificationsView};
use crate::page::action::{Action, Selection};
use crate::page::frame::facts::count;
use crate::page::frame::nodes::colour;
use crate::page::look::Look;
use crate::page::snapshot::seconds;
use crate::page::world::people::name;
use ennead::ring::NodeId;
use ennead::sim::{Arrival, Fault};
use yew::prelude::*;

/// Marks of waiting deliveries that are drawn; the rest is a number.
const MARKS: u64 = 24;

/// The stage.
pub(super) fn stage(look: &Look) -> Html {
    let texts = look.texts().notifications;
    let Some(view) = &look.snapshot.notifications else { return Html::default() };
    html! {
        <div class="notices-place" tabindex="0" role="region" aria-label={texts.stage}>
            <div class="notice-lanes" data-test="lanes">
                <div class="notice-lane heads">
                    <span>{ texts.channel }</span><span>{ texts.queue }</span><span>{ texts.worker }</span>
                    <span>{ texts.provider }</span><span>{ texts.devices }</span>
                </div>
                { for view.lanes.iter().map(|one| lane(one, look)) }
            </div>
            <div class="outcomes">
                { arrivals(view, look) }
                { dead(view, look) }
            </div>
        </div>
    }
}

fn lane(lane: &Lane, look: &Look) -> Html {
    let texts = look.texts().notifications;
    let gauge = lane.gauge();
    let marks = |class: &'static str, number: u64| {
        (0..number.min(MARKS)).map(move |i| html! { <i key={format!("{class}{i}")} {class}></i> })
    };
    let waiting = gauge.due.saturating_sub(gauge.in_hand);
    let workers =
        lane.queues.iter().map(|&(shard, node, gauge)| worker(shard, node, gauge.in_hand, look));
    let is_idle = lane.queues.is_empty();
    let state = match (lane.is_down, gauge.is_open) {
        (true, true) => texts.left_alone,
        (true, false) => texts.failing,
        (false, true) => texts.tried_again,
        (false, false) => texts.working,
    };
    let provider =
        classes!("provider", lane.is_down.then_some("down"), gauge.is_open.then_some("open"));
    let channel = lane.channel;
    let onclick =
        look.act.reform(move |_: MouseEvent| Action::Notifications(Verb::Provider(channel)));
    html! {
        <div class="notice-lane" key={channel.name()} data-test={format!("lane-{channel}")}>
            <strong>{ (texts.channel_name)(channel) }</strong>
            <span class="queue">
                <span class="marks" aria-hidden="true">
                    { for marks("in-hand", gauge.in_hand) }{ for marks("due", waiting) }{ for marks("later", gauge.later) }
                </span>
                <span class="figure">{ (texts.waiting)(waiting, gauge.in_hand, gauge.later) }</span>
            </span>
            <span class="chips">
                { for workers }
                { if is_idle { html! { <span class="quiet">{ texts.idle }</span> } } else { Html::default() } }
            </span>
            <span class={provider}>
                <button type="button" class="textual" aria-pressed={lane.is_down.to_string()} {onclick}>
                    <i class="state-mark" aria-hidden="true"></i>{ state }
                </button>
                <span class="figure quiet">{ (texts.refused)(lane.tally.asked, lane.tally.refused + lane.tally.unanswered) }</span>
            </span>
            <span class="figure">{ (texts.arrived)(lane.tally.arrived, lane.tally.repeated) }</span>
        </div>
    }
}

/// A worker: its node, and how to kill it.
fn worker(shard: usize, node: NodeId, in_hand: u64, look: &Look) -> Html {
    let texts = look.texts().notifications;
    let name = look.snapshot.names().of(node).to_string();
    let select = look.act.reform(move |_: MouseEvent| Action::Select(Selection::Node(node)));
    let kill = look.act.reform(move |_: MouseEvent| Action::Break(Fault::Kill(node)));
    html! {
        <span class="worker" key={shard}>
            <button type="button" class={classes!("chip", colour(node))} onclick={select}
                aria-label={(texts.works)(&name, shard + 1, in_hand)}>{ &name }</button>
            <button type="button" class="textual kill" data-test="kill-worker" onclick={kill}>{ texts.kill }</button>
        </span>
    }
}

fn arrivals(view: &NotificationsView, look: &Look) -> Html {
    let texts = look.texts().notifications;
    let row = |arrival: &Arrival| {
        let Arrival { envelope, at, repeated } = arrival;
        let again = (*repeated > 0).then(|| (texts.repeated)(*repeated));
        html! {
            <tr key={envelope.delivery.to_string()}>
                <td class="figure"><time>{ seconds(at.as_micros()) }</time></td>
                <td>{ &envelope.contact.address }</td>
                <td class="value"><strong>{ &envelope.message.title }</strong>{ " " }{ &envelope.message.body }</td>
                <td class="quiet">{ again.unwrap_or_default() }</td>
            </tr>
        }
    };
    html! {
        <table class="links" data-test="arrivals">
            <caption class="quiet">{ texts.arrivals }</caption>
            <tbody>{ for view.arrivals.iter().map(row) }</tbody>
        </table>
    }
}

fn dead(view: &NotificationsView, look: &Look) -> Html {
    let texts = look.texts().notifications;
    if view.dead.is_empty() {
        return html! { <p class="quiet" data-test="dead-none">{ texts.no_dead }</p> };
    }
    let rows = view.dead.iter().take(10).map(|letter| {
        html! {
            <tr key={letter.name()}>
                <td>{ name(letter.delivery.to) }</td>
                <td>{ &letter.delivery.contact.address }</td>
                <td class="value">{ &letter.delivery.message.body }</td>
                <td class="bad">{ (texts.because)(letter.attempts, &letter.reason) }</td>
            </tr>
        }
    });
    html! {
        <table class="links" data-test="dead">
            <caption class="quiet">{ format!("{} ({})", texts.dead, count(view.dead.len() as u64)) }</caption>
            <tbody>{ for rows }</tbody>
        </table>
    }
}
