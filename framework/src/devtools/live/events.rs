//! The events that pages in a browser listen to (HTML, section 9.2): `hello` at the beginning, `state` of the build, `styles` and `reload`.

use std::{
    collections::VecDeque,
    convert::Infallible,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    process,
    sync::LazyLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::response::sse::{Event, Sse};
use futures_util::{Stream, stream};
use serde_json::json;
use tokio::{task::spawn_blocking, time::sleep};

use crate::{
    context::CancellationToken,
    view::{Engine, Stamp},
};

/// The interval at which files are looked at.
const INTERVAL: Duration = Duration::from_millis(100);

/// The wait of a browser before it connects again, such as to the process that takes the place of this one.
const RETRY: Duration = Duration::from_millis(200);

/// The file in which `cargo fw start --watch` writes the state of the build, below the folder of the application.
const STATE: &str = "target/fw/dev.json";

/// The state of a process that nobody builds again.
const SERVING: &str = r#"{"state":"serving"}"#;

/// A name of this process that none before it had.
static PROCESS: LazyLock<String> = LazyLock::new(|| {
    let time = SystemTime::now().duration_since(UNIX_EPOCH);
    format!("{}-{}", process::id(), time.unwrap_or_default().as_micros())
});

/// The events for a browser, until the process is to end.
pub(in crate::devtools) fn events(
    engine: Option<Engine>,
    draining: CancellationToken,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let follower = Follower {
        engine,
        draining,
        last: None,
        next: VecDeque::new(),
    };
    Sse::new(stream::unfold(follower, async |mut follower| {
        let event = follower.next().await?;
        Some((Ok(event), follower))
    }))
}

/// The files of a page, and the state of the build, at one moment.
#[derive(Clone, PartialEq)]
struct Look {
    stamp: Stamp,
    state: String,
}

/// The events of one connection.
struct Follower {
    engine: Option<Engine>,
    draining: CancellationToken,
    /// What was there the last time.
    last: Option<Look>,
    next: VecDeque<Event>,
}

impl Follower {
    /// The next event; `None` when the process is to end.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.next.pop_front() {
                return Some(event);
            }
            if self.last.is_some() {
                tokio::select! {
                    () = self.draining.cancelled() => return None,
                    () = sleep(INTERVAL) => {}
                }
            }
            let engine = self.engine.clone();
            // Files are read in it.
            let look = spawn_blocking(move || look(engine.as_ref())).await.ok()?;
            self.compare(look);
        }
    }

    /// Prepares the events of what has changed.
    fn compare(&mut self, look: Look) {
        let state = || Event::default().event("state").data(&look.state);
        match &self.last {
            None => {
                let hello = json!({ "process": *PROCESS, "files": digest(&look.stamp) });
                let hello = Event::default().event("hello").data(hello.to_string());
                self.next.extend([hello.retry(RETRY), state()]);
            }
            Some(last) if *last == look => return,
            Some(last) => {
                if last.state != look.state {
                    self.next.push_back(state());
                }
                if last.stamp != look.stamp {
                    self.next.push_back(self.change(&last.stamp, &look.stamp));
                }
            }
        }
        self.last = Some(look);
    }

    /// The event of changed files: of style sheets alone it has their new paths.
    fn change(&self, before: &Stamp, after: &Stamp) -> Event {
        let event = Event::default();
        match &self.engine {
            Some(engine) if before.differs_in_styles_only(after) => {
                let files = json!({ "files": digest(after), "paths": engine.style_sheets() });
                event.event("styles").data(files.to_string())
            }
            _ => event.event("reload").data(digest(after)),
        }
    }
}

/// The process, and the digest of the files, that a page is made by.
pub(super) async fn origin(engine: Option<Engine>) -> (&'static str, String) {
    // Files are read in it.
    let stamp = spawn_blocking(move || engine.as_ref().map(Engine::look).unwrap_or_default()).await;
    (&PROCESS, digest(&stamp.unwrap_or_default()))
}

fn look(engine: Option<&Engine>) -> Look {
    Look {
        stamp: engine.map(Engine::look).unwrap_or_default(),
        // Without `--watch` there is none.
        state: fs::read_to_string(STATE).unwrap_or_else(|_| SERVING.to_owned()),
    }
}

fn digest(stamp: &Stamp) -> String {
    let mut hasher = DefaultHasher::new();
    stamp.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
