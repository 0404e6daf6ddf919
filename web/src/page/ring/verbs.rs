//! The line of verbs: a key to look up, and servers that come and go.

use super::action::Verb;
use super::state::{HEAVIEST, MOST, POINTS};
use crate::page::action::Action;
use crate::page::frame::fields::{choice_field, text_field, text_of};
use crate::page::frame::nodes::colour;
use crate::page::frame::words::marked;
use crate::page::look::Look;
use yew::prelude::*;

/// The verbs.
pub(crate) fn verbs(look: &Look) -> Html {
    let texts = look.texts().ring;
    let fields = &look.interface.ring;
    let state = &fields.state;
    let act = look.act.reform(Action::Ring);
    let onsubmit = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Verb::Join
    });
    let on_key = act.reform(|event: InputEvent| Verb::Key(text_of(&event)));
    let on_weight =
        act.reform(|choice: usize| Verb::Weight(u16::try_from(choice + 1).unwrap_or(1)));
    let points = POINTS.iter().position(|&points| points == state.points).unwrap_or(0);
    let weight = usize::from(fields.weight) - 1;
    let is_full = state.members().len() >= MOST;
    // Whom the button sends away: the chosen server, or the one that came last.
    let leaver = fields.chosen.and_then(|id| state.member(id)).or(state.members().last());
    let leave = leaver.map(|member| {
        let id = member.id;
        html! {
            <button type="button" data-test="leave" disabled={state.members().len() < 2}
                onclick={act.reform(move |_| Verb::Leave(id))}>{ (texts.leave)(&member.name) }</button>
        }
    });
    html! {
        <form class="verbs" {onsubmit}>
            <div class="fields">
                { text_field(texts.key, "ring-key", &fields.key, 1_024, &look.field, on_key) }
                { choice_field(texts.weight, "ring-weight", (1..=HEAVIEST).map(|w| w.to_string()), weight, on_weight) }
                <button type="submit" class="first" data-test="join" disabled={is_full}>{ texts.join }</button>
                { leave.unwrap_or_default() }
                { choice_field(texts.points.word, "ring-points", POINTS.iter().map(ToString::to_string), points,
                    act.reform(Verb::Points)) }
                <button type="button" data-test="ring-reset" onclick={act.reform(|_| Verb::Reset)}>{ texts.reset }</button>
            </div>
            <div class="below">
                <output class="answer" data-test="ring-answer">
                    { state.changes.first().map(|change| marked(&(texts.change)(change))).unwrap_or_default() }
                </output>
            </div>
            { servers(look) }
        </form>
    }
}

/// The servers as a row of buttons: their colours, and a way to them for keys.
fn servers(look: &Look) -> Html {
    let fields = &look.interface.ring;
    let texts = look.texts().ring;
    let chips = fields.state.members().iter().map(|member| {
        let (id, chosen) = (member.id, fields.chosen == Some(member.id));
        let onclick = look.act.reform(move |_: MouseEvent| {
            Action::Ring(Verb::Choose((!chosen).then_some(id)))
        });
        let weight = if member.weight > 1 { format!(" ×{}", member.weight) } else { String::new() };
        html! {
            <button key={id.0} type="button" class={classes!("side", "of-node", "up", colour(id))}
                aria-pressed={chosen.to_string()} data-test={format!("server-{}", member.name)} {onclick}>
                { &member.name }{ weight }
            </button>
        }
    });
    html! { <div class="chips" role="group" aria-label={texts.servers}>{ for chips }</div> }
}
