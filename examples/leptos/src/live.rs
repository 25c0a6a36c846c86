//! Leptos: a socket that lives as long as its component.

use leptos::prelude::*;
use tautline::{Message, ReadyState, ReconnectingWebSocket, Sender};

/// Shows whether there is a connection, and the last message.
#[component]
pub fn Live(#[prop(into)] url: Signal<String>) -> impl IntoView {
    let state = RwSignal::new(ReadyState::Connecting);
    let last = RwSignal::new(String::new());
    let sender = StoredValue::new(None::<Sender>);
    // An effect does not run on a server, where there is no socket, and runs again for another URL.
    Effect::new(move || {
        let socket = ReconnectingWebSocket::new(&url.get()).expect("a URL of ours");
        state.set(socket.ready_state());
        // A handler takes the socket from its event: one that captured a handle would keep the socket for ever.
        socket.set_onopen(move |event| state.set(event.target().ready_state()));
        socket.set_onclose(move |event| state.set(event.target().ready_state()));
        socket.set_onmessage(move |event| {
            if let Ok(Message::Text(text)) = event.to_message() {
                last.set(text.to_string());
            }
        });
        sender.set_value(Some(socket.sender()));
        // With the component, or another URL, goes the only handle, and with that the connection.
        let socket = StoredValue::new_local(socket);
        on_cleanup(move || socket.dispose());
    });
    let send = move |_| drop(sender.with_value(|sender| sender.as_ref().map(|sender| sender.send("hello"))));

    view! {
        <button on:click=send>"Send"</button>
        <output>{move || format!("{}: {}", state.get(), last.get())}</output>
    }
}
