//! An authority of certificates, of a test's own.

use std::{fs, path::PathBuf, process::Command};

use tempfile::TempDir;

use crate::app::succeed;

/// An authority, with the certificates that it has issued.
pub struct Authority {
    folder: TempDir,
}

impl Authority {
    /// An authority with a key of its own.
    ///
    /// # Panics
    ///
    /// Panics if there is no `openssl`.
    #[expect(clippy::new_without_default, reason = "it makes files")]
    pub fn new() -> Self {
        let authority = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        authority.openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem",
        );
        authority
    }

    fn openssl(&self, arguments: &str) {
        succeed(
            Command::new("openssl")
                .args(arguments.split(' '))
                .current_dir(self.folder.path()),
        );
    }

    /// Issues a certificate for `name`: `{name}.pem` and `{name}.key`.
    pub fn issue(&self, name: &str) {
        let extensions = format!("subjectAltName=DNS:{name}\n");
        fs::write(self.folder.path().join("extensions"), extensions).expect("it can be written");
        self.openssl(&format!(
            "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN={name} -keyout {name}.key -out {name}.csr"
        ));
        self.openssl(&format!(
            "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out {name}.pem"
        ));
    }

    /// The path of one of its files, such as `ca.pem`.
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// The text of one of its files.
    pub fn text(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).expect("it can be read")
    }
}
