//! Yew: a socket that lives as long as its component.

use tautline::{Message, ReadyState, ReconnectingWebSocket};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub url: AttrValue,
}

/// Shows whether there is a connection, and the last message.
#[component]
pub fn Live(props: &Props) -> Html {
    let state = use_state(|| ReadyState::Connecting);
    let last = use_state(String::new);
    let socket = use_mut_ref(|| None::<ReconnectingWebSocket>);
    // An effect does not run on a server, and runs again for another URL.
    use_effect_with(props.url.clone(), {
        let (state, last, socket) = (state.setter(), last.setter(), socket.clone());
        move |url| {
            let made = ReconnectingWebSocket::new(url).expect("a URL of ours");
            state.set(made.ready_state());
            // A handler takes the socket from its event: one that captured a handle would keep the socket for ever.
            let on_open = state.clone();
            made.set_onopen(move |event| on_open.set(event.target().ready_state()));
            made.set_onclose(move |event| state.set(event.target().ready_state()));
            made.set_onmessage(move |event| {
                if let Ok(Message::Text(text)) = event.to_message() {
                    last.set(text.to_string());
                }
            });
            *socket.borrow_mut() = Some(made);
            // With the component, or another URL, goes the last handle, and with that the connection.
            move || drop(socket.take())
        }
    });
    let onclick = move |_| {
        if let Some(socket) = &*socket.borrow() {
            let _ = socket.send("hello");
        }
    };

    html! {
        <>
            <button {onclick}>{ "Send" }</button>
            <output>{ format!("{}: {}", *state, *last) }</output>
        </>
    }
}
