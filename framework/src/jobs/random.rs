//! Random numbers for jitter.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// A generator of random numbers (`SplitMix64`, of Steele, Lea and Flood), for jitter and ids. Whoever knows its seed can foretell them,
/// as a simulation does. Cheap to clone; every clone continues the same sequence.
#[derive(Clone)]
pub(crate) struct Random(Arc<AtomicU64>);

/// The golden ratio, as a fraction of 2⁶⁴.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

impl Random {
    /// A generator with a seed of the system.
    pub(crate) fn new() -> Self {
        Self::with_seed(RandomState::new().hash_one(0))
    }

    pub(crate) fn with_seed(seed: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seed)))
    }

    pub(crate) fn number(&self) -> u64 {
        let state = self.0.fetch_add(GAMMA, Ordering::Relaxed);
        let mut z = state.wrapping_add(GAMMA);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to 1, without 1.
    #[expect(
        clippy::cast_precision_loss,
        reason = "53 bits fit into the number, and 2⁵³ as well"
    )]
    pub(crate) fn fraction(&self) -> f64 {
        (self.number() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A time from three quarters of `time` to all of it, so that processes do not keep step.
    pub(crate) fn jittered(&self, time: Duration) -> Duration {
        time.mul_f64(0.75 + self.fraction() / 4.0)
    }

    /// A UUID of version 7 (RFC 9562, section 5.7) of the given time.
    pub(crate) fn uuid(&self, millis: i64) -> uuid::Uuid {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&self.number().to_ne_bytes());
        bytes[8..].copy_from_slice(&self.number().to_ne_bytes()[..2]);
        let millis = u64::try_from(millis).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_determines_the_sequence() {
        let numbers = |seed| {
            let random = Random::with_seed(seed);
            [random.number(), random.number(), random.number()]
        };
        assert_eq!(numbers(7), numbers(7));
        assert_ne!(numbers(7), numbers(8));
        let random = Random::with_seed(1);
        assert!((0..1000).all(|_| (0.0..1.0).contains(&random.fraction())));
    }
}
