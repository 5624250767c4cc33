//! Responses of the supervisor itself while no process of the app serves: 503 with the reason, as a page or as a problem (RFC 9457).

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Shutdown, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{address::Socket, failure::Failure};
use crate::error::CliError;

/// The interval at which new connections are looked for.
const INTERVAL: Duration = Duration::from_millis(10);

/// The time that a client has to send its request and to read the response.
const PATIENCE: Duration = Duration::from_secs(2);

/// The bytes of a request that are read at most, until its head has ended.
const HEAD: usize = 16 * 1024;

/// The reason why no process of the app serves.
#[derive(Clone, Debug)]
pub(super) enum Reason {
    Building,
    Starting,
    Failed(Failure),
    /// One that is not for who asks.
    Hidden,
}

/// A thread that responds while there is a reason for it.
pub(super) struct Fallback(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    listener: Option<TcpListener>,
    reason: Option<Reason>,
    is_over: bool,
}

impl Fallback {
    pub(super) fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let thread = Arc::clone(&shared);
        thread::spawn(move || thread.run());
        Self(shared)
    }

    /// Responds on this socket from now on.
    pub(super) fn listen(&self, socket: &Socket) -> Result<(), CliError> {
        let listener = socket.listener.try_clone();
        let listener = listener
            .map_err(|error| CliError::failed(format!("the socket cannot be shared: {error}")))?;
        self.0.lock().listener = Some(listener);
        Ok(())
    }

    /// Responds with this from now on. With `None` connections wait for the app.
    pub(super) fn set(&self, reason: Option<Reason>) {
        self.0.lock().reason = reason;
        self.0.changed.notify_all();
    }
}

impl Drop for Fallback {
    fn drop(&mut self) {
        self.0.lock().is_over = true;
        self.0.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        loop {
            let idle = |state: &mut State| {
                !state.is_over && (state.listener.is_none() || state.reason.is_none())
            };
            let state = self.changed.wait_while(self.lock(), idle);
            let state = state.unwrap_or_else(PoisonError::into_inner);
            if state.is_over {
                return;
            }
            // While the state is locked: nothing is accepted any more once the app serves.
            let accepted = state.listener.as_ref().map(TcpListener::accept);
            let reason = state.reason.clone();
            drop(state);
            match (accepted, reason) {
                (Some(Ok((stream, _))), Some(reason)) => {
                    // A client that sends slowly holds up nobody else.
                    thread::spawn(move || respond(&stream, &reason));
                }
                _ => thread::sleep(INTERVAL),
            }
        }
    }
}

/// Reads the head of a request and responds. A client that goes away gets no response.
fn respond(mut stream: &TcpStream, reason: &Reason) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let begin = Instant::now();
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    while !head.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
        let bytes = stream.read(&mut buffer)?;
        if bytes == 0 || head.len() > HEAD || begin.elapsed() > PATIENCE {
            return Ok(());
        }
        head.extend_from_slice(&buffer[..bytes]);
    }
    stream.write_all(&response(&String::from_utf8_lossy(&head), reason))?;
    // A body that was not read would have the system reset the connection, and the response be lost.
    stream.shutdown(Shutdown::Write)?;
    while begin.elapsed() < PATIENCE && stream.read(&mut buffer)? > 0 {}
    Ok(())
}

fn response(head: &str, reason: &Reason) -> Vec<u8> {
    let mut lines = head.lines();
    let mut request = lines.next().unwrap_or_default().split(' ');
    let method = request.next().unwrap_or_default();
    let path = request
        .next()
        .unwrap_or("/")
        .split('?')
        .next()
        .unwrap_or_default();
    let headers: Vec<_> = lines.filter_map(|line| line.split_once(':')).collect();
    let header = |wanted: &str| {
        let found = headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.trim())
    };
    let is_local = header("host").is_some_and(is_loopback);
    let shown = if is_local { reason } else { &Reason::Hidden };
    let wants_page = header("accept").is_some_and(|accepted| accepted.contains("text/html"));
    let (kind, body) = if wants_page {
        ("text/html; charset=utf-8", page(shown))
    } else {
        ("application/problem+json", problem(shown, path))
    };
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\
         content-security-policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'\r\n\
         x-content-type-options: nosniff\r\ncache-control: no-store\r\nretry-after: 1\r\nconnection: close\r\n\r\n",
        body.len()
    );
    if method == "HEAD" {
        return head.into_bytes();
    }
    (head + &body).into_bytes()
}

