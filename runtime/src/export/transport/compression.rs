//! Compression of requests.

use std::io::Write as _;

use bytes::Bytes;

/// The compression of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    Gzip,
    #[cfg(feature = "zstd")]
    Zstd,
}

impl Compression {
    /// Its name in gRPC and HTTP headers.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            #[cfg(feature = "zstd")]
            Self::Zstd => "zstd",
        }
    }

    pub(super) fn compress(self, bytes: &[u8]) -> std::io::Result<Bytes> {
        match self {
            Self::Gzip => {
                let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                out.write_all(bytes)?;
                out.finish().map(Bytes::from)
            }
            #[cfg(feature = "zstd")]
            Self::Zstd => zstd::encode_all(bytes, 0).map(Bytes::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn compressed_bytes_can_be_decompressed() {
        let bytes = b"span ".repeat(1_000);
        let small = Compression::Gzip.compress(&bytes).expect("memory is all it takes");
        assert!(small.len() < bytes.len() / 10);
        let mut back = Vec::new();
        flate2::read::GzDecoder::new(&*small).read_to_end(&mut back).expect("gzip");
        assert_eq!(back, bytes);
        #[cfg(feature = "zstd")]
        {
            let small = Compression::Zstd.compress(&bytes).expect("memory is all it takes");
            assert!(small.len() < bytes.len() / 10);
            assert_eq!(zstd::decode_all(&*small).expect("zstd"), bytes);
        }
    }
}
