//! Leptos: a socket that lives as long as its component.

use leptos::prelude::*;
use tautline::{Message, ReadyState, ReconnectingWebSocket};

/// Shows whether there is a connection, and the last message.
#[component]
fn Live(url: String) -> impl IntoView {
    let (state, set_state) = signal(ReadyState::Connecting);
    let (last, set_last) = signal(String::new());
    let socket = ReconnectingWebSocket::new(&url).expect("a URL of ours");
    // A handler takes the socket from its event: one that captured a handle would keep the socket for ever.
    socket.set_onopen(move |event| set_state.set(event.target().ready_state()));
    socket.set_onclose(move |event| set_state.set(event.target().ready_state()));
    socket.set_onmessage(move |event| {
        if let Ok(Message::Text(text)) = event.to_message() {
            set_last.set(text.to_string());
        }
    });
    let sender = socket.sender();
    // With the component goes the last handle, and with that the connection.
    let socket = StoredValue::new_local(socket);
    on_cleanup(move || socket.dispose());

    view! {
        <button on:click=move |_| drop(sender.send("hello"))>"Send"</button>
        <output>{move || format!("{}: {}", state.get(), last.get())}</output>
    }
}

fn main() {
    mount_to_body(|| view! { <Live url="/echo".to_owned() /> });
}
