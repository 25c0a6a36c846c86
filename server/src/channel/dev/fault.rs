//! Requests that go wrong on demand: `POST /channel/{name}/dev/fault`.

use std::time::Duration;

use tautline::MessageRef;
use tautline::channel::wire::Frame;

use crate::channel::broker::Data;
use crate::channel::visit::Transport;
use crate::query::{BadParameter, Query};

/// The most requests that one command spoils.
const MAX_COUNT: u64 = 10_000;

/// How far an offset or an acknowledgement jumps.
const LEAP: u64 = 10;

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::channel) enum Fault {
    /// It is answered with this status, and nothing else is done.
    Status { status: u16, retry_after: Option<u64> },
    /// It is never answered.
    Hang,
    /// The answer is a page in HTML.
    Type,
    /// It is taken up late, so that later ones overtake it.
    Late(Duration),
    /// The answer is late, though it was made in time.
    Held(Duration),
    /// The answer ends in the middle of a chunk, a record or a frame.
    Cut,
    /// What is in the answer is in it twice.
    Repeat,
    /// An offset jumps, or an acknowledgement is of what was never sent.
    Jump,
    /// There is a frame that is none.
    Malformed,
    /// The hello is missing.
    NoHello,
    /// A single frame of this many bytes.
    Huge(u64),
}

impl Fault {
    /// Whether it is of the frames of an answer, so that a poll has it only once it is answered, and not with 204.
    fn is_of_frames(self) -> bool {
        matches!(self, Self::Cut | Self::Repeat | Self::Jump | Self::Malformed | Self::NoHello)
    }
}

/// A fault, and of how many requests.
#[derive(Debug)]
struct Queued {
    transport: Option<Transport>,
    fault: Fault,
    left: u64,
}

/// The faults of a channel, the first of which comes first.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Queued>);

impl Faults {
    pub(super) fn add(&mut self, order: FaultOrder) {
        self.0.push(Queued { transport: order.transport, fault: order.fault, left: order.count });
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// What goes wrong with a request.
    pub(super) fn take(&mut self, transport: Transport) -> Option<Fault> {
        self.take_if(transport, |fault| transport != Transport::Poll || !fault.is_of_frames())
    }

    /// What goes wrong with the frames that a poll is answered with, of which some are messages or not.
    pub(super) fn take_of_frames(&mut self, has_messages: bool) -> Option<Fault> {
        self.take_if(Transport::Poll, |fault| fault.is_of_frames() && (has_messages || fault != Fault::Repeat))
    }

    /// The next one of a transport, if it is of this kind.
    fn take_if(&mut self, transport: Transport, is_wanted: impl Fn(Fault) -> bool) -> Option<Fault> {
        let fits = |queued: &Queued| queued.transport.is_none_or(|wanted| wanted == transport);
        let at = self.0.iter().position(fits)?;
        let queued = self.0.get_mut(at).filter(|queued| is_wanted(queued.fault))?;
        let fault = queued.fault;
        queued.left -= 1;
        if queued.left == 0 {
            self.0.remove(at);
        }
        Some(fault)
    }

    pub(super) fn left(&self) -> u64 {
        self.0.iter().map(|queued| queued.left).sum()
    }

    /// How many there may be.
    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= 100
    }
}

/// The command.
#[derive(Debug)]
pub(super) struct FaultOrder {
    transport: Option<Transport>,
    fault: Fault,
    count: u64,
}

impl FaultOrder {
    pub(super) fn take_from(query: &mut Query) -> Result<Self, BadParameter> {
        let transport = transport(query, "all")?;
        let status = u16::try_from(query.number("status", 503, 300..=599)?).unwrap_or(503);
        let retry_after = query.optional_number("retry_after", 0..=60)?;
        let late = Duration::from_millis(query.number("ms", 500, 0..=60_000)?);
        let bytes = query.number("bytes", 100 * 1024 * 1024, 1..=1 << 30)?;
        let faults = [
            ("status", Fault::Status { status, retry_after }),
            ("hang", Fault::Hang),
            ("type", Fault::Type),
            ("late", Fault::Late(late)),
            ("held", Fault::Held(late)),
            ("cut", Fault::Cut),
            ("repeat", Fault::Repeat),
            ("jump", Fault::Jump),
            ("malformed", Fault::Malformed),
            ("no_hello", Fault::NoHello),
            ("huge", Fault::Huge(bytes)),
        ];
        let fault = query.choice("what", &faults, faults[0].1)?;
        Ok(Self { transport, fault, count: query.number("count", 1, 1..=MAX_COUNT)? })
    }
}

/// The parameter `transport`; `all` is none.
pub(super) fn transport(query: &mut Query, default: &str) -> Result<Option<Transport>, BadParameter> {
    let [websocket, events, poll, post] = Transport::ALL.map(|transport| (transport.name(), Some(transport)));
    let names = [("all", None), websocket, events, poll, post];
    let default = names.iter().find(|(name, _)| *name == default).and_then(|(_, transport)| *transport);
    query.choice("transport", &names, default)
}

