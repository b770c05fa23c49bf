//! Whom to trust, who we are, and what to do where the two sides do not agree on it.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::OtlpSettings;

/// Files of TLS, as they were read.
#[derive(Clone, Default)]
pub(crate) struct Tls {
    /// Certificates of authorities, in PEM, in place of the system's.
    pub(crate) roots: Option<Vec<u8>>,
    /// A certificate, with those that signed it, and its private key, in PEM.
    pub(crate) identity: Option<(Vec<u8>, Vec<u8>)>,
}

impl std::fmt::Debug for Tls {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls")
            .field("has_roots", &self.roots.is_some())
            .field("has_identity", &self.identity.is_some())
            .finish()
    }
}

impl Tls {
    pub(crate) const fn is_empty(&self) -> bool {
        self.roots.is_none() && self.identity.is_none()
    }

    /// As tonic takes it.
    #[cfg(feature = "tls")]
    pub(crate) fn grpc(self) -> tonic::transport::ClientTlsConfig {
        use tonic::transport::{Certificate, ClientTlsConfig, Identity};

        let config = match self.roots {
            Some(roots) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(roots)),
            None => ClientTlsConfig::new().with_native_roots(),
        };
        match self.identity {
            Some((certificate, key)) => config.identity(Identity::from_pem(certificate, key)),
            None => config,
        }
    }

    /// As reqwest takes it.
    #[cfg(all(feature = "tls", feature = "otlp-http"))]
    pub(super) fn http(self, client: reqwest::ClientBuilder) -> reqwest::Result<reqwest::ClientBuilder> {
        let (roots, identity) = self.for_reqwest()?;
        let client = roots.into_iter().fold(client, |client, roots| client.tls_certs_only(roots));
        Ok(identity.into_iter().fold(client, reqwest::ClientBuilder::identity))
    }

    /// As reqwest's client that blocks takes it, which exports metrics.
    #[cfg(all(feature = "tls", feature = "metrics"))]
    pub(crate) fn http_blocking(
        self,
        client: reqwest::blocking::ClientBuilder,
    ) -> reqwest::Result<reqwest::blocking::ClientBuilder> {
        let (roots, identity) = self.for_reqwest()?;
        let client = roots.into_iter().fold(client, |client, roots| client.tls_certs_only(roots));
        Ok(identity.into_iter().fold(client, reqwest::blocking::ClientBuilder::identity))
    }

    #[cfg(all(feature = "tls", any(feature = "otlp-http", feature = "metrics")))]
    fn for_reqwest(self) -> reqwest::Result<(Option<Vec<reqwest::Certificate>>, Option<reqwest::Identity>)> {
        let roots = self.roots.map(|roots| reqwest::Certificate::from_pem_bundle(&roots)).transpose()?;
        let identity = self.identity.map(|(mut certificate, key)| {
            // One after the other, and each on lines of its own.
            certificate.push(b'\n');
            certificate.extend_from_slice(&key);
            reqwest::Identity::from_pem(&certificate)
        });
        Ok((roots, identity.transpose()?))
    }
}

/// Says what has gone wrong with a connection.
#[derive(Clone, Debug)]
pub(super) struct Teller {
    is_tls: bool,
    has_identity: bool,
    was_answered: Arc<AtomicBool>,
}

impl Teller {
    pub(super) fn new(settings: &OtlpSettings) -> Self {
        Self {
            is_tls: settings.endpoint.scheme() == "https",
            has_identity: settings.tls.identity.is_some(),
            was_answered: Arc::default(),
        }
    }

    /// Both sides have come to terms.
    pub(super) fn note_answer(&self) {
        self.was_answered.store(true, Ordering::Relaxed);
    }

