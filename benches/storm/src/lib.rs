//! The reconnect storm: many clients lose a server at the same time, and it comes back.
//!
//! It runs our own machine ([`ours`]) and the formulas of the peers ([`peers`]) through the same network and against the same server,
//! and says for each how fast all are back and what that cost the server. `cargo xtask sim` runs it.
//!
//! # The model
//! N clients are connected. The server goes down; each client notices at a random time within 50 ms, or within the time that the case
//! says. It stays down for the outage; then it is back, all at once, with nothing in its queue.
//!
//! - **The server** ([`server`]) finishes one handshake each 1/C seconds, first come, first served, of an accept queue with a limit; the one that
//!   is worked on counts. An entry stays in the queue when its client gives up, and costs the same work. A full queue refuses at once,
//!   or drops the SYN, as Linux does. While the server is down its machine refuses at once, or in one case says nothing.
//! - **The network** ([`network`]) takes 25 ms each way, and loses nothing. A SYN that has no answer is sent again after 1, 3, 7, 15, 31 and
//!   63 s, as Linux does, until the client's connect timeout or, at 127 s, the system ends the attempt. A SYN, the handshake's request
//!   and what it costs the server are one thing here: a client is connected when the answer to its handshake is back.
//! - **The browser** sends at once; or it is Firefox, which after refused attempts holds the next one back until up to 60 s after the last
//!   refusal. What is left of that counts inside the client's connect timeout; an attempt which that timeout ends has not been on the
//!   network, and Firefox doesn't count it as refused.
//! - **A client** ([`client`]) that is connected stays so.
//!
//! Not in the model: time that a handshake takes on the client, names and TLS as steps of their own, clients that come and go, other
//! servers behind the same name, throttled timers, and what a browser does with many sockets. A peer is its formula and its connect timeout,
//! read from its source; where it has no timeout, only the system ends an attempt.
//!
//! # Several ways
//! The channel ([`channel`]) and clients that step down whenever a handshake fails ([`stepping`]) have four ways to be connected: WebSocket,
//! Server-Sent Events, long polling, polling ([`ways`]). `--ways` runs them.
//!
//! - An attempt over any of them, and the channel's question over HTTP, costs the server what a handshake does, and is in the same queue.
//! - **The channel** is its machine with its defaults, which in an outage asks every other time instead of making an attempt, and makes its attempt within 20 ms
//!   of an answer. Its hello has no beats. While it is over a lower way it goes on with its tries of a better one, which are attempts like any other.
//! - **Who steps down without asking** has the channel's waits and timeouts, so that nothing else tells the two apart (`steps-down`); or it
//!   goes down at once and polls at its fixed rate from then on (`polls-on`). It stays with what worked.
//! - **A poll** of a client that is connected goes over a connection that is kept: it is counted, and takes nothing from the server's
//!   handshakes. So the numbers of those who poll are better here than they would be. It comes 2 s after the last answer (25 s for a long poll), and
//!   there is no news: each message would be one more answer to a long poll of each client.
//!
//! # The numbers
//! Times are counted from when the server is back.
//!
//! | number | what it is |
//! | --- | --- |
//! | ideal | 0.99·N/C: what a server takes for 99 % that never idles and wastes nothing |
//! | `t99_ratio` | when 99 % of all clients are connected, as a ratio to the ideal |
//! | `peak_ratio` | the most SYNs that arrive within one second, as a ratio to C: of all windows of one second (they slide by 10 ms) that begin when the server is back or later. What hits it while it is down counts in no number, and is in the picture. SYNs that are sent again count |
//! | `wasted` | of the handshakes that the server does, the share whose client has given up before the answer reaches it |
//! | `stranded` | clients that are not connected at the end, 20 times the ideal after the server is back, and half an hour at the least; those that gave up are among them (`gave_up`) |
//! | `attempts` | attempts a client starts from the loss on, on average |
//! | `median_wait_s` | when half of all clients are connected |
//! | `ways.stepped_down` | clients that were not over WebSocket when they were connected again |
//! | `ways.websocket`, … | clients that are over this way at the end |
//! | `ways.requests_down` | requests a second in the last ten seconds of the outage, or in all of a shorter one |
//! | `ways.most_requests` | the most requests in one of the seconds after it: SYNs and polls |
//! | `ways.polls` | polls a second at the end, when all are connected and nothing happens |
//!
//! What never comes, or has no meaning where there is no contention, is `null` in JSON and a dash in the table.
//!
//! # Cases
//! [`case::CASES`] lists them. N is 1,000,000; C is 50,000 a second, so that N/C is 20 s; the queue has room for 65,536 or for 500,000. With
//! another N, C and the queue are scaled with it, so that N/C, and the time that a full queue takes, stay. The latency and all of the
//! clients' times stay too. The first six cases, and two without contention, have targets that our defaults have to reach (`--check`); they
//! are not to be tuned to these: a second wait of up to 20 s would win the table and make every blip 10 s long. That is what the cases
//! without contention are for. The channel has the same targets but for two: its questions cost a handshake each, and where one is
//! answered an attempt follows at once, so 99 % may take 2.10 times the ideal, and its peak be 1.2 times as high; and all of it has to be over
//! WebSocket at the end, with at most 3 % that were not so at first.
//!
//! # How it runs
//! [`engine`] has one event for each SYN that reaches the server while it is up; all else follows from there. Everything random comes from the seed.
//!
//! socket.io's formula overflows after 85 minutes of failed attempts, and half of its waits are 0 from then on. [`peers`] has this
//! overflow; no case takes so long.

pub mod agenda;
pub mod case;
pub mod channel;
pub mod cli;
pub mod client;
pub mod engine;
pub mod load;
pub mod network;
pub mod ours;
pub mod peers;
pub mod picture;
pub mod policy;
pub mod report;
pub mod row;
pub mod server;
pub mod stepping;
pub mod table;
pub mod time;
pub mod ways;