/// Returns whether a `Host` is a name or address of this machine alone. The messages of the compiler are for nobody else: a website that
/// has its own name lead to this machine (DNS rebinding) cannot read them.
fn is_loopback(host: &str) -> bool {
    let port = host
        .rfind(':')
        .filter(|colon| !host[*colon..].contains(']'));
    let name = port.map_or(host, |colon| &host[..colon]);
    let name = name.trim_start_matches('[').trim_end_matches(']');
    let is_address = name
        .parse::<IpAddr>()
        .is_ok_and(|address| address.is_loopback());
    is_address || name == "localhost" || name.strip_suffix(".localhost").is_some()
}

impl Reason {
    fn title(&self) -> &str {
        match self {
            Self::Building => "the application is being built",
            Self::Starting => "the application is starting",
            Self::Failed(failure) => &failure.title,
            Self::Hidden => {
                "the application does not serve; the terminal of `start --watch` says why"
            }
        }
    }
}

fn problem(reason: &Reason, path: &str) -> String {
    let mut problem = json!({
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "code": "service_unavailable",
        "detail": reason.title(),
        "instance": path,
    });
    if let Reason::Failed(failure) = reason {
        problem["messages"] = json!(failure.messages);
    }
    problem.to_string()
}

/// A page that loads itself again each second.
fn page(reason: &Reason) -> String {
    let title = escaped(reason.title());
    let text = match reason {
        Reason::Failed(failure) => format!("<pre>{}</pre>", escaped(&failure.text())),
        _ => String::new(),
    };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<meta http-equiv=\"refresh\" content=\"1\">\n\
         <title>{title}</title>\n<style>\n\
         :root {{ color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }}\n\
         body {{ max-width: 70rem; margin: 2rem auto; padding: 0 1rem }}\n\
         pre {{ overflow-x: auto; padding: 1rem; border: 1px solid #8888; border-radius: .5rem; font-size: .875rem }}\n\
         </style>\n</head>\n<body>\n<h1>{title}</h1>\n{text}\n<p>This page loads itself again.</p>\n</body>\n</html>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::{
        super::failure::{Failure, Step},
        Reason, response,
    };

    #[test]
    fn the_reason_is_a_problem_or_a_page() {
        let failure = Failure::new(
            Step::Build,
            "`blog` does not build",
            "error: expected `Vec<u8>`\n --> a.rs",
        );
        let reason = Reason::Failed(failure);
        let respond = |head: &str| String::from_utf8(response(head, &reason)).unwrap();
        let problem = respond("GET /api/v1/posts?limit=2 HTTP/1.1\r\nHost: localhost:3000\r\n\r\n");
        let (head, body) = problem.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
        assert!(
            head.contains(&format!("content-length: {}\r\n", body.len())),
            "{head}"
        );
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["detail"], "`blog` does not build");
        assert_eq!(body["instance"], "/api/v1/posts");
        assert_eq!(body["messages"][0]["message"], "expected `Vec<u8>`");

        let page = respond("GET / HTTP/1.1\r\nhost: [::1]:3000\r\naccept: text/html,*/*\r\n\r\n");
        assert!(page.contains("content-type: text/html"), "{page}");
        assert!(
            page.contains("<pre>error: expected `Vec&lt;u8&gt;`\n --&gt; a.rs</pre>"),
            "{page}"
        );
        for host in ["evil.example", "127.0.0.1.evil.example:3000", "192.168.1.7"] {
            let hidden = respond(&format!("GET / HTTP/1.1\r\nhost: {host}\r\n\r\n"));
            assert!(
                hidden.contains("says why") && !hidden.contains("Vec"),
                "{hidden}"
            );
        }
        assert!(respond("HEAD / HTTP/1.1\r\n\r\n").ends_with("\r\n\r\n"));
    }
}
