//! Reads the certificate files of TLS, once.

#[cfg(not(feature = "tls"))]
mod disabled;
#[cfg(feature = "tls")]
mod files;

#[cfg(not(feature = "tls"))]
pub(super) use disabled::read;
#[cfg(feature = "tls")]
pub(super) use files::read;