/// Spoils the frames of an answer as `fault` says; then it is done. One that has to wait for messages stays.
pub(in crate::channel) fn spoil(fault: &mut Option<Fault>, frames: &mut Vec<Data>) {
    let offsets = frames.iter().filter_map(|frame| match Frame::read(frame.borrow()) {
        Ok(Frame::Message { offset, .. }) => Some(offset),
        _ => None,
    });
    let last = offsets.last();
    match fault {
        Some(Fault::Repeat) if last.is_some() => {
            let messages: Vec<_> = frames.iter().filter(|frame| is_message(frame)).cloned().collect();
            frames.extend(messages);
        }
        Some(Fault::Jump) => {
            let offset = last.or_else(|| frames.first().and_then(offset_of_hello)).unwrap_or_default() + LEAP;
            frames.push(Data::frame(&Frame::Message { offset, payload: MessageRef::Text("a jump") }));
        }
        Some(Fault::Malformed) => frames.push(Data::Text("z1:malformed".into())),
        Some(Fault::NoHello) if !frames.is_empty() => {
            frames.remove(0);
            frames.push(Data::frame(&Frame::Beat { offset: 0 }));
        }
        _ => return,
    }
    *fault = None;
}

/// As [`spoil`], for the answer to a POST.
pub(in crate::channel) fn spoil_answer(fault: Fault, frames: &mut Vec<Data>) {
    match fault {
        Fault::Repeat => frames.extend(frames.clone()),
        Fault::Jump => frames.push(Data::frame(&Frame::Accepted { sequence: 1 << 40 })),
        Fault::Malformed => frames.push(Data::Text("z1:malformed".into())),
        _ => {}
    }
}

fn is_message(frame: &Data) -> bool {
    matches!(Frame::read(frame.borrow()), Ok(Frame::Message { .. }))
}

fn offset_of_hello(frame: &Data) -> Option<u64> {
    match Frame::read(frame.borrow()) {
        Ok(Frame::Hello { version, fields }) => {
            tautline::channel::wire::Hello::read(version, fields).ok().map(|hello| hello.offset)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoiled(fault: Fault, frames: &[&'static str]) -> (Vec<String>, bool) {
        let mut frames: Vec<_> = frames.iter().map(|frame| Data::Text((*frame).into())).collect();
        let mut fault = Some(fault);
        spoil(&mut fault, &mut frames);
        let text = |frame: &Data| {
            String::from_utf8_lossy(match frame {
                Data::Text(text) => text.as_bytes(),
                Data::Binary(bytes) => bytes,
            })
            .into_owned()
        };
        (frames.iter().map(text).collect(), fault.is_none())
    }

    const HELLO: &str = "h1:epoch=e&offset=4&after=4&session=none&beat=0&limit=1";

    #[test]
    fn what_has_nothing_to_spoil_waits() {
        assert_eq!(spoiled(Fault::Repeat, &[HELLO]), (vec![HELLO.to_owned()], false));
        assert_eq!(spoiled(Fault::Repeat, &["m1:a", "m2:b"]).0, ["m1:a", "m2:b", "m1:a", "m2:b"]);
        assert_eq!(spoiled(Fault::Jump, &[HELLO]).0[1], "m14:a jump");
        assert_eq!(spoiled(Fault::Jump, &["m2:b"]).0[1], "m12:a jump");
        assert_eq!(spoiled(Fault::NoHello, &[HELLO]).0, ["b0:"]);
    }

    #[test]
    fn faults_come_in_their_order_and_each_as_often_as_asked() {
        let mut faults = Faults::default();
        faults.add(FaultOrder { transport: Some(Transport::Poll), fault: Fault::Hang, count: 2 });
        faults.add(FaultOrder { transport: None, fault: Fault::Cut, count: 1 });
        assert_eq!(faults.left(), 3);
        assert_eq!(faults.take(Transport::Post), Some(Fault::Cut));
        assert_eq!(faults.take(Transport::Post), None);
        assert_eq!([faults.take(Transport::Poll), faults.take(Transport::Poll)], [Some(Fault::Hang); 2]);
        assert_eq!(faults.left(), 0);
    }

    #[test]
    fn a_poll_has_a_fault_of_frames_when_it_is_answered() {
        let mut faults = Faults::default();
        faults.add(FaultOrder { transport: None, fault: Fault::Jump, count: 1 });
        assert_eq!(faults.take(Transport::Poll), None);
        assert_eq!(faults.take_of_frames(false), Some(Fault::Jump));
        faults.add(FaultOrder { transport: None, fault: Fault::Hang, count: 1 });
        assert_eq!(faults.take_of_frames(true), None);
        assert_eq!(faults.take(Transport::Poll), Some(Fault::Hang));
    }
}
