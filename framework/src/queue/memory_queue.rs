//! The queue of jobs in the memory of this process.
//!
//! Its jobs are lost when the process is killed; at a graceful shutdown those that are due are finished, as far as
//! `server.drain_timeout` allows.

use std::{
    collections::BinaryHeap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

/// A queue of jobs in memory. Cheap to clone; every clone is the same queue.
#[derive(Clone, Default)]
pub struct Queue {
    shared: Arc<Shared>,
    /// The messages that are deferred until [`release`](Self::release).
    deferred: Option<Arc<Mutex<Deferred>>>,
}

/// Deferred messages; `None` once they are released.
type Deferred = Option<Vec<(Message, Instant)>>;

#[derive(Default)]
struct Shared {
    waiting: Mutex<BinaryHeap<Entry>>,
    changed: Notify,
}

/// A message in the queue: a job that waits to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The name of the job.
    pub name: String,
    /// The arguments of the job, as JSON.
    pub payload: Vec<u8>,
    /// The number of attempts so far.
    pub attempts: u32,
}

/// A message in the heap, ordered by time, the earliest first; messages of the same time are in the order of their arrival.
#[derive(PartialEq, Eq)]
struct Entry {
    due: Instant,
    number: u64,
    message: Message,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        // The heap returns its greatest entry first.
        (other.due, other.number).cmp(&(self.due, self.number))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Queue {
    /// Adds a message that is due at `due`.
    pub fn push(&self, message: Message, due: Instant) {
        if let Some(deferred) = &self.deferred
            && let Some(messages) = &mut *deferred.lock().unwrap_or_else(PoisonError::into_inner)
        {
            messages.push((message, due));
            return;
        }
        self.push_now(message, due);
    }

    /// A handle to the same queue that defers pushed messages until [`release`](Self::release). If they are never released, they are
    /// dropped with the handle.
    pub(crate) fn deferring(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            deferred: Some(Arc::new(Mutex::new(Some(Vec::new())))),
        }
    }

    /// Pushes the deferred messages, and defers none from now on.
    pub(crate) fn release(&self) {
        let Some(deferred) = &self.deferred else {
            return;
        };
        let messages = deferred
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        for (message, due) in messages.into_iter().flatten() {
            self.push_now(message, due);
        }
    }

    fn push_now(&self, message: Message, due: Instant) {
        static NUMBER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.lock().push(Entry {
            due,
            number,
            message,
        });
        self.shared.changed.notify_one();
    }

    /// Takes the earliest message as soon as it is due.
    pub async fn pop(&self) -> Message {
        loop {
            // Registered before the queue is checked, so that a push in between is not missed.
            let changed = self.shared.changed.notified();
            let due = self.lock().peek().map(|entry| entry.due);
            match due {
                Some(due) if due <= Instant::now() => {
                    if let Some(message) = self.pop_due() {
                        return message;
                    }
                }
                Some(due) => tokio::select! {
                    () = sleep_until(due) => {}
                    () = changed => {}
                },
                None => changed.await,
            }
        }
    }

    /// Takes the earliest message if it is due now.
    pub fn pop_due(&self) -> Option<Message> {
        let mut waiting = self.lock();
        let due = waiting
            .peek()
            .is_some_and(|entry| entry.due <= Instant::now());
        let message = if due {
            waiting.pop().map(|entry| entry.message)
        } else {
            None
        };
        if !waiting.is_empty() {
            // The next one may be due as well, and other workers may be asleep.
            self.shared.changed.notify_one();
        }
        message
    }

    /// The number of waiting messages, due or not.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Returns true if no message waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BinaryHeap<Entry>> {
        self.shared
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn message(name: &str) -> Message {
        Message {
            name: name.to_owned(),
            payload: Vec::new(),
            attempts: 0,
        }
    }

    #[tokio::test]
    async fn due_messages_are_popped_in_order() {
        let queue = Queue::default();
        let now = Instant::now();
        queue.push(message("later"), now + Duration::from_millis(30));
        queue.push(message("first"), now);
        queue.push(message("second"), now);
        assert_eq!(queue.pop().await.name, "first");
        assert_eq!(queue.pop().await.name, "second");
        assert_eq!(queue.pop_due(), None);
        assert_eq!(queue.pop().await.name, "later");
        assert!(Instant::now() >= now + Duration::from_millis(30));
    }

    #[tokio::test]
    async fn deferred_messages_are_pushed_at_the_release() {
        let queue = Queue::default();
        let deferred = queue.deferring();
        deferred.push(message("deferred"), Instant::now());
        assert_eq!(queue.pop_due(), None);
        deferred.release();
        assert_eq!(queue.pop_due(), Some(message("deferred")));
        deferred.push(message("later"), Instant::now());
        assert_eq!(queue.pop_due(), Some(message("later")));

        queue.deferring().push(message("dropped"), Instant::now());
        assert!(queue.is_empty());
    }

    #[tokio::test]
    async fn wakes_who_waits() {
        let queue = Queue::default();
        let waiting = tokio::spawn({
            let queue = queue.clone();
            async move { queue.pop().await.name }
        });
        tokio::task::yield_now().await;
        queue.push(message("job"), Instant::now());
        assert_eq!(waiting.await.expect("no panic"), "job");
    }
}
