//! `tests/vectors/channel.json` against the Rust side. The JavaScript side is held against it in `tests/js`.

use proptest::prelude::*;
use serde::Deserialize;
use tautline::channel::wire::{
    Frame, FrameError, Hello, HelloError, Known, Missed, RecordError, Records, is_epoch, is_session, write_record,
};
use tautline::{Message, MessageRef};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
    frames: Vec<FrameCase>,
    hellos: Vec<HelloCase>,
    records: Vec<RecordCase>,
    epochs: Names,
    sessions: Names,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrameCase {
    #[serde(rename = "note")]
    _note: Option<String>,
    text: Option<String>,
    hex: Option<String>,
    frame: Option<(char, u64, Data)>,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Data {
    Text(String),
    Binary { hex: String },
}

impl Data {
    fn message(&self) -> Message {
        match self {
            Self::Text(text) => Message::Text(text.clone()),
            Self::Binary { hex } => Message::Binary(bytes(hex)),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HelloCase {
    version: u64,
    fields: String,
    hello: Option<Fields>,
    error: Option<String>,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
struct Fields {
    epoch: String,
    offset: u64,
    after: u64,
    missed: Option<(u64, u64)>,
    session: String,
    ack: Option<u64>,
    beat: u64,
    limit: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordCase {
    hex: String,
    frames: Vec<Data>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Names {
    good: Vec<String>,
    bad: Vec<String>,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../vectors/channel.json")).unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn parts(frame: Frame<'_>) -> (char, u64, Message) {
    let text = |text: &str| Message::Text(text.to_owned());
    match frame {
        Frame::Hello { version, fields } => ('h', version, text(fields)),
        Frame::Message { offset, payload } => ('m', offset, payload.to_message()),
        Frame::Send { sequence, payload } => ('s', sequence, payload.to_message()),
        Frame::Accepted { sequence } => ('a', sequence, text("")),
        Frame::Beat { offset } => ('b', offset, text("")),
        Frame::End { code, reason } => ('x', code.into(), text(reason)),
    }
}

fn name(error: FrameError) -> &'static str {
    match error {
        FrameError::NoHeader => "NoHeader",
        FrameError::UnknownLetter { .. } => "UnknownLetter",
        FrameError::BadNumber { .. } => "BadNumber",
        FrameError::Binary { .. } => "Binary",
        FrameError::Payload { .. } => "Payload",
        other => panic!("{other} has no name in the vectors"),
    }
}

#[test]
fn frames_are_read_and_written_as_the_vectors_say() {
    for case in vectors().frames {
        let data = match (&case.text, &case.hex) {
            (Some(text), None) => Message::Text(text.clone()),
            (None, Some(hex)) => Message::Binary(bytes(hex)),
            _ => panic!("a frame has a text or bytes"),
        };
        let read = Frame::read(data.borrow());
        match (case.frame, case.error) {
            (Some((letter, number, payload)), None) => {
                let frame = read.unwrap();
                assert_eq!(parts(frame), (letter, number, payload.message()));
                assert_eq!(frame.is_text(), case.text.is_some());
                assert_eq!(frame.to_text(), case.text);
                assert_eq!(frame.to_bytes(), case.text.map_or_else(|| bytes(&case.hex.unwrap()), String::into_bytes));
            }
            (None, Some(error)) => assert_eq!(read.map_err(name), Err(error.as_str()), "{data:?}"),
            _ => panic!("a frame is good or bad"),
        }
    }
}

#[test]
fn hellos_are_read_and_written_as_the_vectors_say() {
    for HelloCase { version, fields, hello, error } in vectors().hellos {
        let read = Hello::read(version, &fields);
        match (hello, error) {
            (Some(expected), None) => {
                let hello = read.unwrap();
                assert_eq!(Hello::read(1, &hello.to_string()), Ok(hello.clone()));
                let (session, ack) = match hello.session {
                    Known::Known { accepted } => ("known", Some(accepted)),
                    Known::New => ("new", None),
                    Known::None => ("none", None),
                };
                let Hello { epoch, offset, after, missed, beat, limit, .. } = hello;
                let missed = missed.map(|Missed { from, to }| (from, to));
                let session = session.to_owned();
                assert_eq!(Fields { epoch, offset, after, missed, session, ack, beat, limit }, expected);
            }
            (None, Some(expected)) => {
                let found = match read.unwrap_err() {
                    HelloError::Version { .. } => "Version",
                    HelloError::Shape => "Shape",
                    HelloError::Missing { .. } => "Missing",
                    HelloError::Value { .. } => "Value",
                    other => panic!("{other} has no name in the vectors"),
                };
                assert_eq!(found, expected, "{fields}");
            }
            _ => panic!("a hello is good or bad"),
        }
    }
}

#[test]
fn records_are_read_and_written_as_the_vectors_say() {
    for RecordCase { hex, frames, error } in vectors().records {
        let body = bytes(&hex);
        let expected: Vec<Message> = frames.iter().map(Data::message).collect();
        let read: Vec<_> = Records::new(&body).collect();
        let good: Vec<Message> =
            read.iter().filter_map(|one| one.as_ref().ok()).map(|frame| frame.to_message()).collect();
        assert_eq!(good, expected);
        let found = read.iter().find_map(|one| one.as_ref().err()).map(|error| match error {
            RecordError::NoHeader => "NoHeader",
            RecordError::Short { .. } => "Short",
            RecordError::NotUtf8 => "NotUtf8",
            other => panic!("{other} has no name in the vectors"),
        });
        assert_eq!(found, error.as_deref(), "{hex}");
        if error.is_none() {
            let mut again = Vec::new();
            expected.iter().for_each(|frame| write_record(&mut again, frame.borrow()));
            assert_eq!(again, body);
        }
    }
}

#[test]
fn names_are_taken_or_refused_as_the_vectors_say() {
    let Vectors { epochs, sessions, .. } = vectors();
    for (names, takes) in [(epochs, is_epoch as fn(&str) -> bool), (sessions, is_session)] {
        assert!(names.good.iter().all(|name| takes(name)));
        assert!(!names.bad.iter().any(|name| takes(name)));
    }
}

proptest! {
    #[test]
    fn what_is_no_frame_and_no_record_is_an_error_and_nothing_worse(data in any::<Vec<u8>>(), text in any::<String>()) {
        crate::reading::check(&data);
        crate::reading::check(text.as_bytes());
    }

    #[test]
    fn every_message_comes_back_from_its_frame_and_record(text in any::<String>(), data in any::<Vec<u8>>(), offset in 1u64..1 << 53) {
        let mut body = Vec::new();
        let frames = [
            Frame::Message { offset, payload: MessageRef::Text(&text) },
            Frame::Message { offset, payload: MessageRef::Binary(&data) },
        ];
        for frame in frames {
            let bytes = frame.to_bytes();
            let whole = frame.to_text().map_or(Message::Binary(bytes), Message::Text);
            write_record(&mut body, whole.borrow());
        }
        let read: Vec<_> = Records::new(&body).map(Result::unwrap).collect();
        let read: Vec<_> = read.iter().map(|frame| Frame::read(*frame).unwrap()).collect();
        prop_assert_eq!(read, frames);
    }
}
