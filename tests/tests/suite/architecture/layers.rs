//! The layers of the framework: imports go downwards.

use std::{collections::BTreeMap, fs};

use fw_tests::app::repository;

use super::FRAMEWORK;

const RULE: &str = "\
the framework's modules use what is below them: lower layers, and those of their own layer that `MODULES` names.
Move the code that both need to the lower module, hand it in as a value or behind a trait, or let the upper one call.
The layers and what each is for: `guides/architecture.md`.";

/// The modules of the framework with their layers, from the bottom up. A module imports from lower layers, and from those of its
/// own layer that it names, which stand above it in this list: so there are no circles.
///
/// `*/room` are the plugs of the rooms: what is at or below `room.rs` or `room/` in the folder of a module. `auth/access` are the access types
/// and other extractors of `auth`, which know requests, and `auth/pages` its pages.
pub const MODULES: &[(&str, u8, &[&str])] = &[
    ("count", 0, &[]),
    ("error", 0, &["count"]),
    ("env", 0, &["error"]),
    ("validation", 0, &["count", "error"]),
    ("cookie", 0, &[]),
    ("mailbox", 0, &[]),
    ("config", 0, &["env", "error", "mailbox"]),
    ("telemetry", 1, &[]),
    ("db", 1, &[]),
    ("model", 1, &["db"]),
    ("migration", 1, &["db"]),
    ("dto", 1, &[]),
    ("redis_client", 1, &[]),
    ("limits", 1, &["redis_client"]),
    ("queue", 1, &["db", "limits", "redis_client"]),
    ("idempotency", 1, &[]),
    ("signing", 1, &[]),
    ("auth", 1, &["db", "limits", "migration", "signing"]),
    ("view", 1, &[]),
    ("markup", 1, &[]),
    ("context", 2, &[]),
    ("openapi", 3, &[]),
    ("controller", 3, &["openapi"]),
    ("audit", 3, &["controller"]),
    ("auth/access", 3, &["openapi", "controller", "audit"]),
    ("auth/pages", 3, &["openapi", "controller", "auth/access"]),
    ("devtools", 3, &["controller"]),
    ("middleware", 3, &["openapi", "controller", "devtools"]),
    ("jobs", 3, &["openapi", "controller"]),
    ("mailer", 3, &["openapi", "controller", "jobs"]),
    ("task", 3, &[]),
    ("scheduler", 3, &["jobs", "task"]),
    ("backup", 3, &["task"]),
    ("room", 4, &[]),
    ("*/room", 4, &["room"]),
    ("builtin", 4, &["room", "*/room"]),
    ("app", 4, &["builtin", "room"]),
    ("server", 4, &["room"]),
    ("boot", 4, &["app", "room", "server"]),
    ("command", 4, &["app", "boot", "room", "server"]),
    ("test_support", 5, &[]),
];

/// The map and the re-exports of the crate, which belong to no layer: what they re-export does.
const RE_EXPORTS: &[&str] = &["", "prelude"];

/// The name of a module in [`MODULES`].
fn layer_name(path: &[String]) -> &str {
    match path {
        [_, part, ..] if part == "room" => "*/room",
        [module, part, ..] if module == "auth" && part == "access" => "auth/access",
        [module, part, ..] if module == "auth" && part == "pages" => "auth/pages",
        [module, ..] => module,
        [] => "",
    }
}

#[test]
fn imports_go_downwards_only() {
    let layers: BTreeMap<_, _> = MODULES
        .iter()
        .map(|(name, layer, peers)| (*name, (*layer, *peers)))
        .collect();
    let modules = &FRAMEWORK.source.modules;
    let layer_of = |module: usize| {
        let name = layer_name(&modules[module].path);
        let (layer, peers) = layers.get(name).unwrap_or_else(|| {
            panic!(
                "{}: `{name}` has no layer; give it one in `MODULES`",
                modules[module].file
            )
        });
        (name, *layer, *peers)
    };
    let mut broken = Vec::new();
    for reference in FRAMEWORK
        .references
        .iter()
        .filter(|reference| !reference.test)
    {
        let is_map = |module: usize| RE_EXPORTS.contains(&layer_name(&modules[module].path));
        // A module may re-export what is in it.
        let is_own = FRAMEWORK.source.is_within(reference.to, reference.from);
        if is_own || is_map(reference.from) || is_map(reference.to) {
            continue;
        }
        let (from, layer, peers) = layer_of(reference.from);
        let (to, other, _) = layer_of(reference.to);
        if from != to && other >= layer && !peers.contains(&to) {
            let place = reference.show(&FRAMEWORK.source);
            broken.push(format!(
                "{place}: `{from}` (L{layer}) may not use `{to}` (L{other})"
            ));
        }
    }
    super::assert_none(RULE, &broken);
}

#[test]
fn the_list_of_layers_permits_no_circle() {
    for (index, (module, layer, peers)) in MODULES.iter().enumerate() {
        let below = &MODULES[..index];
        assert!(
            below.iter().all(|(_, other, _)| other <= layer),
            "`MODULES` goes from the bottom up, and `{module}` (L{layer}) stands after a higher layer: move it"
        );
        for peer in *peers {
            assert!(
                below.iter().any(|(name, ..)| name == peer),
                "`MODULES` lets `{module}` use `{peer}`, which does not stand before it, so that a circle would be permitted: \
                 untie them, or move `{peer}` up"
            );
        }
    }
}

#[test]
fn the_list_of_layers_has_no_module_that_is_gone() {
    let modules = &FRAMEWORK.source.modules;
    let gone: Vec<_> = MODULES
        .iter()
        .filter(|(name, ..)| {
            !modules
                .iter()
                .any(|module| layer_name(&module.path) == *name)
        })
        .map(|(name, ..)| format!("`{name}`"))
        .collect();
    super::assert_none(
        "`MODULES` has modules that do not exist: delete them there",
        &gone,
    );
}

#[test]
fn the_guide_has_every_layer() {
    let file = repository().join("guides/architecture.md");
    let guide = fs::read_to_string(file).expect("the guide can be read");
    for (module, layer, _) in MODULES {
        let start = format!("| L{layer} |");
        let row = guide.lines().find(|line| line.starts_with(&start));
        assert!(
            row.is_some_and(|row| row.contains(&format!("`{module}`"))),
            "`guides/architecture.md` does not have `{module}` in its row `{start}`: add it there"
        );
    }
}
