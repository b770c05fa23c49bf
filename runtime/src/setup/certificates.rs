//! The files of TLS, read once.

use std::fs::File;
use std::io::Read as _;

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::env::{self, CertificateSetting, Warning};
use crate::diag::shown;
use crate::export::Tls;

/// The largest file that is read, in bytes: all of a system's authorities are a quarter of it.
const LARGEST: u64 = 1 << 20;

/// What the files hold. One that cannot be used is told, and it is as if it were not named.
pub(super) fn read(setting: &CertificateSetting, warnings: &mut Vec<Warning>) -> Tls {
    let mut take = |file: &env::File, what: &str, instead: &str, is_one: fn(&[u8]) -> bool| {
        let path = file.path.to_string_lossy();
        let name = &file.variable;
        let text = if file.is_pem_itself() {
            // Of a key that is shown nothing is left of it.
            format!(
                "{name} (its value is not shown) holds the {what} itself, where the path of a file is wanted; {instead}"
            )
        } else {
            let why = match contents(file) {
                Ok(pem) if is_one(&pem) => return Some(pem),
                Ok(_) => format!("holds no {what} in PEM, which begins with `-----BEGIN `"),
                Err(error) => format!("cannot be read: {error}"),
            };
            format!("{name}={:?} {why}; {instead}", shown(&path))
        };
        warnings.push(Warning { variable: name.clone(), text });
        None
    };
    let roots = setting.roots.as_ref().and_then(|file| {
        take(file, "certificate", "the system's authorities are trusted instead", holds_certificates)
    });
    let identity = match (&setting.client, &setting.key) {
        (Some(client), Some(key)) => {
            const INSTEAD: &str = "no certificate is shown to the collector";
            let client = take(client, "certificate", INSTEAD, holds_certificates);
            client.zip(take(key, "private key", INSTEAD, holds_a_key))
        }
        (Some(one), None) | (None, Some(one)) => {
            warnings.push(Warning {
                variable: one.variable.clone(),
                text: format!(
                    "{} is set alone: a certificate and its key go together, as …_CLIENT_CERTIFICATE and …_CLIENT_KEY; no \
                     certificate is shown to the collector",
                    one.variable
                ),
            });
            None
        }
        (None, None) => None,
    };
    Tls { roots, identity }
}

fn contents(file: &env::File) -> std::io::Result<Vec<u8>> {
    // A pipe of that name would be waited for.
    if !file.path.metadata()?.is_file() {
        return Err(std::io::Error::other("it is no file"));
    }
    let mut contents = Vec::new();
    File::open(&file.path)?.take(LARGEST + 1).read_to_end(&mut contents)?;
    if contents.len() as u64 > LARGEST {
        return Err(std::io::Error::other("it is larger than 1 MiB"));
    }
    Ok(contents)
}

/// Whether there are some, and all of them can be read.
fn holds_certificates(pem: &[u8]) -> bool {
    let mut roots = RootCertStore::empty();
    let all_are = CertificateDer::pem_slice_iter(pem)
        .all(|certificate| certificate.is_ok_and(|certificate| roots.add(certificate).is_ok()));
    all_are && !roots.is_empty()
}

fn holds_a_key(pem: &[u8]) -> bool {
    PrivateKeyDer::from_pem_slice(pem).is_ok()
}
