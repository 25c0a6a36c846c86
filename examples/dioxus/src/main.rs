//! Dioxus: a socket that lives as long as its component.

use dioxus::prelude::*;
use tautline::{Message, ReadyState, ReconnectingWebSocket};

/// Shows whether there is a connection, and the last message.
#[component]
fn Live(url: String) -> Element {
    let state = use_signal(|| ReadyState::Connecting);
    let last = use_signal(String::new);
    // The hook keeps the only handle: with the component goes the connection.
    let socket = use_hook(|| {
        let socket = ReconnectingWebSocket::new(&url).expect("a URL of ours");
        // A handler takes the socket from its event: one that captured a handle would keep the socket for ever.
        socket.set_onopen(move |event| *state.write_unchecked() = event.target().ready_state());
        socket.set_onclose(move |event| *state.write_unchecked() = event.target().ready_state());
        socket.set_onmessage(move |event| {
            if let Ok(Message::Text(text)) = event.to_message() {
                *last.write_unchecked() = text.to_string();
            }
        });
        socket
    });
    let sender = socket.sender();

    rsx! {
        button { onclick: move |_| drop(sender.send("hello")), "Send" }
        output { "{state}: {last}" }
    }
}

fn main() {
    dioxus::launch(|| rsx! { Live { url: "/echo" } });
}
