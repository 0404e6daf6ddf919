//! The group: who is in it, who comes and who goes.

use super::action::{To, Verb, user_of};
use crate::page::action::Action;
use crate::page::look::Look;
use crate::page::world::people::name;
use ennead::sim::CAST;
use yew::prelude::*;

/// The people of the world as buttons, pressed if they are in the group; while it is said something to it.
pub(super) fn group(look: &Look) -> Html {
    let fields = &look.interface.chat;
    if fields.to != To::Group {
        return Html::default();
    }
    let texts = look.texts().chat;
    let act = look.act.reform(Action::Chat);
    let view = &look.snapshot.chat;
    let group = view.group.as_ref();
    let members =
        group.map_or_else(|| fields.founders(&view.friendships), |group| group.members.clone());
    // Only friends of somebody in it can come in.
    let insiders = group.map_or_else(|| [user_of(fields.phone)].into(), |_| members.clone());
    let people = CAST.iter().map(|&(_, user)| {
        let onclick = act.reform(move |_: MouseEvent| Verb::Person(user));
        let is_out = view.whoever_lets(user, &insiders).is_none();
        html! {
            <button key={user.0} type="button" aria-pressed={members.contains(&user).to_string()}
                disabled={is_out} data-test={format!("person-{user}")} {onclick}>{ name(user) }</button>
        }
    });
    let open = act.reform(|_: MouseEvent| Verb::Open(texts.group_name));
    html! {
        <section class="of-group" data-test="group">
            <h2>{ (texts.group)(group.map(|group| group.members.len())) }</h2>
            <p class="quiet">{ if group.is_some() { texts.come_and_go } else { texts.who_is_in } }</p>
            <div class="people">{ for people }</div>
            if group.is_none() {
                <button type="button" class="first" data-test="open-group" disabled={members.len() < 2}
                    onclick={open}>{ texts.open_group }</button>
            }
        </section>
    }
}
