//! What the server of this project does for its clients, next to a bare tokio-tungstenite server in the same run.
//!
//! # How it runs
//! Each job of each round has a server of its own: this program, started again as a child ([`child`]) with either `tautline-server` as a
//! library, as its tests use it, or [`bare`]. Both have tokio's threads, one for each core. The two take turns, and who begins changes with each
//! round. The load ([`load`]) comes from one thread of the parent, over the loopback, so that CPU time and memory of the server are told apart from its own; where the
//! machine has few cores, messages a second are limited by both. Nothing but 127.0.0.1 is talked to, and every wait has an end.
//!
//! A client makes its handshake by tokio-tungstenite; then it writes frames that were made once, and counts those that come. Messages are text of
//! 32 bytes, without compression.
//!
//! # The jobs
//! | job | what is done |
//! | --- | --- |
//! | round trips | one connection, one message at a time |
//! | echo | 100 connections, each with 16 messages on their way |
//! | fan-out to N | one publisher, N others in its group; a message is sent when the eighth before it has reached all N |
//! | idle | as many connections as the largest fan-out has, each after a single echo |
//!
//! # The figures
//! | figure | what it is |
//! | --- | --- |
//! | `messages_per_s` | messages that came to a client in a second; of a fan-out each delivery counts |
//! | `cpu_us_per_message` | user and system time of the server, all threads, over these messages, in microseconds. The kernel counts it in ticks of 10 ms. What the loopback does for the receiving side is done by the sender, and counts as its time |
//! | `cpu_us_per_connection` | the same over connections: accepted, handshake, one echo |
//! | `kib_per_connection` | what the server's resident memory (`VmRSS`) has grown by since before the first connection, over connections, in KiB. The kernel's socket buffers are not in it. Of a fan-out it is taken at its end |
//!
//! Before messages are counted there is a warm-up of a quarter of that time. For each figure there are the medians of all rounds with their least and most, and the
//! ratio of ours to the bare server's, taken round by round.

pub mod bare;
pub mod child;
pub mod cli;
pub mod figure;
pub mod job;
pub mod load;
pub mod table;
pub mod usage;
