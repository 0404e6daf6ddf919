//! The line of verbs: kill, begin anew, and the dials.

use super::action::{FAN_OUTS, LOSSES, SERVERS, Verb};
use super::{kill_or_restart, name};
use crate::page::action::Action;
use crate::page::frame::fields::choice_field;
use crate::page::frame::nodes::colour;
use crate::page::look::Look;
use ennead::ring::NodeId;
use yew::prelude::*;

/// The verbs.
pub(crate) fn verbs(look: &Look) -> Html {
    let texts = look.texts().detection;
    let fields = &look.interface.detection;
    let plan = &fields.plan;
    let loss = look.snapshot.detection.as_ref().map_or(plan.loss, |detection| detection.loss);
    let act = look.act.reform(Action::Detection);
    let doing = kill_or_restart(look);
    let word = if doing == Some(Verb::Restart) { texts.restart } else { texts.kill };
    let onsubmit = {
        let act = act.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(verb) = doing {
                act.emit(verb);
            }
        })
    };
    let at = |choice: Option<usize>| choice.unwrap_or(usize::MAX);
    let servers = at(SERVERS.iter().position(|&servers| servers == plan.servers));
    let fan_out = at(FAN_OUTS.iter().position(|&fan_out| fan_out == plan.fan_out));
    let lost = at(LOSSES.iter().position(|&other| other == loss));
    let tolerances = texts.tolerances.map(String::from);
    html! {
        <form class="verbs" {onsubmit}>
            <div class="fields">
                <button type="submit" class="first" data-test="kill-server" disabled={doing.is_none()}>
                    { word(&name(fields.chosen)) }
                </button>
                { choice_field(texts.loss, "detection-loss", LOSSES.map(|loss| format!("{loss} %")), lost, act.reform(Verb::Loss)) }
                { choice_field(texts.servers, "detection-servers", SERVERS.map(|n| n.to_string()), servers, act.reform(Verb::Servers)) }
                { choice_field(texts.fan_out.word, "fan-out", FAN_OUTS.map(|n| n.to_string()), fan_out, act.reform(Verb::FanOut)) }
                { choice_field(texts.tolerance, "tolerance", tolerances, usize::from(!plan.adapts),
                    act.reform(|choice| Verb::Adapt(choice == 0))) }
                <button type="button" data-test="detection-again" onclick={act.reform(|_: MouseEvent| Verb::Again)}>{ texts.again }</button>
            </div>
            <div class="below">{ servers_row(look) }</div>
        </form>
    }
}

/// The servers as a row of buttons, which choose.
fn servers_row(look: &Look) -> Html {
    let fields = &look.interface.detection;
    let texts = look.texts().detection;
    let running = look.snapshot.detection.as_ref().map(|detection| &detection.running);
    let chips = (0..fields.plan.servers).map(|id| {
        let side = fields.side;
        let onclick =
            look.act.reform(move |_: MouseEvent| Action::Detection(Verb::Choose(side, id)));
        let runs = running.and_then(|running| running.get(usize::from(id))).is_none_or(|runs| *runs);
        let (sign, status) = if runs { ("", "up") } else { (" ×", "down") };
        html! {
            <button key={id} type="button" class={classes!("side", "of-node", status, colour(NodeId(id)))}
                aria-pressed={(fields.chosen == id).to_string()} data-test={format!("choose-{}", name(id))}
                aria-label={(texts.server_is)(&name(id), runs, 0)} {onclick}>{ name(id) }{ sign }</button>
        }
    });
    html! { <div class="chips" role="group" aria-label={texts.servers}>{ for chips }</div> }
}
