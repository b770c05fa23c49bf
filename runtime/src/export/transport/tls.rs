//! Certificates and keys, as the two HTTP clients take them.

/// The content of the TLS files.
#[derive(Clone, Default)]
pub(crate) struct Tls {
    /// The trusted certificate authorities, as PEM. Without them, those of the system are used.
    pub(crate) roots: Option<Vec<u8>>,
    /// The client's certificate chain and private key, as PEM.
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

    /// The configuration for tonic.
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

    /// Configures a reqwest client.
    #[cfg(all(feature = "tls", feature = "otlp-http"))]
    pub(super) fn http(self, client: reqwest::ClientBuilder) -> reqwest::Result<reqwest::ClientBuilder> {
        let (roots, identity) = self.for_reqwest()?;
        let client = roots.into_iter().fold(client, |client, roots| client.tls_certs_only(roots));
        Ok(identity.into_iter().fold(client, reqwest::ClientBuilder::identity))
    }

    /// Configures the blocking reqwest client, which exports metrics.
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
            // reqwest takes both in one PEM text.
            certificate.push(b'\n');
            certificate.extend_from_slice(&key);
            reqwest::Identity::from_pem(&certificate)
        });
        Ok((roots, identity.transpose()?))
    }
}
