//! The room of schedules: the job that runs tasks.

use super::task_job::TaskJob;
use crate::{jobs::Jobs, room::Room};

pub(crate) const ROOM: Room = Room {
    name: "schedule",
    jobs: || Jobs::new().add::<TaskJob>(),
    ..Room::NONE
};
