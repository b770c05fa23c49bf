//! With the feature `tls`.

use std::fs::File;
use std::io::Read as _;

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::diag::escaped;
use crate::export::Tls;
use crate::setup::settings::values::{CertificateFile, CertificateFiles, ConfigWarning};

/// How many bytes are read of a file. All of a system's authorities take a quarter of it.
const MAX_FILE_BYTES: u64 = 1 << 20;

const NO_CLIENT_CERTIFICATE: &str = "no client certificate";

/// Reads the files. One that cannot be used produces a warning and is ignored.
pub(in crate::setup) fn read(files: &CertificateFiles, warnings: &mut Vec<ConfigWarning>) -> Tls {
    let mut read = |file: &CertificateFile, what: &str, instead: &str, is_one: fn(&[u8]) -> bool| {
        let (name, path) = (&file.variable, file.path.to_string_lossy());
        let text = if path.contains("-----BEGIN") {
            // The value may be a private key.
            format!(
                "{name} (value not shown) is not the path of a file, but a {what} itself; using {instead}"
            )
        } else {
            let problem = match contents(file) {
                Ok(pem) if is_one(&pem) => return Some(pem),
                Ok(_) => format!("is not a file with a {what} in PEM, which begins with `-----BEGIN `"),
                Err(error) => format!("is not readable: {error}"),
            };
            format!("{name}={:?} {problem}; using {instead}", escaped(&path))
        };
        warnings.push(ConfigWarning { variable: name.clone(), text });
        None
    };
    let roots = files
        .roots
        .as_ref()
        .and_then(|file| read(file, "certificate", "the system's authorities", has_certificates));
    let identity = match (&files.client, &files.key) {
        (Some(client), Some(key)) => {
            let client = read(client, "certificate", NO_CLIENT_CERTIFICATE, has_certificates);
            client.zip(read(key, "private key", NO_CLIENT_CERTIFICATE, has_key))
        }
        (Some(one), None) | (None, Some(one)) => {
            let name = &one.variable;
            let text = format!(
                "{name} is set alone: a client needs both …_CLIENT_CERTIFICATE and …_CLIENT_KEY; using {NO_CLIENT_CERTIFICATE}"
            );
            warnings.push(ConfigWarning { variable: name.clone(), text });
            None
        }
        (None, None) => None,
    };
    Tls { roots, identity }
}

fn contents(file: &CertificateFile) -> std::io::Result<Vec<u8>> {
    // Reading a pipe could block.
    if !file.path.metadata()?.is_file() {
        return Err(std::io::Error::other("it is not a regular file"));
    }
    let mut contents = Vec::new();
    File::open(&file.path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut contents)?;
    if contents.len() as u64 > MAX_FILE_BYTES {
        return Err(std::io::Error::other("it is larger than 1 MiB"));
    }
    Ok(contents)
}

/// Whether there is at least one certificate, and all can be parsed.
fn has_certificates(pem: &[u8]) -> bool {
    let mut roots = RootCertStore::empty();
    let all_are = CertificateDer::pem_slice_iter(pem)
        .all(|certificate| certificate.is_ok_and(|certificate| roots.add(certificate).is_ok()));
    all_are && !roots.is_empty()
}

fn has_key(pem: &[u8]) -> bool {
    PrivateKeyDer::from_pem_slice(pem).is_ok()
}
