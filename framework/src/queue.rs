//! Moves jobs, as bytes, from those who want them done to those who do them.
//!
//! There is one backend so far: the memory of this process. What is in it when the process is killed is lost; what is in it
//! at an orderly shutdown is finished, as far as the drain time allows.

use std::{
    collections::BinaryHeap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

/// A queue in memory. Cheap to clone; every clone is the same queue.
#[derive(Clone, Default)]
pub struct Queue {
    shared: Arc<Shared>,
    /// Where messages wait until it is certain that they are wanted.
    held: Option<Arc<Mutex<Held>>>,
}

/// The messages that a queue holds back; nothing when it no longer does.
type Held = Option<Vec<(Message, Instant)>>;

#[derive(Default)]
struct Shared {
    waiting: Mutex<BinaryHeap<Entry>>,
    changed: Notify,
}

/// A job that waits to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Which job it is.
    pub name: String,
    /// Its arguments, as JSON.
    pub payload: Vec<u8>,
    /// How often it was tried before.
    pub attempts: u32,
}

/// Ordered by time, the earliest first; those of the same time in the order of their arrival.
#[derive(PartialEq, Eq)]
struct Entry {
    due: Instant,
    number: u64,
    message: Message,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        // The heap gives its greatest entry first.
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
        if let Some(held) = &self.held
            && let Some(messages) = &mut *held.lock().unwrap_or_else(PoisonError::into_inner)
        {
            messages.push((message, due));
            return;
        }
        self.push_now(message, due);
    }

    /// The same queue, but that it keeps back what is pushed until [`release`](Self::release). What is never released is
    /// dropped with it.
    pub(crate) fn holding_back(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            held: Some(Arc::new(Mutex::new(Some(Vec::new())))),
        }
    }

    /// Gives on what was held back, and holds nothing back from now on.
    pub(crate) fn release(&self) {
        let Some(held) = &self.held else { return };
        let messages = held.lock().unwrap_or_else(PoisonError::into_inner).take();
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
            // Registered before the look, so that a push in between is not missed.
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

    /// How many messages wait, due or not.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether no message waits.
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
    async fn gives_what_is_due_in_order() {
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
    async fn gives_on_what_was_held_back_once_it_is_released() {
        let queue = Queue::default();
        let held = queue.holding_back();
        held.push(message("held"), Instant::now());
        assert_eq!(queue.pop_due(), None);
        held.release();
        assert_eq!(queue.pop_due(), Some(message("held")));
        held.push(message("later"), Instant::now());
        assert_eq!(queue.pop_due(), Some(message("later")));

        queue
            .holding_back()
            .push(message("dropped"), Instant::now());
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
