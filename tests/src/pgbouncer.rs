//! A pooler of PostgreSQL connections for tests: `PgBouncer`, which gives each transaction another connection of the server.

use std::fs;

use crate::{
    keeper::{self, Keeper},
    postgres::{Server, shell},
};

/// Starts the pooler with the configuration `$1`, and stops it when its input ends: with the process of the tests, however that
/// ends.
const SCRIPT: &str = r#"
    PATH="$PATH:/usr/sbin:/opt/homebrew/bin"
    pgbouncer "$1" >"$1.log" 2>&1 &
    trap 'kill $!' EXIT
    until grep -q "process up" "$1.log"; do kill -0 $! || exit; sleep 0.02; done
    echo done
    read -r end
"#;

/// A running pooler.
pub struct PgBouncer {
    /// `postgres://postgres@127.0.0.1:PORT`: no database and no slash at the end.
    pub url: String,
    // Stopped before its folder is removed.
    _keeper: Keeper,
    _folder: tempfile::TempDir,
}

impl PgBouncer {
    /// Starts a pooler before a server, to which it has two connections for each database.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn before(server: &Server) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = keeper::free_port();
        let (_, of_server) = server.url().rsplit_once(':').expect("it has a port");
        let configuration = format!(
            "[databases]\n* = host=127.0.0.1 port={of_server} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 2\n"
        );
        let file = folder.path().join("pgbouncer.ini");
        fs::write(&file, configuration).expect("it can be written");
        let mut script = shell(folder.path());
        script.args(["-c", SCRIPT, "sh"]).arg(&file);
        Self {
            url: format!("postgres://postgres@127.0.0.1:{port}"),
            _keeper: Keeper::start("PgBouncer", &mut script),
            _folder: folder,
        }
    }
}
