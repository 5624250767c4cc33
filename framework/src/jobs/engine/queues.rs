//! The order in which the queues are asked for jobs: a smooth weighted round robin.

use crate::queue::store::RateLimit;

/// A queue that this process serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueueSettings {
    pub(crate) name: String,
    /// The share of the free slots, relative to the other queues.
    pub(crate) weight: u32,
    /// The maximum number of jobs of this queue that run at once in this process.
    pub(crate) concurrency: usize,
    /// The number of its jobs that begin in a time, in all processes together.
    pub(crate) limit: Option<RateLimit>,
}

/// The turns of the queues. Of a long row of turns each queue gets the share of its weight, and they are spread evenly: with the weights
/// 2 and 1 the turns are a, b, a, a, b, a.
pub(super) struct Turns {
    queues: Vec<Turn>,
}

struct Turn {
    weight: i64,
    credit: i64,
}

impl Turns {
    pub(super) fn new(queues: &[QueueSettings]) -> Self {
        let queues = queues.iter().map(|queue| Turn {
            weight: i64::from(queue.weight),
            credit: 0,
        });
        Self {
            queues: queues.collect(),
        }
    }

    /// Distributes `slots` among the queues. `capacity` is what each can take: a queue without any is passed over. Returns the number
    /// of slots of each.
    pub(super) fn distribute(&mut self, slots: usize, capacity: &[usize]) -> Vec<usize> {
        let mut shares = vec![0; self.queues.len()];
        for _ in 0..slots {
            let Some(index) = self.next(|index| shares[index] < capacity[index]) else {
                break;
            };
            shares[index] += 1;
        }
        shares
    }

    /// The next turn among the queues that have room.
    fn next(&mut self, has_room: impl Fn(usize) -> bool) -> Option<usize> {
        let mut total = 0;
        let mut best: Option<usize> = None;
        for index in 0..self.queues.len() {
            if !has_room(index) {
                continue;
            }
            total += self.queues[index].weight;
            self.queues[index].credit += self.queues[index].weight;
            if best.is_none_or(|best| self.queues[index].credit > self.queues[best].credit) {
                best = Some(index);
            }
        }
        let best = best?;
        self.queues[best].credit -= total;
        Some(best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(weights: &[u32]) -> Turns {
        let queues: Vec<_> = weights
            .iter()
            .map(|weight| QueueSettings {
                name: String::new(),
                weight: *weight,
                concurrency: 1,
                limit: None,
            })
            .collect();
        Turns::new(&queues)
    }

    #[test]
    fn each_queue_gets_its_share() {
        let mut turns = turns(&[3, 1]);
        assert_eq!(turns.distribute(8, &[8, 8]), [6, 2]);
        // One slot at a time comes to the same.
        let mut sum = [0, 0];
        for _ in 0..8 {
            let shares = turns.distribute(1, &[8, 8]);
            sum[0] += shares[0];
            sum[1] += shares[1];
        }
        assert_eq!(sum, [6, 2]);
    }

    #[test]
    fn a_queue_takes_what_another_one_has_no_room_for() {
        let mut turns = turns(&[3, 1]);
        assert_eq!(turns.distribute(8, &[2, 8]), [2, 6]);
        assert_eq!(turns.distribute(8, &[0, 3]), [0, 3]);
        assert_eq!(turns.distribute(8, &[0, 0]), [0, 0]);
    }
}
