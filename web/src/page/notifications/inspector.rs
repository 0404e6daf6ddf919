//! The inspector: what the nodes have counted, and what the person has opted out of.

use super::action::user;
use super::view::NotificationsView;
use crate::page::frame::facts::{count, fact, fact_of_term, fact_text, facts};
use crate::page::look::Look;
use crate::page::world;
use crate::page::world::people::name;
use yew::prelude::*;

/// The panels.
pub(crate) fn panels(look: &Look) -> Html {
    let Some(view) = &look.snapshot.notifications else { return Html::default() };
    html! {
        <>
            <div>{ world::selected(look) }</div>
            { counted(view, look) }
            { person(view, look) }
            { world::try_this(look, look.texts().notifications.try_this) }
            { world::nodes(look) }
            { world::network(look) }
            { world::trace(look) }
        </>
    }
}

fn counted(view: &NotificationsView, look: &Look) -> Html {
    let texts = look.texts().notifications;
    let counters = &view.counters;
    let number = |number: u64| html! { <>{ count(number) }</> };
    let rows = vec![
        fact_text(texts.accepted, count(counters.accepted)),
        fact_of_term(texts.duplicates, number(counters.duplicates)),
        fact_text(texts.sent, count(counters.sent)),
        fact_of_term(texts.retried, number(counters.retried)),
        fact_of_term(texts.set_aside, number(counters.dead)),
        fact_text(texts.taken_back, count(counters.replayed)),
        fact_text(texts.not_wanted, count(counters.opted_out)),
        fact_text(texts.gone, count(counters.gone)),
        fact_of_term(texts.limited, number(counters.limited)),
    ];
    html! {
        <section class="panel" data-test="counted">
            <div class="panel-head"><h2>{ texts.counted }</h2></div>
            { facts(rows) }
        </section>
    }
}

fn person(view: &NotificationsView, look: &Look) -> Html {
    let texts = look.texts().notifications;
    let user = user(look.interface.notifications.to);
    let opted_out: Vec<&str> = view.opted_out(user).into_iter().map(texts.channel_name).collect();
    let opted_out =
        if opted_out.is_empty() { texts.nothing.to_owned() } else { opted_out.join(", ") };
    let row = fact(texts.opted_out, html! { <>{ opted_out }</> });
    html! {
        <section class="panel" data-test="person">
            <div class="panel-head"><h2>{ name(user) }</h2></div>
            { facts(vec![row]) }
        </section>
    }
}
