//! The states of limits in the memory of this process.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
    time::Instant,
};

use super::key::Key;

/// The most keys of one limit or lock-out. Each takes about 150 bytes.
const MOST: usize = 100_000;

/// The state of a key. All times are in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    /// The number of failures, for a lock-out.
    pub(super) failures: u32,
    /// The stored time: that of [`Gcra`](super::gcra::Gcra), or the end of a lock-out.
    pub(super) time: i64,
    /// The time from which on the key is as if it had never been there.
    pub(super) expires: i64,
}

/// The states of the keys of limits, or those of lock-outs, each name with a table of its own: a flood of keys of one limit, such as accounts
/// that are invented, makes no other one be forgotten.
///
/// Where a table has too many, those go first that would expire first: a client that is refused stays refused, however many addresses an
/// attacker has.
pub(super) struct Memory {
    begin: Instant,
    tables: Mutex<HashMap<String, States>>,
}

#[derive(Default)]
struct States {
    by_key: HashMap<Key, State>,
    by_expiry: BTreeSet<(i64, Key)>,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self {
            begin: Instant::now(),
            tables: Mutex::default(),
        }
    }

    /// The time, by a clock that is never set back.
    pub(super) fn now(&self) -> i64 {
        i64::try_from(self.begin.elapsed().as_micros()).unwrap_or(i64::MAX)
    }

    /// Changes the state of a key of the limit or lock-out of a name in one step. `change` gets the state that has not expired.
    pub(super) fn change<T>(
        &self,
        name: &str,
        key: Key,
        now: i64,
        change: impl FnOnce(Option<State>) -> (Option<State>, T),
    ) -> T {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        // The name is copied at its first use alone.
        let states = match tables.get_mut(name) {
            Some(states) => states,
            None => tables.entry(name.to_owned()).or_default(),
        };
        let before = states.remove(key);
        let (after, outcome) = change(before.filter(|state| state.expires > now));
        if let Some(state) = after {
            states.make_room(now);
            states.insert(key, state);
        }
        outcome
    }
}

impl States {
    fn insert(&mut self, key: Key, state: State) {
        self.by_key.insert(key, state);
        self.by_expiry.insert((state.expires, key));
    }

    fn remove(&mut self, key: Key) -> Option<State> {
        let state = self.by_key.remove(&key)?;
        self.by_expiry.remove(&(state.expires, key));
        Some(state)
    }

    /// Removes two keys that have expired, if there are any, so that each insertion makes the table smaller; and more while it is full.
    fn make_room(&mut self, now: i64) {
        let mut expired = 0;
        while let Some(&(expires, key)) = self.by_expiry.first() {
            let is_expired = expires <= now && expired < 2;
            if !is_expired && self.by_key.len() < MOST {
                return;
            }
            expired += 1;
            self.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u32) -> Key {
        Key::new("limit", "test", &number.to_be_bytes())
    }

    /// Counts a use of a key of the limit `test`, which expires at a time; returns the number of uses before.
    fn count(memory: &Memory, number: u32, now: i64, expires: i64) -> u32 {
        count_of(memory, "test", number, now, expires)
    }

    fn count_of(memory: &Memory, name: &str, number: u32, now: i64, expires: i64) -> u32 {
        memory.change(name, key(number), now, |state| {
            let failures = state.map_or(0, |state| state.failures);
            let state = State {
                failures: failures + 1,
                time: 0,
                expires,
            };
            (Some(state), failures)
        })
    }

    fn len(memory: &Memory) -> usize {
        let tables = memory.tables.lock().expect("no panic");
        let states = &tables["test"];
        assert_eq!(states.by_key.len(), states.by_expiry.len());
        states.by_key.len()
    }

    #[test]
    fn a_state_is_kept_until_it_expires() {
        let memory = Memory::new();
        assert_eq!(count(&memory, 1, 0, 10), 0);
        assert_eq!(count(&memory, 1, 9, 19), 1);
        assert_eq!(count(&memory, 1, 19, 29), 0);
        assert_eq!(
            memory
                .change("test", key(1), 20, |state| (None, state))
                .map(|state| state.failures),
            Some(1)
        );
        assert_eq!(len(&memory), 0);
    }

    #[test]
    fn expired_keys_are_removed_by_and_by() {
        let memory = Memory::new();
        for number in 0..100 {
            count(&memory, number, 0, 10);
        }
        for number in 100..200 {
            count(&memory, number, 10, 20);
        }
        assert_eq!(len(&memory), 100, "two go for each that comes");
    }

    #[test]
    fn attack_142_a_flood_of_addresses_is_bounded_and_forgets_nobody_who_is_refused() {
        let memory = Memory::new();
        // Somebody who has used up a limit expires late.
        count(&memory, 0, 0, 60);
        for number in 1..=200_000 {
            count(&memory, number, 0, 6);
        }
        assert_eq!(len(&memory), MOST);
        assert_eq!(count(&memory, 0, 1, 60), 1, "remembered");
        assert_eq!(count(&memory, 200_000, 1, 6), 1, "never all at once");
        let remembered = (1..=200_000).filter(|number| {
            memory.change("test", key(*number), 1, |state| (state, state.is_some()))
        });
        assert!(remembered.count() > MOST / 2);
    }

    /// Attack 142: accounts that are invented, whose failures are remembered for longer than any request of an address.
    #[test]
    fn attack_142_a_flood_of_one_limit_makes_no_other_one_be_forgotten() {
        let memory = Memory::new();
        count_of(&memory, "addresses", 1, 0, 6);
        for number in 0..150_000 {
            count(&memory, number, 0, 1000);
        }
        assert_eq!(len(&memory), MOST);
        assert_eq!(count_of(&memory, "addresses", 1, 1, 6), 1, "remembered");
    }
}
