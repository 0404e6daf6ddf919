//! What the marks mean, beneath the stage.

use super::marks::shape;
use crate::page::texts::{Language, Texts};
use ennead::sim::Mark;
use yew::prelude::*;

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) language: Language,
}

/// The legend.
#[component]
pub(crate) fn Legend(props: &Props) -> Html {
    let texts: &Texts = props.language.texts();
    let marks = [Mark::Request, Mark::Reply, Mark::Gossip, Mark::Hint, Mark::Repair];
    html! {
        <ul class="legend" aria-label={texts.store.marks}>
            { for marks.into_iter().map(|mark| {
                let (class, path) = shape(mark);
                let word = (texts.world.mark)(mark);
                html! {
                    <li key={word}>
                        <svg viewBox="-10 -10 20 20" aria-hidden="true"><path {class} d={path} /></svg>
                        { word }
                    </li>
                }
            }) }
            <li key="cut">
                <svg viewBox="-10 -10 20 20" aria-hidden="true"><path class="link cut" d="M-10 0H10" /></svg>
                { texts.store.cut_link }
            </li>
        </ul>
    }
}
