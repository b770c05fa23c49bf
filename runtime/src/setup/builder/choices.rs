//! What there is to choose from.

use crate::export::{Compression, Protocol};

/// How OTLP is spoken; to be given to [`Builder::otlp_protocol`](crate::Builder::otlp_protocol).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OtlpProtocol {
    /// gRPC, whose port is 4317 as a rule.
    Grpc,
    /// HTTP with binary protobuf, whose port is 4318 as a rule.
    #[cfg(feature = "otlp-http")]
    HttpProtobuf,
}

impl From<OtlpProtocol> for Protocol {
    fn from(protocol: OtlpProtocol) -> Self {
        match protocol {
            OtlpProtocol::Grpc => Self::Grpc,
            #[cfg(feature = "otlp-http")]
            OtlpProtocol::HttpProtobuf => Self::Http,
        }
    }
}

/// How requests are made smaller; to be given to [`Builder::otlp_compression`](crate::Builder::otlp_compression).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OtlpCompression {
    /// gzip, which every collector takes.
    Gzip,
    /// zstd, which is faster and smaller.
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
