//! A page with the component, which takes it away and gives it another URL.

mod live;

use dioxus::prelude::*;
use live::Live;

#[component]
fn Page() -> Element {
    let mut url = use_signal(|| "/echo".to_owned());
    let mut shown = use_signal(|| true);
    rsx! {
        if shown() {
            Live { url: url() }
        }
        button { onclick: move |_| url.set("/echo?other".to_owned()), "Other" }
        button { onclick: move |_| shown.set(false), "Hide" }
    }
}

fn main() {
    dioxus::launch(Page);
}
