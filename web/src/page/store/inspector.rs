//! The inspector: the key at hand among the panels of the world.

use super::keyfacts;
use crate::page::look::Look;
use crate::page::world;
use yew::prelude::*;

/// The panels.
pub(crate) fn panels(look: &Look) -> Html {
    let key = look.snapshot.key.as_ref().map(|key| keyfacts::key_facts(key, look));
    html! {
        <>
            <div>{ world::selected(look) }</div>
            <div>{ key.unwrap_or_default() }</div>
            { world::network(look) }
            { world::try_this(look, look.texts().store.try_this) }
            { world::trace(look) }
        </>
    }
}
