//! A mail server for tests (RFC 5321): it takes mails to nowhere, refuses them, or hangs, as it is told.

use std::{
    collections::VecDeque,
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use crate::authority::Authority;

/// How long a connection may wait for its client.
const PATIENCE: Duration = Duration::from_secs(30);

/// The encryption that a server offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// None.
    None,
    /// From the first byte on.
    Implicit,
    /// After `STARTTLS`.
    Starttls,
}

/// What the server does with the next mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It answers `RCPT` with this reply.
    ToRecipient(&'static str),
    /// It answers the end of the data with this reply.
    ToData(&'static str),
    /// It says nothing more after the end of the data.
    Silence,
    /// It does not even greet.
    NoGreeting,
}

/// A mail that the server has taken.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The arguments of `RCPT`.
    pub recipients: Vec<String>,
    /// The message.
    pub data: String,
    /// True if the connection was encrypted.
    pub is_encrypted: bool,
    /// The name in `EHLO`.
    pub client: String,
    /// The argument of `AUTH`.
    pub authentication: Option<String>,
}

impl Taken {
    /// A header; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        let head = self.data.split("\r\n\r\n").next().unwrap_or_default();
        head.lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value.trim())
    }
}

/// A mail server on a free port, which ends with this value.
pub struct MailServer {
    /// The port.
    pub port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    encryption: Encryption,
    tls: Option<Arc<ServerConfig>>,
    answers: Mutex<VecDeque<Answer>>,
    taken: Mutex<Vec<Taken>>,
    connections: Mutex<usize>,
    is_ended: AtomicBool,
}

impl MailServer {
    /// A server without encryption.
    pub fn start() -> Self {
        Self::with(Encryption::None, None)
    }

    /// A server with the certificate of the authority for `localhost`, which it must have issued.
    ///
    /// # Panics
    ///
    /// Panics if the certificate cannot be used.
    pub fn encrypted(encryption: Encryption, authority: &Authority) -> Self {
        let certificates = CertificateDer::pem_file_iter(authority.path("localhost.pem"))
            .expect("the certificate can be read")
            .collect::<Result<Vec<_>, _>>()
            .expect("it is one");
        let key = PrivateKeyDer::from_pem_file(authority.path("localhost.key"));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("there are versions")
            .with_no_client_auth()
            .with_single_cert(certificates, key.expect("the key can be read"))
            .expect("the certificate fits the key");
        Self::with(encryption, Some(Arc::new(config)))
    }

