//! What stands in for the files of TLS where it is not built.

use super::env::{CertificateSetting, Warning};
use crate::export::Tls;

/// Says what is missing.
pub(super) fn read(setting: &CertificateSetting, warnings: &mut Vec<Warning>) -> Tls {
    for file in [&setting.roots, &setting.client, &setting.key].into_iter().flatten() {
        warnings.push(Warning {
            variable: file.variable.clone(),
            text: format!("{} needs the feature `tls` of spanwise; it is left out", file.variable),
        });
    }
    Tls::default()
}
