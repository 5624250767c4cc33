//! The address that the app listens on, and the socket.
//!
//! The app itself knows the address best, as it may change its configuration before it boots. Until it could be built once, the address
//! is read from the same files and variables that the app reads.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    io::{self, Read},
    net::{TcpListener, ToSocketAddrs},
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde::Deserialize;
use toml_edit::{DocumentMut, Item};

use crate::{
    error::CliError,
    run::{cargo_env, folder_of_cargo},
};

/// The time that the app has to tell its address.
const PATIENCE: Duration = Duration::from_secs(5);

/// The options of `start` that decide about the socket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) environment: Option<String>,
    /// Serves no requests.
    pub(super) worker: bool,
}

fn port(value: &str) -> Result<u16, CliError> {
    value.parse().map_err(|_| {
        CliError::usage(format!("`{value}` is no port"))
            .hint("a port is a number from 0 to 65535; 0 takes a free one")
    })
}

/// A configured address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    host: String,
    port: u16,
}

/// A socket that listens.
#[derive(Debug)]
pub(super) struct Socket {
    /// The address that it was made for.
    pub(super) address: Address,
    pub(super) listener: TcpListener,
}

impl Options {
    /// Finds the options among the arguments for the app, which checks all others itself.
    ///
    /// Fails if the port is none: the app could only say so once it is built.
    pub(super) fn of(args: &[OsString]) -> Result<Self, CliError> {
        let mut options = Self::default();
        let mut args = args.iter().map(|arg| arg.to_string_lossy());
        while let Some(arg) = args.next() {
            if arg == "--worker" {
                options.worker = true;
                continue;
            }
            let (name, value) = match arg.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
                // `-p4000`, as one word
                _ if arg.len() > 2
                    && arg.starts_with('-')
                    && !arg.starts_with("--")
                    && arg.is_char_boundary(2) =>
                {
                    (&arg[..2], Some(arg[2..].trim_start_matches('=').to_owned()))
                }
                _ => (&*arg, None),
            };
            let wanted = match name {
                "--host" => &mut options.host,
                "--environment" | "-e" => &mut options.environment,
                "--port" | "-p" => {
                    let value = value.or_else(|| Some(args.next()?.into_owned()));
                    options.port = value.map(|value| port(&value)).transpose()?;
                    continue;
                }
                _ => continue,
            };
            *wanted = value.or_else(|| Some(args.next()?.into_owned()));
        }
        Ok(options)
    }

    fn address(&self, host: Option<String>, port: Option<u16>) -> Address {
        Address {
            host: self
                .host
                .clone()
                .or(host)
                .unwrap_or_else(|| "127.0.0.1".to_owned()),
            port: self.port.or(port).unwrap_or(3000),
        }
    }

    /// The address of the app, which `app` is the program of; `None` if its configuration is wrong, which it says itself when it is
    /// started.
    pub(super) fn ask(&self, mut app: Command) -> Option<Address> {
        #[derive(Deserialize)]
        struct Setting {
            key: String,
            value: String,
        }
        app.args(["config", "--json"]);
        if let Some(environment) = &self.environment {
            app.args(["--environment", environment]);
        }
        let settings: Vec<Setting> = serde_json::from_slice(&output(app)?).ok()?;
        let find = |key: &str| {
            let setting = settings.iter().find(|setting| setting.key == key)?;
            Some(setting.value.clone())
        };
        Some(self.address(
            Some(find("server.host")?),
            Some(find("server.port")?.parse().ok()?),
        ))
    }

    /// The address by the files and variables that the app would read. What is wrong with them the app says itself.
    pub(super) fn read(&self, root: &Path) -> Address {
        let variables = cargo_env::variables(&folder_of_cargo(root)).unwrap_or_default();
        let of_process = |name: &str| {
            let of_cargo = variables.iter().find(|(found, _)| found == name);
            let value = of_cargo
                .map(|(_, value)| value.clone())
                .or_else(|| env::var_os(name));
            value.as_deref().and_then(OsStr::to_str).map(str::to_owned)
        };
        let dot_env = fs::read_to_string(root.join(".env")).unwrap_or_default();
        let variable = |name: &str| of_process(name).or_else(|| in_dot_env(&dot_env, name));
        let environment = self.environment.clone().or_else(|| variable("FW_ENV"));
        let environment = environment.as_deref().unwrap_or("development");
        let files = [
            format!("{environment}.local"),
            environment.to_owned(),
            "default".to_owned(),
        ];
        let documents: Vec<DocumentMut> = files
            .iter()
            // Tests are the same on every machine.
            .filter(|name| *name != "test.local")
            .filter_map(|name| fs::read_to_string(root.join(format!("config/{name}.toml"))).ok())
            .filter_map(|text| text.trim_start_matches('\u{feff}').parse().ok())
            .collect();
        let setting = |key: &str| {
            let mut found = documents
                .iter()
                .filter_map(|document| document.get("server")?.get(key));
            found.next().cloned()
        };
        let host = variable("FW_SERVER__HOST").or_else(|| {
            setting("host")
                .as_ref()
                .and_then(Item::as_str)
                .map(str::to_owned)
        });
        let port = variable("FW_SERVER__PORT")
            .and_then(|port| port.parse().ok())
            .or_else(|| u16::try_from(setting("port")?.as_integer()?).ok());
        self.address(host, port)
    }
}

