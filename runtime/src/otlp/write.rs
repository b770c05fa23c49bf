//! Fields, written.

const VARINT: u8 = 0;
const FIXED64: u8 = 1;
const LENGTH: u8 = 2;
const FIXED32: u8 = 5;

/// The number and the kind of a field. Numbers up to 15 take one byte, of which OTLP's spans have one
/// exception (`flags`).
#[inline]
fn put_tag(out: &mut Vec<u8>, field: u8, kind: u8) {
    put_varint(out, u64::from(field) << 3 | u64::from(kind));
}

#[inline]
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// How many bytes [`put_varint`] writes.
#[inline]
pub(crate) const fn length_of_varint(value: u64) -> usize {
    let bits = 64 - (value | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

/// A number, left out where it is 0: that is what a reader takes for it.
#[inline]
pub(crate) fn put_number(out: &mut Vec<u8>, field: u8, value: u64) {
    if value != 0 {
        put_tag(out, field, VARINT);
        put_varint(out, value);
    }
}

/// Bytes or a text, left out where there are none.
#[inline]
pub(crate) fn put_bytes(out: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    if !bytes.is_empty() {
        put_length(out, field, bytes.len());
        out.extend_from_slice(bytes);
    }
}

/// How many bytes a field up to 15 takes that holds bytes, a text or a message of this length.
#[inline]
pub(crate) const fn length_of_field(length: usize) -> usize {
    1 + length_of_varint(length as u64) + length
}

/// The beginning of bytes, a text or a message of this length.
#[inline]
pub(crate) fn put_length(out: &mut Vec<u8>, field: u8, length: usize) {
    put_tag(out, field, LENGTH);
    put_varint(out, length as u64);
}

/// A number that is written even where it is 0: one of several that a field may be.
#[inline]
pub(super) fn put_given_number(out: &mut Vec<u8>, field: u8, value: u64) {
    put_tag(out, field, VARINT);
    put_varint(out, value);
}

#[inline]
pub(crate) fn put_fixed64(out: &mut Vec<u8>, field: u8, value: u64) {
    put_tag(out, field, FIXED64);
    out.extend_from_slice(&value.to_le_bytes());
}

#[inline]
pub(crate) fn put_fixed32(out: &mut Vec<u8>, field: u8, value: u32) {
    put_tag(out, field, FIXED32);
    out.extend_from_slice(&value.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use crate::otlp::write::*;

    #[test]
    fn a_varint_is_as_long_as_it_says() {
        for bits in 0..64 {
            for value in [1_u64 << bits, (1 << bits) - 1, u64::MAX] {
                let mut out = Vec::new();
                put_varint(&mut out, value);
                assert_eq!(out.len(), length_of_varint(value), "{value}");
            }
        }
    }
}
