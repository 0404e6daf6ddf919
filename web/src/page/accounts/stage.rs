//! The stage: the people and what binds them, the register of two of them, and where a person's rows are.

use super::circle::{circle, told};
use super::places::{places, table};
use super::view::{PairLook, Replica};
use crate::page::frame::nodes::chip;
use crate::page::look::Look;
use ennead::accounts::Standing;
use ennead::kv::register::Ballot;
use ennead::sim::Status;
use yew::prelude::*;

/// The stage.
pub(super) fn stage(look: &Look) -> Html {
    html! {
        <div class="accounts-place" tabindex="0" role="region" aria-label={look.texts().accounts.stage}>
            <div class="friends">{ circle(look) }</div>
            <div class="of-person">{ places(look) }</div>
            <div class="of-pair">{ told(look) }{ pair(look) }</div>
            <div class="of-rows">{ table(look) }</div>
        </div>
    }
}

/// The register of two people, replica by replica, and what came of it.
fn pair(look: &Look) -> Html {
    let texts = look.texts().accounts;
    let view = &look.snapshot.accounts;
    let Some(pair) = &view.pair else { return Html::default() };
    let (one, other) = (view.shown(pair.one), view.shown(pair.other));
    let standing = |is: &Standing| (texts.standing)(is, &one, &other);
    let state = match &pair.last {
        None => texts.never.to_string(),
        Some(is) if pair.is_decided => (texts.decided)(&standing(is), is.version),
        Some(_) => texts.under_way.to_string(),
    };
    html! {
        <>
            <h2>{ (texts.two)(&one, &other) }</h2>
            <table class="table registers" data-test="pair">
                <caption data-test="pair-state">{ state }</caption>
                <thead><tr>
                    <th scope="col">{ texts.replica }</th>
                    <th scope="col">{ texts.promised }</th>
                    <th scope="col">{ texts.accepted }</th>
                    <th scope="col">{ texts.version }</th>
                    <th scope="col">{ texts.state }</th>
                </tr></thead>
                <tbody>{ for pair.owners.iter().map(|&node| {
                    let held = pair.replicas.iter().find(|replica| replica.node == node);
                    let is_up = look.snapshot.view.nodes.iter().any(|n| n.id == node && n.status == Status::Up);
                    html! {
                        <tr key={node.0} class={if is_up { "" } else { "away" }}>
                            <th scope="row">{ chip(node, look) }</th>
                            { replica(held, look, standing) }
                        </tr>
                    }
                }) }</tbody>
            </table>
            { written(pair, look, [&one, &other]) }
        </>
    }
}

fn replica(held: Option<&Replica>, look: &Look, standing: impl Fn(&Standing) -> String) -> Html {
    let names = look.snapshot.names();
    let ballot = |ballot: &Ballot| match ballot.round {
        0 => "–".to_string(),
        round => format!("{round}·{}", names.of(ballot.update.node)),
    };
    let accepted = held.and_then(|held| held.accepted.as_ref());
    let none = || "–".to_string();
    html! {
        <>
            <td class="figure">{ held.map_or_else(none, |held| ballot(&held.promised)) }</td>
            <td class="figure">{ accepted.map_or_else(none, |(at, _)| ballot(at)) }</td>
            <td class="figure">{ accepted.map_or_else(none, |(_, is)| is.version.to_string()) }</td>
            <td>{ accepted.map_or_else(none, |(_, is)| standing(is)) }</td>
        </>
    }
}

/// What is written down for each of the two.
fn written(pair: &PairLook, look: &Look, names: [&str; 2]) -> Html {
    let texts = look.texts().accounts;
    let decided = pair.last.filter(|_| pair.is_decided).map_or(0, |is| is.version);
    let versions = pair.sides.map(|side| side.map_or(0, |is| is.version));
    let class = if versions == [decided; 2] { "quiet" } else { "care" };
    html! { <p class={classes!("written", class)} data-test="written">{ (texts.written)(names, versions) }</p> }
}
