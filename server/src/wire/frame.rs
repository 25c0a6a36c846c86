//! An incremental parser of RFC 6455 frames (section 5.2), without I/O.
//!
//! [`FrameReader::next`] takes what has arrived, in pieces of any size, and gives back header, payload and end of each frame.
//! It judges nothing: reserved opcodes, reserved bits and needlessly long lengths are reported as they stand on the wire, because
//! this server also sends and shows invalid frames.

/// The opcode of a continuation frame.
pub const CONTINUATION: u8 = 0x0;
/// The opcode of a text frame.
pub const TEXT: u8 = 0x1;
/// The opcode of a binary frame.
pub const BINARY: u8 = 0x2;
/// The opcode of a close frame.
pub const CLOSE: u8 = 0x8;
/// The opcode of a ping frame.
pub const PING: u8 = 0x9;
/// The opcode of a pong frame.
pub const PONG: u8 = 0xa;

/// The name RFC 6455, section 11.8, gives an opcode.
pub fn opcode_name(opcode: u8) -> &'static str {
    match opcode {
        CONTINUATION => "continuation",
        TEXT => "text",
        BINARY => "binary",
        CLOSE => "close",
        PING => "ping",
        PONG => "pong",
        _ => "reserved",
    }
}

/// The most bytes a frame header has: 2, a length of 8, a mask of 4.
const MAX_HEADER: usize = 14;

/// A decoded frame header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    /// Whether this is the last fragment of its message.
    pub fin: bool,
    /// The three reserved bits, as a number from 0 to 7.
    pub rsv: u8,
    /// The opcode, 0 to 15.
    pub opcode: u8,
    /// The masking key, which only clients send.
    pub mask: Option<[u8; 4]>,
    /// The payload's length in bytes.
    pub length: u64,
}

impl FrameHeader {
    /// The header of an unmasked, final frame: what a server sends.
    pub fn new(opcode: u8, length: usize) -> Self {
        Self { fin: true, rsv: 0, opcode, mask: None, length: length as u64 }
    }

    /// The header's bytes, with the shortest form of the length.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(MAX_HEADER);
        bytes.push((u8::from(self.fin) << 7) | ((self.rsv & 7) << 4) | (self.opcode & 15));
        let masked = u8::from(self.mask.is_some()) << 7;
        match (u8::try_from(self.length), u16::try_from(self.length)) {
            (Ok(short @ 0..=125), _) => bytes.push(masked | short),
            (_, Ok(medium)) => {
                bytes.push(masked | 126);
                bytes.extend(medium.to_be_bytes());
            }
            _ => {
                bytes.push(masked | 127);
                bytes.extend(self.length.to_be_bytes());
            }
        }
        bytes.extend(self.mask.into_iter().flatten());
        bytes
    }

    /// Removes the mask from `payload`, which starts `offset` bytes into the frame's payload.
    pub fn unmask(&self, offset: u64, payload: &mut [u8]) {
        let Some(mask) = self.mask else { return };
        for (position, byte) in (offset % 4..).zip(payload) {
            *byte ^= mask[(position % 4) as usize];
        }
    }
}

/// The bytes of one header as they arrived.
#[derive(Debug, Clone, Copy, Default)]
pub struct HeaderBytes {
    bytes: [u8; MAX_HEADER],
    length: usize,
}

impl HeaderBytes {
    /// The bytes so far.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// How many bytes the whole header has, as far as can be told.
    fn needed(&self) -> usize {
        let [_, second, ..] = self.bytes;
        if self.length < 2 {
            return 2;
        }
        let length = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        2 + length + if second & 0x80 == 0 { 0 } else { 4 }
    }

    /// Takes from `input` what is missing; true when the header is whole.
    fn fill(&mut self, input: &mut &[u8]) -> bool {
        while self.length < self.needed() {
            let Some((&byte, rest)) = input.split_first() else {
                return false;
            };
            self.bytes[self.length] = byte;
            self.length += 1;
            *input = rest;
        }
        true
    }

    /// Decodes a whole header.
    fn decode(&self) -> FrameHeader {
        let [first, second, rest @ ..] = self.bytes;
        let (length, at) = match second & 0x7f {
            126 => (u64::from(u16::from_be_bytes([rest[0], rest[1]])), 2),
            127 => {
                let [a, b, c, d, e, f, g, h, ..] = rest;
                (u64::from_be_bytes([a, b, c, d, e, f, g, h]), 8)
            }
            short => (u64::from(short), 0),
        };
        FrameHeader {
            fin: first & 0x80 != 0,
            rsv: (first >> 4) & 7,
            opcode: first & 15,
            mask: (second & 0x80 != 0).then(|| [rest[at], rest[at + 1], rest[at + 2], rest[at + 3]]),
            length,
        }
    }
}

/// What [`FrameReader::next`] found.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A header is whole.
    Header(FrameHeader),
    /// Some of the payload, still masked if the header has a mask.
    Payload {
        /// The frame's header.
        header: FrameHeader,
        /// Where in the payload `bytes` starts.
        offset: u64,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// The frame is whole.
    End(FrameHeader),
}

