//! An HTTP/1.1 client that sends exactly the bytes it is given.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

/// No test waits longer than this for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The head, as it was received.
    pub head: String,
    /// The body, without transfer encoding.
    pub body: Vec<u8>,
}

impl Response {
    /// A header; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        self.head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value.trim())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; `null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Sends a request without body.
pub fn get(address: SocketAddr, path: &str) -> io::Result<Response> {
    request(address, "GET", path, &[], b"")
}

/// Sends a request with a JSON body.
pub fn send_json(
    address: SocketAddr,
    method: &str,
    path: &str,
    body: &Value,
) -> io::Result<Response> {
    request(
        address,
        method,
        path,
        &[("content-type", "application/json")],
        body.to_string().as_bytes(),
    )
}

/// Sends a request with any headers and body, on a connection of its own.
pub fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Response> {
    let mut head = vec![
        format!("{method} {path} HTTP/1.1"),
        format!("host: {address}"),
        "connection: close".to_owned(),
    ];
    if !body.is_empty() || matches!(method, "POST" | "PUT" | "PATCH") {
        head.push(format!("content-length: {}", body.len()));
    }
    head.extend(
        headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}")),
    );
    let head = head.join("\r\n") + "\r\n\r\n";
    let mut stream = connect(address)?;
    stream.write_all(head.as_bytes())?;
    // A server that refuses the head may close before it has read the body.
    let _ = stream.write_all(body);
    read(stream)
}

/// Opens a connection on which nothing waits for ever.
pub fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Reads one answer until the server closes the connection.
pub fn read(mut stream: TcpStream) -> io::Result<Response> {
    let mut bytes = Vec::new();
    // A reset after the answer is as good as an end.
    if let Err(error) = stream.read_to_end(&mut bytes)
        && bytes.is_empty()
    {
        return Err(error);
    }
    parse(&bytes).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::UnexpectedEof,
            format!("no answer: {:?}", String::from_utf8_lossy(&bytes)),
        )
    })
}

fn parse(bytes: &[u8]) -> Option<Response> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let mut answer = Response {
        status,
        head,
        body: bytes[end + 4..].to_vec(),
    };
    if answer
        .header("transfer-encoding")
        .eq_ignore_ascii_case("chunked")
    {
        answer.body = unchunk(&answer.body);
    }
    Some(answer)
}

fn unchunk(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = bytes.windows(2).position(|window| window == b"\r\n") {
        let size = std::str::from_utf8(&bytes[..end])
            .ok()
            .and_then(|hex| usize::from_str_radix(hex, 16).ok());
        let Some(size) = size.filter(|size| *size > 0 && end + 4 + size <= bytes.len()) else {
            break;
        };
        body.extend_from_slice(&bytes[end + 2..end + 2 + size]);
        bytes = &bytes[end + 4 + size..];
    }
    body
}

/// A connection for one request after the other.
pub struct Connection {
    address: SocketAddr,
    stream: TcpStream,
    received: Vec<u8>,
}

/// A request without a whole answer.
#[derive(Debug)]
pub struct Unanswered {
    /// What happened.
    pub error: io::Error,
    /// Whether a part of the answer came.
    pub has_begun: bool,
}

impl Connection {
    /// Connects; nothing waits for ever.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        Ok(Self {
            address,
            stream: connect(address)?,
            received: Vec::new(),
        })
    }

    /// Sends a request without body and waits for its answer.
    pub fn get(&mut self, path: &str) -> Result<Response, Unanswered> {
        self.request("GET", path, &[], b"")
    }

    /// Sends a request with a JSON body and waits for its answer.
    pub fn send_json(
        &mut self,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Result<Response, Unanswered> {
        let json = [("content-type", "application/json")];
        self.request(method, path, &json, body.to_string().as_bytes())
    }

    /// Sends a request and waits for its answer.
    pub fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Response, Unanswered> {
        let mut head = vec![
            format!("{method} {path} HTTP/1.1"),
            format!("host: {}", self.address),
        ];
        if !body.is_empty() {
            head.push(format!("content-length: {}", body.len()));
        }
        head.extend(
            headers
                .iter()
                .map(|(name, value)| format!("{name}: {value}")),
        );
        let head = head.join("\r\n") + "\r\n\r\n";
        let request = [head.as_bytes(), body].concat();
        self.stream
            .write_all(&request)
            .and_then(|()| self.answer())
            .map_err(|error| Unanswered {
                error,
                has_begun: !self.received.is_empty(),
            })
    }

    fn answer(&mut self) -> io::Result<Response> {
        let mut buffer = [0; 16 * 1024];
        loop {
            if let Some((answer, length)) = first(&self.received) {
                self.received.drain(..length);
                return Ok(answer);
            }
            match self.stream.read(&mut buffer)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                length => self.received.extend_from_slice(&buffer[..length]),
            }
        }
    }
}

/// The first answer in what was received, if it is whole, and its length.
fn first(received: &[u8]) -> Option<(Response, usize)> {
    let mut answer = parse(received)?;
    let head = answer.head.len() + 4;
    let rest = &received[head..];
    let body = if answer.header("transfer-encoding") == "chunked" {
        // The last chunk: no test has a body with these bytes in it.
        rest.starts_with(b"0\r\n\r\n").then_some(5).or_else(|| {
            rest.windows(7)
                .position(|end| end == b"\r\n0\r\n\r\n")
                .map(|at| at + 7)
        })?
    } else {
        let length = answer.header("content-length").parse().unwrap_or(0);
        answer.body = rest.get(..length)?.to_vec();
        length
    };
    Some((answer, head + body))
}
