//! The streams of what an inbox yields differ in their items alone.

/// Makes a stream of what an inbox yields: its name and, if it is for any socket, its parameter; its socket, intake and items.
macro_rules! inbox_stream {
    ($(#[$docs:meta])* $name:ident $(<$any:ident: $bound:ident = $default:ident>)?, $socket:ty, $intake:ty, $item:ty) => {
        $(#[$docs])*
        #[derive(Debug)]
        #[must_use = "a stream does nothing unless it is polled"]
        pub struct $name $(<$any: $bound = $default>)? {
            inbox: $crate::socket::inbox::Inbox<$intake, $socket>,
        }

        impl $(<$any: $bound>)? $name $(<$any>)? {
            /// What was dropped so far, since the queue was full.
            #[must_use]
            pub fn dropped(&self) -> $crate::Dropped {
                self.inbox.dropped()
            }

            /// The socket.
            #[must_use]
            pub fn socket(&self) -> &$socket {
                &self.inbox.socket
            }
        }

        impl $(<$any: $bound>)? futures_core::Stream for $name $(<$any>)? {
            type Item = $item;

            fn poll_next(
                mut self: std::pin::Pin<&mut Self>,
                context: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Option<$item>> {
                self.inbox.poll_next(context)
            }
        }

        impl $(<$any: $bound>)? futures_core::FusedStream for $name $(<$any>)? {
            fn is_terminated(&self) -> bool {
                self.inbox.is_terminated()
            }
        }
    };
}
pub(crate) use inbox_stream;
