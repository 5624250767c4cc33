//! The list of the built-in rooms, the parts of the framework that plug into every application. A new one is a folder of its own and
//! a line here.

use crate::{backup, db, idempotency, jobs, limits, queue, room::Room, scheduler};

/// The built-in rooms, in the order in which they start and in which their health is checked.
pub(crate) const ROOMS: &[Room] = &[
    db::ROOM,
    limits::ROOM,
    #[cfg(feature = "signing")]
    crate::signing::ROOM,
    #[cfg(feature = "auth")]
    crate::auth::ROOM,
    #[cfg(feature = "audit")]
    crate::audit::ROOM,
    idempotency::ROOM,
    queue::ROOM,
    jobs::ROOM,
    scheduler::ROOM,
    backup::ROOM,
    #[cfg(feature = "openapi")]
    crate::openapi::ROOM,
    #[cfg(feature = "_templates")]
    crate::view::ROOM,
    #[cfg(feature = "_templates")]
    crate::devtools::ROOM,
    #[cfg(feature = "mailer")]
    crate::mailer::ROOM,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::ROOMS;
    use crate::{jobs::Jobs, scheduler::Schedule, task::Tasks};

    #[test]
    fn rooms_have_names_of_their_own() {
        let names: BTreeSet<&str> = ROOMS.iter().map(|room| room.name).collect();
        assert_eq!(names.len(), ROOMS.len());
        assert!(!names.contains(""));
    }

    #[test]
    fn the_built_in_rooms_are_compatible() {
        let all = ROOMS.iter().map(|room| (room.tasks)());
        let tasks = all.fold(Tasks::new(), Tasks::merge);
        let names: Vec<&str> = tasks.list().iter().map(|task| task.name).collect();
        let expected = [
            (cfg!(feature = "auth"), "access:matrix"),
            (cfg!(feature = "audit"), "audit:list"),
            (cfg!(feature = "audit"), "audit:prune"),
            (cfg!(feature = "auth"), "auth:prune"),
            (cfg!(feature = "auth"), "auth:reseal"),
            (true, "db:backup"),
            (true, "db:restore"),
            (true, "idempotency:prune"),
        ];
        let expected = expected.into_iter().filter(|(there, _)| *there);
        let expected: Vec<_> = expected.map(|(_, name)| name).collect();
        assert_eq!(names, expected);
        let all = ROOMS.iter().map(|room| (room.schedule)());
        let schedule = all.fold(Schedule::new(), Schedule::merge);
        assert!(schedule.check(&tasks, &Jobs::new()).is_ok(), "{schedule:?}");

        let mut migrations = BTreeSet::new();
        for migration in ROOMS.iter().flat_map(|room| (room.migrations)()) {
            let name = migration.name().to_owned();
            assert!(name.starts_with("fw_2"), "{name}");
            assert!(migrations.insert(name), "a name is there twice");
        }
    }

    #[test]
    fn wrong_arguments_of_a_backup_are_refused() {
        let all = ROOMS.iter().map(|room| (room.tasks)());
        let tasks = all.fold(Tasks::new(), Tasks::merge);
        for wrong in ["--nope", "keep:0", "keep_days=0", "stray"] {
            let refused = tasks.prepare("db:backup", &[wrong.into()]).err();
            assert_eq!(refused.map(|error| error.exit_code()), Some(2), "{wrong}");
        }
    }
}
