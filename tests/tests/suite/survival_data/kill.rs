//! A process that is killed while clients write.

use std::{
    collections::HashSet,
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use fw_tests::http::send_json;
use serde_json::json;

use super::{AUTHORS, create, sqlite};
use crate::shop;

const ROUNDS: u32 = 20;
const CLIENTS: u32 = 4;

/// Where the sequence of moments begins.
const SEED: u64 = 20_261_121;

#[test]
fn what_was_acknowledged_outlives_a_kill() {
    println!("the moments follow from the seed {SEED}");
    let begin = Instant::now();
    let shop = shop();
    let mut moments = Moments(SEED);
    let mut clients: Vec<Client> = (0..CLIENTS).map(Client::new).collect();
    let mut without_response = 0;
    for round in 0..ROUNDS {
        let mut server = shop.start(&[]);
        let address = server.address;
        let threads: Vec<_> = clients
            .into_iter()
            .map(|client| thread::spawn(move || client.write_until_it_fails(address)))
            .collect();
        let pause = moments.next();
        thread::sleep(pause);
        server.signal("KILL");
        server.wait(Duration::from_secs(2));
        clients = threads
            .into_iter()
            .map(|thread| thread.join().expect("no wrong response"))
            .collect();
        without_response += clients
            .iter()
            .filter(|client| client.open.is_some())
            .count();
        // What is open may be there or not, but nothing else may differ.
        let found = sqlite::authors(&shop.folder);
        assert_kept(&clients, &found, round);
    }
    let server = shop.start(&[]);
    for client in &mut clients {
        client.repeat(server.address);
    }
    drop(server);
    let found = sqlite::authors(&shop.folder);
    assert_kept(&clients, &found, ROUNDS);
    let repeated: Vec<_> = clients.iter().filter(|client| client.has_keys).collect();
    let acknowledged: usize = repeated
        .iter()
        .map(|client| client.acknowledged.len())
        .sum();
    let by_these = found
        .iter()
        .filter(|name| repeated.iter().any(|client| client.owns(name)))
        .count();
    assert_eq!(by_these, acknowledged, "with a key, nothing else is there");
    assert_eq!(sqlite::integrity(&shop.folder), "ok");
    println!(
        "{ROUNDS} kills in {:?}: {} rows, {without_response} requests without a response",
        begin.elapsed(),
        found.len(),
    );
    assert!(
        without_response > 0,
        "nothing was going on when it was killed"
    );
}

/// Each acknowledged row is there, once.
#[track_caller]
fn assert_kept(clients: &[Client], found: &[String], round: u32) {
    let distinct: HashSet<&String> = found.iter().collect();
    assert_eq!(
        distinct.len(),
        found.len(),
        "round {round}: rows are there twice"
    );
    for client in clients {
        let lost = client
            .acknowledged
            .iter()
            .find(|name| !distinct.contains(name));
        assert_eq!(lost, None, "round {round}");
    }
}

/// Somebody who creates authors, and remembers those that were acknowledged.
struct Client {
    name: String,
    number: u32,
    has_keys: bool,
    acknowledged: Vec<String>,
    /// The one whose response never came.
    open: Option<String>,
}

impl Client {
    fn new(number: u32) -> Self {
        Self {
            name: format!("client{number}"),
            number: 0,
            has_keys: number.is_multiple_of(2),
            acknowledged: Vec::new(),
            open: None,
        }
    }

    fn owns(&self, author: &str) -> bool {
        author.split('-').next() == Some(&self.name)
    }

    fn write_until_it_fails(mut self, address: SocketAddr) -> Self {
        self.repeat(address);
        while self.open.is_none() {
            self.number += 1;
            self.send(address, format!("{}-{}", self.name, self.number));
        }
        self
    }

    /// Sends again what got no response, if it can be repeated.
    fn repeat(&mut self, address: SocketAddr) {
        if let Some(author) = self.open.take()
            && self.has_keys
        {
            self.send(address, author);
        }
    }

    fn send(&mut self, address: SocketAddr, author: String) {
        let response = if self.has_keys {
            create(address, &author, &author)
        } else {
            send_json(address, "POST", AUTHORS, &json!({ "name": author }))
        };
        match response {
            Ok(response) => {
                assert_eq!(response.status, 201, "{}", response.text());
                self.acknowledged.push(author);
            }
            Err(_) => self.open = Some(author),
        }
    }
}

/// Pauses of 20 to 250 ms, the same in each run.
struct Moments(u64);

impl Moments {
    fn next(&mut self) -> Duration {
        // The generator of Knuth's MMIX.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        Duration::from_millis(20 + (self.0 >> 33) % 231)
    }
}
