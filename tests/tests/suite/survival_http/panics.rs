//! A handler that panics again and again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use fw_tests::http::Connection;
use serde_json::json;

use super::{eventually, files_are_closed, megabytes};
use crate::shop;

const PANICS: usize = 1000;

#[test]
fn a_thousand_panics_disturb_nobody_else() {
    let shop = shop();
    let server = shop.start(&[]);
    let address = server.address;
    let process = server.process();
    let panic = move |count: usize| {
        let mut connection = Connection::open(address).expect("a connection");
        for _ in 0..count {
            let response = connection.get("/lab/panic").expect("a response");
            assert_eq!(response.status, 500, "{}", response.text());
            assert_eq!(response.header("content-type"), "application/problem+json");
            assert_eq!(response.json()["code"], "internal_error");
        }
    };
    // What the first ones load stays loaded.
    panic(20);
    let (files, memory) = (process.open_files(), process.memory());

    let over = Arc::new(AtomicBool::new(false));
    let others: Vec<_> = (0..2)
        .map(|other| {
            let over = Arc::clone(&over);
            thread::spawn(move || {
                let mut connection = Connection::open(address).expect("a connection");
                let mut rounds = 0;
                while !over.load(Ordering::Relaxed) {
                    let body = json!({ "name": format!("{other}-{rounds}") });
                    let created = connection.send_json("POST", "/api/v1/authors", &body);
                    assert_eq!(created.expect("a response").status, 201);
                    let listed = connection.get("/api/v1/authors?limit=5");
                    assert_eq!(listed.expect("a response").status, 200);
                    rounds += 1;
                }
                rounds
            })
        })
        .collect();
    let panicking: Vec<_> = (0..10)
        .map(|_| thread::spawn(move || panic(PANICS / 10)))
        .collect();
    for client in panicking {
        client.join().expect("each panic is a response");
    }
    over.store(true, Ordering::Relaxed);
    for other in others {
        let rounds = other.join().expect("the others are served");
        assert!(rounds > 0, "nobody else was served");
    }

    files_are_closed(process, files);
    let growth = process.memory().saturating_sub(memory);
    eprintln!("{PANICS} panics: {} MB more", megabytes(growth));
    assert!(growth < 30_000_000, "{growth} bytes more");
    eventually("each is logged", Duration::from_secs(10), || {
        server
            .log()
            .matches("the handler panics on purpose")
            .count()
            >= PANICS + 20
    });
}
