//! Explains connection errors, above all those of TLS.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::diag::causes;
use crate::export::transport::settings::OtlpSettings;

/// What is known of the connection when an error occurs.
#[derive(Clone, Debug)]
pub(super) struct ConnectionErrors {
    is_tls: bool,
    has_identity: bool,
    /// Whether there was ever a response.
    has_responded: Arc<AtomicBool>,
}

impl ConnectionErrors {
    pub(super) fn new(settings: &OtlpSettings) -> Self {
        Self {
            is_tls: settings.endpoint.scheme() == "https",
            has_identity: settings.tls.identity.is_some(),
            has_responded: Arc::default(),
        }
    }

    /// Notes a response: the handshake has succeeded.
    pub(super) fn note_response(&self) {
        self.has_responded.store(true, Ordering::Relaxed);
    }

    /// The error's text with its causes, and advice if it is an error of TLS.
    pub(super) fn explain(&self, error: &(dyn Error + 'static)) -> String {
        let causes = causes(error);
        match advice(error).or_else(|| self.advice_on_closing(&causes)) {
            Some(advice) => format!("{causes} ({advice})"),
            None => causes,
        }
    }

    /// Advice on a connection that the collector closed. With TLS 1.3 the client's side of the handshake ends before the server
    /// checks the client's certificate, so the server's alert is usually lost with the connection.
    fn advice_on_closing(&self, causes: &str) -> Option<&'static str> {
        // HTTP/2 keeps only the text of an error, which may contain an alert.
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
            || self.has_responded.load(Ordering::Relaxed)
            || !CLOSED.iter().any(|end| causes.contains(end))
        {
            return None;
        }
        let is_wanted = causes.contains("certificaterequired") || !self.has_identity;
        Some(if !is_wanted {
            "the collector closes the connection after the TLS handshake: it probably refuses the client certificate; the one \
             in OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE must be signed by an authority that the collector trusts"
        } else {
            "the collector closes the connection after the TLS handshake: it probably requires a client certificate; set \
             OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY to its files"
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

    const UNTRUSTED: &str = "the collector's certificate is not trusted; set OTEL_EXPORTER_OTLP_CERTIFICATE to the file with \
                             its authority's certificate";
    const OTHER_NAME: &str = "the collector's certificate is for another host name; OTEL_EXPORTER_OTLP_ENDPOINT must use a \
                              name that is in the certificate";
    const EXPIRED: &str =
        "the collector's certificate has expired or is not valid yet; renew it, or check the clocks";
    const REQUIRED: &str = "the collector requires a client certificate; set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and \
                            OTEL_EXPORTER_OTLP_CLIENT_KEY to its files";
    const REFUSED: &str = "the collector refuses the client certificate; the one in OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE \
                           must be signed by an authority that the collector trusts";
    const MISMATCH: &str =
        "OTEL_EXPORTER_OTLP_CLIENT_KEY is not the key of OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
    const NO_HTTP2: &str = "the server does not speak HTTP/2, which gRPC needs; gRPC usually has port 4317, and \
                            OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf port 4318";
    const NO_TLS: &str =
        "the server does not speak TLS; the endpoint should begin with `http://`, or its port is wrong";

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
        Tls::AlertReceived(Alert::CertificateRequired) => REQUIRED,
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
        // Before TLS 1.3 a server sends this alert if the client certificate is missing.
        Tls::AlertReceived(Alert::HandshakeFailure) => REQUIRED,
        Tls::AlertReceived(Alert::NoApplicationProtocol) => NO_HTTP2,
        Tls::InconsistentKeys(_) => MISMATCH,
        Tls::InvalidMessage(_) => NO_TLS,
        _ => return None,
    })
}

/// Finds the error of rustls among the causes. An `io::Error` does not return the error that it wraps as its source.
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
