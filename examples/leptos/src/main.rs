//! A page with the component, which takes it away and gives it another URL.

mod live;

use leptos::prelude::*;
use live::Live;

#[component]
fn Page() -> impl IntoView {
    let url = RwSignal::new("/echo".to_owned());
    let shown = RwSignal::new(true);
    view! {
        <Show when=move || shown.get()><Live url=url /></Show>
        <button on:click=move |_| url.set("/echo?other".to_owned())>"Other"</button>
        <button on:click=move |_| shown.set(false)>"Hide"</button>
    }
}

fn main() {
    mount_to_body(Page);
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a_server_renders_it_and_makes_no_socket() {
        let owner = Owner::new();
        let html = owner.with(|| view! { <Live url="/echo" /> }.to_html());
        assert!(html.contains("<button>Send</button>") && html.contains("CONNECTING: "), "{html}");
        // A server may be done with it on another thread.
        std::thread::spawn(move || drop(owner)).join().unwrap();
    }
}
