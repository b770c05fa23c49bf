//! What the code can choose from for OTLP.

use crate::export::Compression;

/// The protocol of OTLP, for [`Builder::otlp_protocol`](crate::Builder::otlp_protocol).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OtlpProtocol {
    /// gRPC, usually on port 4317.
    Grpc,
    /// HTTP with binary protobuf, usually on port 4318.
    #[cfg(feature = "otlp-http")]
    HttpProtobuf,
}

/// The compression of requests, for [`Builder::otlp_compression`](crate::Builder::otlp_compression).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OtlpCompression {
    /// gzip, which every collector accepts.
    Gzip,
    /// zstd, which is faster and compresses better.
    #[cfg(feature = "zstd")]
    Zstd,
}

impl From<OtlpCompression> for Compression {
    fn from(compression: OtlpCompression) -> Self {
        match compression {
            OtlpCompression::Gzip => Self::Gzip,
            #[cfg(feature = "zstd")]
            OtlpCompression::Zstd => Self::Zstd,
        }
    }
}
