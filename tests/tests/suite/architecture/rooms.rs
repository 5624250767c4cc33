//! The rooms: those who boot, migrate, serve and check read the list of them and name none.

use std::fs;

use fw_tests::app::repository;
use syn::{Fields, Item};

use super::FRAMEWORK;

const RULE: &str = "\
whoever reads the list of rooms names none of them, so that a room is added by one line in `builtin.rs`.
Give `Room` a field for what is needed here, set it in the `room.rs` of the room, and read it from the list.";

/// Those who read the list: modules, or files of one.
const READERS: &[&str] = &[
    "app",
    "boot",
    "migration",
    "task",
    "server",
    "command/doctor",
];

/// The rooms in `builtin.rs`, by their modules.
fn rooms() -> Vec<String> {
    let modules = &FRAMEWORK.source.modules;
    let builtin = modules.iter().find(|module| module.path == ["builtin"]);
    let names = &builtin.expect("the list of rooms").names;
    let rooms = names
        .iter()
        .filter_map(|name| match name.segments.as_slice() {
            [.., room, last] if last == "ROOM" => Some(room.clone()),
            [.., room, part, last] if part == "room" && last == "ROOM" => Some(room.clone()),
            _ => None,
        });
    rooms.collect()
}

#[test]
fn nobody_who_reads_the_list_of_rooms_names_one() {
    let rooms = rooms();
    for expected in ["db", "idempotency", "backup", "openapi"] {
        assert!(rooms.iter().any(|room| room == expected), "{rooms:?}");
    }
    let mut broken = Vec::new();
    for module in &FRAMEWORK.source.modules {
        let path = module.name();
        let is_in = |reader: &&str| path == **reader || path.starts_with(&format!("{reader}/"));
        if module.test || !READERS.iter().any(is_in) {
            continue;
        }
        for name in module.names.iter().filter(|name| !name.test) {
            for room in &rooms {
                let is_needed = match room.as_str() {
                    // Without the database there is nothing to boot or to migrate; that it is well is a matter of its room.
                    "db" => path != "server/health",
                    // An application lists its jobs and its schedule, and the boot starts what runs them; their tables and findings are a matter of their rooms.
                    "jobs" | "queue" | "scheduler" => {
                        path.starts_with("app") || path.starts_with("boot")
                    }
                    // An application has templates, messages, assets, mails, and roles of its accounts.
                    "auth" | "mailer" | "view" => path.starts_with("app"),
                    _ => false,
                };
                if name.segments.contains(room) && !is_needed {
                    broken.push(format!("{}:{} names `{room}`", module.file, name.line));
                }
            }
        }
    }
    super::assert_none(RULE, &broken);
}

#[test]
fn the_guide_has_everything_that_a_room_brings() {
    let text = fs::read_to_string(repository().join("framework/src/room/mod.rs"));
    let file = syn::parse_file(&text.expect("the file can be read")).expect("it can be parsed");
    let room = file.items.into_iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == "Room" => Some(item.fields),
        _ => None,
    });
    let Some(Fields::Named(fields)) = room else {
        panic!("`Room` is a struct in `room/mod.rs`");
    };
    let guide = fs::read_to_string(repository().join("guides/architecture.md"));
    let guide = guide.expect("the guide can be read");
    for field in fields.named {
        let start = format!("| `{}` |", field.ident.expect("a name"));
        assert!(
            guide.lines().any(|line| line.starts_with(&start)),
            "the table of what a room brings in `guides/architecture.md` has no row `{start}`: add it there"
        );
    }
}
