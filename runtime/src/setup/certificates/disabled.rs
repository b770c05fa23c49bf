//! Without the feature `tls`.

use crate::export::Tls;
use crate::setup::settings::values::{CertificateFiles, ConfigWarning};

/// Warns that the files are not used.
pub(in crate::setup) fn read(files: &CertificateFiles, warnings: &mut Vec<ConfigWarning>) -> Tls {
    for file in [&files.roots, &files.client, &files.key].into_iter().flatten() {
        let name = &file.variable;
        let text = format!("{name} needs Spanwise's feature `tls`; ignoring it");
        warnings.push(ConfigWarning { variable: name.clone(), text });
    }
    Tls::default()
}