/// Splits a stream of bytes into frames; see the module's documentation.
#[derive(Debug, Default)]
pub struct FrameReader {
    pub(super) header: HeaderBytes,
    /// The frame whose payload is being read, and how much of that has been read.
    payload: Option<(FrameHeader, u64)>,
}

impl FrameReader {
    /// The next piece of `input`, which is shortened by what was taken. None when more has to arrive.
    pub fn next<'a>(&mut self, input: &mut &'a [u8]) -> Option<Piece<'a>> {
        let Some((header, received)) = self.payload else {
            if !self.header.fill(input) {
                return None;
            }
            let header = self.header.decode();
            self.payload = Some((header, 0));
            return Some(Piece::Header(header));
        };
        let missing = header.length - received;
        if missing == 0 {
            self.payload = None;
            self.header = HeaderBytes::default();
            return Some(Piece::End(header));
        }
        if input.is_empty() {
            return None;
        }
        let take = usize::try_from(missing).map_or(input.len(), |missing| missing.min(input.len()));
        let (bytes, rest) = input.split_at(take);
        *input = rest;
        self.payload = Some((header, received + take as u64));
        Some(Piece::Payload { header, offset: received, bytes })
    }

    /// The bytes of the header that is being read, or of the frame whose payload is.
    pub fn header_bytes(&self) -> &[u8] {
        self.header.as_slice()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Frames = Vec<(FrameHeader, Vec<u8>)>;

    /// Feeds `pieces` and gathers whole frames, unmasked.
    fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Frames {
        let mut reader = FrameReader::default();
        let mut frames = Vec::new();
        let mut payload = Vec::new();
        for mut input in pieces {
            while let Some(piece) = reader.next(&mut input) {
                match piece {
                    Piece::Header(_) => payload.clear(),
                    Piece::Payload { header, offset, bytes } => {
                        payload.extend_from_slice(bytes);
                        header.unmask(offset, &mut payload[offset as usize..]);
                    }
                    Piece::End(header) => frames.push((header, payload.clone())),
                }
            }
            assert!(input.is_empty(), "a reader that waits has taken everything");
        }
        frames
    }

    fn write(frames: &Frames) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (header, payload) in frames {
            bytes.extend(header.encode());
            let start = bytes.len();
            bytes.extend(payload);
            header.unmask(0, &mut bytes[start..]);
        }
        bytes
    }

    #[test]
    fn the_masked_hello_of_the_rfc_is_read() {
        let bytes = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        let frames = read([&bytes[..]]);
        let header = FrameHeader { fin: true, rsv: 0, opcode: TEXT, mask: Some([0x37, 0xfa, 0x21, 0x3d]), length: 5 };
        assert_eq!(frames, [(header, b"Hello".to_vec())]);
        assert_eq!(read(bytes.chunks(1)), frames);
    }

    #[test]
    fn a_frame_without_payload_has_an_end() {
        assert_eq!(
            read([&[0x88, 0x00, 0x8a, 0x00][..]]),
            [(FrameHeader::new(CLOSE, 0), vec![]), (FrameHeader::new(PONG, 0), vec![]),]
        );
    }

    #[test]
    fn a_length_of_64_bits_is_reported_without_waiting_for_the_payload() {
        let mut bytes = vec![0xf3, 0x7f];
        bytes.extend(u64::MAX.to_be_bytes());
        let mut reader = FrameReader::default();
        let mut input = &bytes[..];
        let Some(Piece::Header(header)) = reader.next(&mut input) else {
            panic!("the header is whole");
        };
        assert_eq!((header.length, header.rsv, header.opcode), (u64::MAX, 7, 3));
        assert_eq!(reader.header_bytes(), bytes);
        assert_eq!(reader.next(&mut input), None);
    }

    #[test]
    fn a_length_longer_than_need_be_is_read_as_it_stands() {
        let frames = read([&[0x82, 0x7e, 0x00, 0x01, 0x07][..]]);
        assert_eq!(frames, [(FrameHeader::new(BINARY, 1), vec![7])]);
    }

    prop_compose! {
        fn frame()(
            fin: bool,
            rsv in 0u8..8,
            opcode in 0u8..16,
            mask: Option<[u8; 4]>,
            payload in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..300),
                (65_500usize..65_600).prop_map(|length| vec![b'x'; length]),
            ],
        ) -> (FrameHeader, Vec<u8>) {
            let length = payload.len() as u64;
            (FrameHeader { fin, rsv, opcode, mask, length }, payload)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn frames_survive_being_written_and_read_in_any_pieces(
            frames in prop::collection::vec(frame(), 0..6),
            piece in 1usize..5_000,
        ) {
            let bytes = write(&frames);
            prop_assert_eq!(&read([&bytes[..]]), &frames);
            prop_assert_eq!(&read(bytes.chunks(piece)), &frames);
            prop_assert_eq!(&read(bytes.chunks(1)), &frames);
        }
    }
}
