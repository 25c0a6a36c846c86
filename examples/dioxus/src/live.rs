//! Dioxus: a socket that lives as long as its component.

use dioxus::prelude::*;
use tautline::{Message, ReadyState, ReconnectingWebSocket};

/// Shows whether there is a connection, and the last message.
#[component]
pub fn Live(url: String) -> Element {
    let mut state = use_signal(|| ReadyState::Connecting);
    let last = use_signal(String::new);
    // The only handle: it goes with the component, or with another URL, and with it the connection.
    let mut socket = use_signal(|| None::<ReconnectingWebSocket>);
    // An effect does not run while a server renders.
    use_effect(use_reactive!(|url| {
        let made = ReconnectingWebSocket::new(&url).expect("a URL of ours");
        state.set(made.ready_state());
        // A handler takes the socket from its event: one that captured a handle would keep the socket for ever.
        made.set_onopen(move |event| *state.write_unchecked() = event.target().ready_state());
        made.set_onclose(move |event| *state.write_unchecked() = event.target().ready_state());
        made.set_onmessage(move |event| {
            if let Ok(Message::Text(text)) = event.to_message() {
                *last.write_unchecked() = text.to_string();
            }
        });
        socket.set(Some(made));
    }));

    rsx! {
        button { onclick: move |_| drop(socket.peek().as_ref().map(|socket| socket.send("hello"))), "Send" }
        output { "{state}: {last}" }
    }
}
