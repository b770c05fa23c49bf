//! Decoding the fields of a message.

/// The content of a field, by its wire type.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Field<'a> {
    /// A varint.
    Number(u64),
    /// Eight bytes.
    Fixed64(u64),
    /// Bytes, a text or a message.
    Bytes(&'a [u8]),
    /// Four bytes.
    Fixed32(u32),
}

impl<'a> Field<'a> {
    /// The bytes; empty for a number.
    pub(crate) fn bytes(self) -> &'a [u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            _ => &[],
        }
    }

    /// The text; empty for a number, and for bytes that are not UTF-8.
    pub(crate) fn text(self) -> &'a str {
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }

    /// The number; 0 for bytes.
    pub(crate) fn number(self) -> u64 {
        match self {
            Self::Number(value) | Self::Fixed64(value) => value,
            Self::Fixed32(value) => value.into(),
            Self::Bytes(_) => 0,
        }
    }

    /// The number as a `uint32`, at most [`u32::MAX`].
    pub(crate) fn count(self) -> u32 {
        u32::try_from(self.number()).unwrap_or(u32::MAX)
    }
}

/// The fields of a message, with their numbers as [`fields`](crate::otlp::fields) names them. A number over 255 is yielded as 0, which no
/// field has. Ends at the first byte that is not part of a field.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (u8, Field<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let tag = self.varint()?;
        let field = match tag & 7 {
            0 => Field::Number(self.varint()?),
            1 => Field::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                let (bytes, rest) = self.0.split_at_checked(length)?;
                self.0 = rest;
                Field::Bytes(bytes)
            }
            5 => Field::Fixed32(u32::from_le_bytes(self.array()?)),
            _ => return None,
        };
        Some((u8::try_from(tag >> 3).unwrap_or(0), field))
    }
}

/// The message that starts at offset `at` in a sequence of messages, each a field numbered up to 15; and the offset of the next.
#[inline]
pub(crate) fn message_at(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let (mut from, mut length) = (at + 2, usize::from(*bytes.get(at + 1)?));
    if length >= 0x80 {
        let mut rest = Fields(bytes.get(at + 1..)?);
        length = usize::try_from(rest.varint()?).ok()?;
        from = bytes.len() - rest.0.len();
    }
    let end = from.checked_add(length)?;
    Some((bytes.get(from..end)?, end))
}

#[cfg(test)]
mod tests {
    use crate::otlp::read::*;

    #[test]
    fn messages_are_found_in_sequence() {
        let mut bytes = Vec::new();
        let lengths = [1, 127, 128, 300, 20_000, 0];
        for length in lengths {
            bytes.push(9 << 3 | 2);
            crate::otlp::write::put_varint(&mut bytes, length as u64);
            bytes.extend(std::iter::repeat_n(7, length));
        }
        let mut at = 0;
        for length in lengths {
            let (found, end) = message_at(&bytes, at).expect("there");
            assert_eq!(found, vec![7; length]);
            at = end;
        }
        assert_eq!(message_at(&bytes, at), None);
        assert_eq!(message_at(&[0x4a, 0xff], 0), None);
        assert_eq!(message_at(&[0x4a, 5, 1], 0), None);
    }

    #[test]
    fn a_number_that_no_constant_has_is_0() {
        let bytes = [0x80, 0x10, 7, 0x80, 0x01, 7];
        let numbers: Vec<_> = Fields(&bytes).map(|(number, _)| number).collect();
        assert_eq!(numbers, [0, 16]);
    }

    #[test]
    fn malformed_bytes_end_the_iteration() {
        for bytes in [&[0x0a_u8, 0xff][..], &[0x0a, 5, 1], &[0x09, 1], &[0x80], &[0x0f], &[0xff; 20]] {
            assert_eq!(Fields(bytes).count(), 0, "{bytes:?}");
        }
    }
}