    fn with(encryption: Encryption, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it has an address").port();
        let shared = Arc::new(Shared {
            encryption,
            tls,
            answers: Mutex::default(),
            taken: Mutex::default(),
            connections: Mutex::default(),
            is_ended: AtomicBool::new(false),
        });
        let server = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if server.is_ended.load(Ordering::Acquire) {
                    return;
                }
                *lock(&server.connections) += 1;
                let server = Arc::clone(&server);
                // A client that goes away is no fault of the server.
                thread::spawn(move || drop(server.serve(stream)));
            }
        });
        Self { port, shared }
    }

    /// Says what becomes of the next mail; those that are told first come first. Others are taken.
    pub fn next(&self, answer: Answer) {
        lock(&self.shared.answers).push_back(answer);
    }

    /// The number of answers that were told and not given yet.
    pub fn answers_left(&self) -> usize {
        lock(&self.shared.answers).len()
    }

    /// The mails that were taken.
    pub fn taken(&self) -> Vec<Taken> {
        lock(&self.shared.taken).clone()
    }

    /// The number of connections that there were.
    pub fn connections(&self) -> usize {
        *lock(&self.shared.connections)
    }

    /// Waits for the first mail.
    ///
    /// # Panics
    ///
    /// Panics if there is none within `limit`.
    #[track_caller]
    pub fn first(&self, limit: Duration) -> Taken {
        let begin = Instant::now();
        loop {
            if let Some(taken) = self.taken().into_iter().next() {
                return taken;
            }
            assert!(begin.elapsed() < limit, "no mail came within {limit:?}");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.shared.is_ended.store(true, Ordering::Release);
        // It waits for a connection.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection, encrypted or not.
trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

impl Shared {
    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut is_encrypted = self.encryption == Encryption::Implicit;
        let mut stream = if is_encrypted {
            self.encrypt(stream)?
        } else {
            return self.plain(stream);
        };
        if self.answers_with(Answer::NoGreeting) {
            return hang(&mut *stream);
        }
        say(&mut *stream, "220 mail.test ready")?;
        self.talk(&mut *stream, &mut is_encrypted, false).map(drop)
    }

    fn plain(&self, mut stream: TcpStream) -> io::Result<()> {
        if self.answers_with(Answer::NoGreeting) {
            return hang(&mut stream);
        }
        say(&mut stream, "220 mail.test ready")?;
        let mut is_encrypted = false;
        let offers = self.encryption == Encryption::Starttls;
        if self.talk(&mut stream, &mut is_encrypted, offers)? {
            let mut stream = self.encrypt(stream)?;
            is_encrypted = true;
            self.talk(&mut *stream, &mut is_encrypted, false)?;
        }
        Ok(())
    }

    fn encrypt(&self, stream: TcpStream) -> io::Result<Box<dyn Stream>> {
        let config = self.tls.clone().expect("there is a certificate");
        let connection = ServerConnection::new(config).map_err(io::Error::other)?;
        Ok(Box::new(StreamOwned::new(connection, stream)))
    }

    /// Serves commands until the client leaves. Returns whether encryption begins.
    fn talk(
        &self,
        stream: &mut dyn Stream,
        is_encrypted: &mut bool,
        offers_starttls: bool,
    ) -> io::Result<bool> {
        let (mut client, mut authentication, mut recipients) = (String::new(), None, Vec::new());
        loop {
            let line = line(stream)?;
            let (command, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match command.to_ascii_uppercase().as_str() {
                "EHLO" => {
                    rest.clone_into(&mut client);
                    let more = if offers_starttls {
                        "250-STARTTLS\r\n"
                    } else {
                        "250-AUTH PLAIN\r\n"
                    };
                    say(
                        stream,
                        &format!("250-mail.test\r\n{more}250-SMTPUTF8\r\n250 8BITMIME"),
                    )?;
                }
                "STARTTLS" if offers_starttls => {
                    say(stream, "220 go ahead")?;
                    return Ok(true);
                }
                "AUTH" => {
                    authentication = Some(rest.to_owned());
                    let is_wrong = self.answers_with(Answer::ToRecipient("535 wrong password"));
                    say(
                        stream,
                        if is_wrong {
                            "535 wrong password"
                        } else {
                            "235 welcome"
                        },
                    )?;
                }
                "RCPT" => {
                    recipients.push(rest.to_owned());
                    let reply = self.reply(|answer| match answer {
                        Answer::ToRecipient(reply) => Some(reply),
                        _ => None,
                    });
                    say(stream, reply.unwrap_or("250 ok"))?;
                }
                "DATA" => {
                    say(stream, "354 end with a dot")?;
                    let data = data(stream)?;
                    if self.answers_with(Answer::Silence) {
                        return hang(stream).map(|()| false);
                    }
                    let refusal = self.reply(|answer| match answer {
                        Answer::ToData(reply) => Some(reply),
                        _ => None,
                    });
                    if refusal.is_none() {
                        lock(&self.taken).push(Taken {
                            recipients: std::mem::take(&mut recipients),
                            data,
                            is_encrypted: *is_encrypted,
                            client: client.clone(),
                            authentication: authentication.clone(),
                        });
                    }
                    say(stream, refusal.unwrap_or("250 taken"))?;
                }
                "QUIT" => {
                    say(stream, "221 bye")?;
                    return Ok(false);
                }
                "MAIL" | "NOOP" | "RSET" => say(stream, "250 ok")?,
                _ => say(stream, "502 what?")?,
            }
        }
    }

    /// Takes the next answer if it is this one.
    fn answers_with(&self, expected: Answer) -> bool {
        self.reply(|answer| (answer == expected).then_some(""))
            .is_some()
    }

    fn reply(&self, of: impl Fn(Answer) -> Option<&'static str>) -> Option<&'static str> {
        let mut answers = lock(&self.answers);
        let reply = answers.front().copied().and_then(of)?;
        answers.pop_front();
        Some(reply)
    }
}

/// Says nothing until the client has gone.
fn hang(stream: &mut dyn Stream) -> io::Result<()> {
    let mut rest = [0; 1024];
    while stream.read(&mut rest)? > 0 {}
    Ok(())
}

fn say(stream: &mut dyn Stream, reply: &str) -> io::Result<()> {
    stream.write_all(format!("{reply}\r\n").as_bytes())?;
    stream.flush()
}

/// A line, without its end. It reads no byte of the next one, which may be encrypted.
fn line(stream: &mut dyn Stream) -> io::Result<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    while !line.ends_with(b"\r\n") {
        stream.read_exact(&mut byte)?;
        line.push(byte[0]);
    }
    line.truncate(line.len() - 2);
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// A message, up to the line with a dot.
fn data(stream: &mut dyn Stream) -> io::Result<String> {
    let mut data = String::new();
    loop {
        let line = line(stream)?;
        if line == "." {
            return Ok(data);
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
        data.push_str("\r\n");
    }
}
