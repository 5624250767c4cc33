//! A pooler of PostgreSQL connections for tests: `PgBouncer`, which gives each transaction another connection of the server.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    os::unix::process::CommandExt,
    process::{Child, ChildStdin, Command, Stdio},
};

use crate::postgres::{Server, is_root};

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
    input: Option<ChildStdin>,
    process: Child,
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
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("there is a free port")
            .port();
        let (_, of_server) = server.url().rsplit_once(':').expect("it has a port");
        let configuration = format!(
            "[databases]\n* = host=127.0.0.1 port={of_server} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 2\n"
        );
        let file = folder.path().join("pgbouncer.ini");
        fs::write(&file, configuration).expect("it can be written");
        let mut command = Command::new("sh");
        // It refuses to run as root.
        if is_root() {
            let owned = Command::new("chown")
                .args(["-R", "postgres"])
                .arg(folder.path())
                .status();
            assert!(owned.is_ok_and(|status| status.success()));
            command = Command::new("runuser");
            command.args(["-u", "postgres", "--", "sh"]);
        }
        let mut process = command
            .args(["-c", SCRIPT, "sh"])
            .arg(&file)
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("`sh` can be started");
        let mut said = String::new();
        BufReader::new(process.stdout.take().expect("it is a pipe"))
            .read_line(&mut said)
            .expect("the script can be heard");
        let log = fs::read_to_string(file.with_extension("ini.log")).unwrap_or_default();
        assert_eq!(said, "done\n", "is PgBouncer installed?\n{log}");
        Self {
            url: format!("postgres://postgres@127.0.0.1:{port}"),
            input: process.stdin.take(),
            process,
            _folder: folder,
        }
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        if let Some(mut input) = self.input.take() {
            // It may be gone already.
            let _ = writeln!(input, "end");
        }
        let _ = self.process.wait();
    }
}
