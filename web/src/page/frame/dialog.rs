//! A dialog above the page: the browser keeps the focus in it and gives it back.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct Props {
    pub(crate) open: bool,
    pub(crate) label: AttrValue,
    pub(crate) test: AttrValue,
    pub(crate) onclose: Callback<()>,
    #[prop_or_default]
    pub(crate) children: Html,
}

/// The dialog.
#[component]
pub(crate) fn Dialog(props: &Props) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with(props.open, move |&open| {
            if let Some(dialog) = node.cast::<HtmlDialogElement>() {
                if open && !dialog.open() {
                    let _ = dialog.show_modal();
                } else if !open && dialog.open() {
                    dialog.close();
                }
            }
        });
    }
    let onclose = {
        let close = props.onclose.clone();
        Callback::from(move |_: Event| close.emit(()))
    };
    // A click beside the dialog falls on the element itself, one inside on what it holds.
    let onclick = {
        let (node, close) = (node.clone(), props.onclose.clone());
        Callback::from(move |event: MouseEvent| {
            let target = event.target_dyn_into::<HtmlDialogElement>();
            if target.is_some() && target == node.cast::<HtmlDialogElement>() {
                close.emit(());
            }
        })
    };
    html! {
        <dialog ref={node} aria-label={props.label.clone()} data-test={props.test.clone()} {onclose} {onclick}>
            <div class="dialog">{ if props.open { props.children.clone() } else { Html::default() } }</div>
        </dialog>
    }
}
