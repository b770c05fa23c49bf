//! Encoding the fields of a message.

const VARINT: u8 = 0;
const FIXED64: u8 = 1;
const LENGTH: u8 = 2;
const FIXED32: u8 = 5;

/// Appends a field's number and wire type. Numbers up to 15 take one byte; in a span only `flags` has a greater one.
#[inline]
fn put_tag(out: &mut Vec<u8>, field: u8, kind: u8) {
    put_varint(out, u64::from(field) << 3 | u64::from(kind));
}

/// Appends a varint.
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

/// Appends a number. 0 is left out, since it is the default.
#[inline]
pub(crate) fn put_number(out: &mut Vec<u8>, field: u8, value: u64) {
    if value != 0 {
        put_tag(out, field, VARINT);
        put_varint(out, value);
    }
}

/// Appends bytes, a text or a message. Empty ones are left out.
#[inline]
pub(crate) fn put_bytes(out: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    if !bytes.is_empty() {
        put_length(out, field, bytes.len());
        out.extend_from_slice(bytes);
    }
}

/// How many bytes a field numbered up to 15 takes whose content has this length.
#[inline]
pub(crate) const fn length_of_field(length: usize) -> usize {
    1 + length_of_varint(length as u64) + length
}

/// Appends the head of a field whose content has this length.
#[inline]
pub(crate) fn put_length(out: &mut Vec<u8>, field: u8, length: usize) {
    put_tag(out, field, LENGTH);
    put_varint(out, length as u64);
}

/// Appends a number of a `oneof`. 0 is written too, since its presence says which one is set.
#[inline]
pub(super) fn put_oneof_number(out: &mut Vec<u8>, field: u8, value: u64) {
    put_tag(out, field, VARINT);
    put_varint(out, value);
}

/// Appends a number of eight bytes.
#[inline]
pub(crate) fn put_fixed64(out: &mut Vec<u8>, field: u8, value: u64) {
    put_tag(out, field, FIXED64);
    out.extend_from_slice(&value.to_le_bytes());
}

/// Appends a number of four bytes.
#[inline]
pub(crate) fn put_fixed32(out: &mut Vec<u8>, field: u8, value: u32) {
    put_tag(out, field, FIXED32);
    out.extend_from_slice(&value.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use crate::otlp::write::*;

    #[test]
    fn the_length_of_a_varint_is_computed_right() {
        for bits in 0..64 {
            for value in [1_u64 << bits, (1 << bits) - 1, u64::MAX] {
                let mut out = Vec::new();
                put_varint(&mut out, value);
                assert_eq!(out.len(), length_of_varint(value), "{value}");
            }
        }
    }
}