    /// An error's text with its causes, and what a person can do where it is TLS's.
    pub(super) fn told(&self, error: &(dyn Error + 'static)) -> String {
        let causes = crate::diag::causes(error);
        match advice(error).or_else(|| self.on_closing(&causes)) {
            Some(advice) => format!("{causes} ({advice})"),
            None => causes,
        }
    }

    /// By TLS 1.3 the client's side of the handshake is over before its certificate is looked at, and the words of whoever does
    /// not like it are lost, as a rule, with the connection.
    fn on_closing(&self, causes: &str) -> Option<&'static str> {
        // HTTP/2 keeps of an error no more than its text: an alert about a certificate may be in it.
        const CLOSED: [&str; 11] = [
            "alert: certificate",
            "alert: badcertificate",
            "alert: unknownca",
            "alert: unsupportedcertificate",
            "alert: decrypterror",
            "alert: accessdenied",
            "broken pipe",
            "connection closed",
            "connection reset",
            "unexpected eof",
            "close_notify",
        ];
        let causes = causes.to_lowercase();
        if !self.is_tls
            || self.was_answered.load(Ordering::Relaxed)
            || !CLOSED.iter().any(|end| causes.contains(end))
        {
            return None;
        }
        let is_wanted = causes.contains("certificaterequired") || !self.has_identity;
        Some(if !is_wanted {
            "the collector closes the connection as soon as TLS stands: as a rule it refuses the client's certificate: the one \
             that OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE names has to be signed by an authority that it trusts"
        } else {
            "the collector closes the connection as soon as TLS stands: as a rule it asks for a client's certificate: \
             OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and …_CLIENT_KEY name its files"
        })
    }
}

#[cfg(not(feature = "tls"))]
fn advice(_error: &(dyn Error + 'static)) -> Option<&'static str> {
    None
}

#[cfg(feature = "tls")]
fn advice(error: &(dyn Error + 'static)) -> Option<&'static str> {
    use rustls::{AlertDescription as Alert, CertificateError as Certificate, Error as Tls};

    const UNTRUSTED: &str = "the collector's certificate is not trusted: OTEL_EXPORTER_OTLP_CERTIFICATE names the file with its authority's";
    const OTHER_NAME: &str = "the collector's certificate is for another name than the endpoint's: \
                              OTEL_EXPORTER_OTLP_ENDPOINT has to be a name that is in it";
    const EXPIRED: &str =
        "the collector's certificate is not valid at this time: it has to be renewed, or a clock is wrong";
    const WANTED: &str = "the collector asks for a client's certificate: OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and \
                          …_CLIENT_KEY name its files";
    const REFUSED: &str = "the collector refuses the client's certificate: the one that \
                           OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE names has to be signed by an authority that it trusts";
    const MISMATCH: &str =
        "OTEL_EXPORTER_OTLP_CLIENT_KEY is not the key of OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
    const NO_HTTP2: &str = "what answers does not speak HTTP/2, and so no gRPC: 4317 is its port as a rule, and 4318 the one of \
                            OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf";
    const NO_TLS: &str =
        "what answers does not speak TLS: the endpoint is one for `http://`, or the port is wrong";

    Some(match rustls_error(error)? {
        Tls::InvalidCertificate(
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. },
        ) => OTHER_NAME,
        Tls::InvalidCertificate(
            Certificate::Expired
            | Certificate::ExpiredContext { .. }
            | Certificate::NotValidYet
            | Certificate::NotValidYetContext { .. },
        ) => EXPIRED,
        Tls::InvalidCertificate(_) => UNTRUSTED,
        Tls::AlertReceived(Alert::CertificateRequired) => WANTED,
        Tls::AlertReceived(
            Alert::UnknownCA
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateExpired
            | Alert::CertificateRevoked
            | Alert::CertificateUnknown
            | Alert::DecryptError
            | Alert::AccessDenied,
        ) => REFUSED,
        // Before TLS 1.3 this is all that a server says of a certificate that is not there.
        Tls::AlertReceived(Alert::HandshakeFailure) => WANTED,
        Tls::AlertReceived(Alert::NoApplicationProtocol) => NO_HTTP2,
        Tls::InconsistentKeys(_) => MISMATCH,
        Tls::InvalidMessage(_) => NO_TLS,
        _ => return None,
    })
}

/// What TLS has said, however deep it lies: an `io::Error` does not show what it wraps as its source.
#[cfg(feature = "tls")]
fn rustls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref() {
            return Some(tls);
        }
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}
