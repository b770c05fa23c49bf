//! Fields, read.

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Field<'a> {
    /// A number of any size.
    Number(u64),
    /// A number of eight bytes.
    Fixed64(u64),
    /// A text or a message.
    Bytes(&'a [u8]),
    /// A number of four bytes.
    Fixed32(u32),
}

impl<'a> Field<'a> {
    /// What is between the lengths, where there are any.
    pub(crate) fn bytes(self) -> &'a [u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            _ => &[],
        }
    }

    pub(crate) fn text(self) -> &'a str {
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }

    pub(crate) fn number(self) -> u64 {
        match self {
            Self::Number(value) | Self::Fixed64(value) => value,
            Self::Fixed32(value) => value.into(),
            Self::Bytes(_) => 0,
        }
    }
}

/// The fields of a message, with their numbers. Ends where there is no field any more.
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
    type Item = (u64, Field<'a>);

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
        Some((tag >> 3, field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_message_ends_the_reading() {
        for bytes in [&[0x0a_u8, 0xff][..], &[0x0a, 5, 1], &[0x09, 1], &[0x80], &[0x0f], &[0xff; 20]] {
            assert_eq!(Fields(bytes).count(), 0, "{bytes:?}");
        }
    }
}
