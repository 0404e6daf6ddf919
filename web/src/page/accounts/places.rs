//! Where the rows of a person are: on the ring of nodes, and row by row.

use super::action::Verb;
use super::view::{About, Held, Row, SessionLook};
use crate::page::action::Action;
use crate::page::frame::geometry::{RING, on_circle, turn_of};
use crate::page::frame::marker::key_marker;
use crate::page::frame::nodes::{chip, colour};
use crate::page::look::Look;
use crate::page::store::geometry::{node_at, node_radius};
use crate::page::store::stage::cluster;
use crate::page::texts::Term;
use ennead::accounts::{Kind, SessionId};
use ennead::ring::NodeId;
use ennead::sim::{NodeView, Status};
use std::collections::BTreeMap;
use yew::prelude::*;

/// How much of a token or of its hash is shown.
const SHOWN: usize = 6;

/// The nodes, and what they hold of whoever is looked at: each place of the ring, and lines to its holders.
pub(super) fn places(look: &Look) -> Html {
    let texts = look.texts().accounts;
    let view = &look.snapshot.accounts;
    let of_row = |row: &Row| match row.about {
        About::Name => Some((row.place, texts.name_here.to_string(), row.held.clone())),
        About::User(Kind::Profile) => {
            Some((row.place, texts.rows_here.to_string(), row.held.clone()))
        }
        About::User(_) => None, // in the same place as the profile
    };
    let of_session = |session: &SessionLook| {
        session
            .is_open
            .then(|| (session.place, texts.session_here.to_string(), session.held.clone()))
    };
    let sessions = view.sessions.iter().filter_map(of_session).take(1);
    let marks = view.rows.iter().filter_map(of_row).chain(sessions).map(|(place, name, held)| {
        html! {
            <g key={name.clone()}>
                { for held.keys().map(|&node| line(place, node, look)) }
                <g class="keys">{ key_marker(place, &name) }</g>
            </g>
        }
    });
    let marks = html! { <g class="held-by" aria-hidden="true">{ for marks }</g> };
    html! { <>{ cluster(look, texts.places, marks) }</> }
}

fn line(place: u64, node: NodeId, look: &Look) -> Html {
    let count = look.snapshot.view.nodes.len();
    let (a, b) = (on_circle(turn_of(place), RING), node_at(node.index(), count));
    let b = b.towards(a, (node_radius(count) + 4.0) / a.distance(b).max(1.0));
    html! {
        <line class={classes!("holds", colour(node))} x1={format!("{:.1}", a.x)} y1={format!("{:.1}", a.y)}
            x2={format!("{:.1}", b.x)} y2={format!("{:.1}", b.y)} />
    }
}

/// The first letters of a session's name, which says nothing of its token.
fn short(session: SessionId) -> String {
    session.to_string().chars().take(SHOWN).collect()
}

/// The word for something that is kept, and what it means.
pub(super) fn term_of(about: About, look: &Look) -> Term {
    let texts = look.texts().accounts;
    match about {
        About::Name => texts.name_row,
        About::User(Kind::Profile) => texts.profile_row,
        About::User(Kind::Device) => texts.device_row,
        About::User(Kind::Standing) => texts.standing_row,
    }
}

/// Row by row which node holds it, and of sessions which node trusts it for how long without asking.
pub(super) fn table(look: &Look) -> Html {
    let texts = look.texts().accounts;
    let view = &look.snapshot.accounts;
    let Some(who) = view.who else { return Html::default() };
    let nodes = &look.snapshot.view.nodes;
    let head = nodes.iter().map(|node| {
        let sign = match node.status {
            Status::Up => "",
            Status::Paused => " ‖",
            Status::Down => " ×",
        };
        html! { <th key={node.id.0} scope="col">{ chip(node.id, look) }{ sign }</th> }
    });
    let rows = view.rows.iter().map(|row| {
        let word = term_of(row.about, look).word;
        html! {
            <tr key={word}>
                <th scope="row">{ word }</th>
                { for nodes.iter().map(|node| html! { <td>{ held(&row.held, node) }</td> }) }
            </tr>
        }
    });
    let sessions = view.sessions.iter().map(|session| of_session(session, look));
    html! {
        <>
            <h2>{ (texts.rows_of)(&view.shown(who)) }</h2>
            <table class="table rows" data-test="rows">
                <thead><tr><th scope="col">{ texts.row }</th>{ for head }</tr></thead>
                <tbody>{ for rows }{ for sessions }</tbody>
            </table>
            if view.sessions.is_empty() {
                <p class="quiet">{ texts.no_session }</p>
            }
            <p class="quiet small">{ texts.signs }</p>
        </>
    }
}

/// What a node holds: a dot a kind of row, with the number if there are several.
fn held(held: &BTreeMap<NodeId, Held>, node: &NodeView) -> Html {
    let Some(&Held { rows, hints, gone }) = held.get(&node.id) else {
        return html! { <span class="quiet">{ "–" }</span> };
    };
    let sign = |sign: &'static str, count: usize| match count {
        0 => String::new(),
        1 => sign.to_string(),
        count => format!("{sign} {count}"),
    };
    let words = [
        sign("●", rows),
        sign("◆", hints),
        if rows == 0 { sign("×", gone) } else { String::new() },
    ];
    let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
    html! { <span class={classes!("sign", colour(node.id))}>{ words.join(" ") }</span> }
}

fn of_session(session: &SessionLook, look: &Look) -> Html {
    let texts = look.texts().accounts;
    let id = session.id;
    let name = short(id);
    let cell = |node: &NodeView| {
        let at = node.id;
        let onclick = look.act.reform(move |_: MouseEvent| Action::Accounts(Verb::CheckAt(id, at)));
        let trust =
            session.trusted.get(&at).map(|left| format!("{:.1} s", left.as_micros() as f64 / 1e6));
        let word = trust.clone().unwrap_or_else(|| texts.ask.to_string());
        let label = (texts.check_at)(&name, &node.name, trust.as_deref());
        let is_trusted = trust.is_some().then_some("trusted");
        html! {
            <td key={at.0}>
                <div>{ held(&session.held, node) }</div>
                <button type="button" class={classes!("textual", "figure", is_trusted)} aria-label={label}
                    data-test={format!("check-{}", node.name)} {onclick}>{ word }</button>
            </td>
        }
    };
    let token: String = session.token.secret().chars().take(SHOWN).collect();
    let state = if session.is_open { texts.open } else { texts.ended };
    let opened_at = look.snapshot.names().of(session.opened_at).to_string();
    html! {
        <tr key={name.clone()} class="session" data-test="session" data-open={session.is_open.to_string()}>
            <th scope="row">
                { format!("{} {name}…", texts.session.word) }
                <span class="quiet token">{ (texts.opened)(state, &token, &opened_at) }</span>
            </th>
            { for look.snapshot.view.nodes.iter().map(cell) }
        </tr>
    }
}