/// The standard output of a program; `None` if it takes too long, as an app may that asks others for its configuration.
fn output(mut program: Command) -> Option<Vec<u8>> {
    program
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = program.spawn().ok()?;
    let mut stdout = child.stdout.take()?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut text = Vec::new();
        let read = stdout.read_to_end(&mut text);
        // Nobody listens if it has taken too long.
        let _ = sender.send(read.ok().map(|_| text));
    });
    let text = receiver.recv_timeout(PATIENCE);
    let _ = child.kill();
    let _ = child.wait();
    text.ok()?
}

/// The value of a variable in the text of `.env`.
fn in_dot_env(text: &str, name: &str) -> Option<String> {
    let mut values = text.lines().filter_map(|line| {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (found, value) = line.split_once('=')?;
        (found.trim() == name).then(|| value.trim())
    });
    let value = values.next_back()?;
    let value = value.split(" #").next().unwrap_or_default().trim_end();
    Some(value.trim_matches(['"', '\'']).to_owned())
}

impl Address {
    /// Listens on the address.
    pub(super) fn listen(self) -> Result<Socket, CliError> {
        let found = (self.host.as_str(), self.port).to_socket_addrs();
        let found = found.and_then(|mut all| {
            all.next()
                .ok_or_else(|| io::Error::other("no address found"))
        });
        let address = found.map_err(|error| {
            CliError::failed(format!(
                "`server.host`: `{}` cannot be resolved: {error}",
                self.host
            ))
            .hint("use an address such as `127.0.0.1` or `0.0.0.0`")
        })?;
        let listener = TcpListener::bind(address).and_then(|listener| {
            // Processes share this property, and those of the app need it.
            listener.set_nonblocking(true)?;
            Ok(listener)
        });
        match listener {
            Ok(listener) => Ok(Socket { address: self, listener }),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(CliError::failed(format!(
                "{address} is taken: another program listens there"
            ))
            .hint("stop it, or choose another port with `--port` or `server.port` (0 takes any free one)")),
            Err(error) => Err(CliError::failed(format!("cannot listen on {address}: {error}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Address, Options};

    fn options(args: &str) -> Options {
        let args: Vec<_> = args.split_whitespace().map(Into::into).collect();
        Options::of(&args).unwrap()
    }

    #[test]
    fn options_of_the_app_are_found_in_every_form() {
        let expected = Options {
            host: Some("::1".into()),
            port: Some(4000),
            environment: Some("staging".into()),
            worker: false,
        };
        for args in [
            "--host ::1 --port 4000 --environment staging",
            "--migrate -p 4000 --host=::1 -e staging --no-worker",
            "-p4000 -estaging --host ::1",
            "-p=4000 --environment=staging --host=::1",
        ] {
            assert_eq!(options(args), expected, "{args}");
        }
        assert!(options("--worker --queues mail").worker);
        assert_eq!(options("--port"), Options::default());
        for wrong in ["abc", "65536", "-1", ""] {
            let error = Options::of(&["--port".into(), wrong.into()]).unwrap_err();
            assert!(error.to_string().contains("is no port"), "{error}");
        }
    }

    #[test]
    fn the_address_is_found_in_the_layers_of_the_app() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("config")).unwrap();
        let write = |file: &str, text: &str| fs::write(root.join(file), text).unwrap();
        let read = |args: &str| {
            let Address { host, port } = options(args).read(root);
            format!("{host} {port}")
        };
        assert_eq!(read(""), "127.0.0.1 3000");
        write(
            "config/default.toml",
            "[server]\nhost = \"0.0.0.0\"\nport = 3001\n",
        );
        assert_eq!(read(""), "0.0.0.0 3001");
        write("config/development.toml", "[server]\nport = 3002\n");
        write("config/staging.toml", "[server]\nport = 3003\n");
        assert_eq!(read(""), "0.0.0.0 3002");
        assert_eq!(read("-e staging"), "0.0.0.0 3003");
        write("config/development.local.toml", "server.port = 3004\n");
        assert_eq!(read(""), "0.0.0.0 3004");
        write(
            ".env",
            "# FW_SERVER__PORT=1\nexport FW_SERVER__PORT=\"3005\" # mine\nFW_ENV=staging\n",
        );
        assert_eq!(read(""), "0.0.0.0 3005");
        assert_eq!(read("--host ::1 --port 0"), "::1 0");
    }
}
