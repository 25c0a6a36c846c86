//! A page with the component, which takes it away and gives it another URL.

mod live;

use live::Live;
use yew::prelude::*;

#[component]
fn Page() -> Html {
    let url = use_state(|| AttrValue::from("/echo"));
    let shown = use_state(|| true);
    let other = {
        let url = url.setter();
        move |_| url.set("/echo?other".into())
    };
    let hide = {
        let shown = shown.setter();
        move |_| shown.set(false)
    };
    html! {
        <>
            if *shown { <Live url={(*url).clone()} /> }
            <button onclick={other}>{ "Other" }</button>
            <button onclick={hide}>{ "Hide" }</button>
        </>
    }
}

fn main() {
    yew::Renderer::<Page>::new().render();
}
