//! No circles: of the modules that stand side by side in a folder, with all that is below them, each can be read after
//! those that it uses.

use std::collections::{BTreeMap, BTreeSet};

use super::{CLI, Crate, FRAMEWORK, TESTING, references::Reference};

const RULE: &str = "\
modules that stand side by side use each other in a circle, so none of them can be read, tested or changed by itself.
Move what both sides need to a module of its own that uses neither (a leaf), or move the code to the side that needs it.
A module and the one that declares it may use each other.";

#[test]
fn the_framework_has_no_circles_inside_its_rooms() {
    // Between rooms there is the stricter rule of layers.
    let found = circles(&FRAMEWORK, |parent| parent != 0);
    super::assert_none(RULE, &found.into_values().collect::<Vec<_>>());
}

#[test]
fn the_test_kit_has_no_circles() {
    let found = circles(&TESTING, |_| true);
    super::assert_none(RULE, &found.into_values().collect::<Vec<_>>());
}

#[test]
fn the_command_line_tool_has_no_circles() {
    let found = circles(&CLI, |_| true);
    super::assert_none(RULE, &found.into_values().collect::<Vec<_>>());
}

/// The circles between the modules that one module declares, for every module that a test of it lets pass: a name for each,
/// and how to show it.
fn circles(of: &Crate, is_looked_at: impl Fn(usize) -> bool) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (index, module) in of.source.modules.iter().enumerate() {
        if !is_looked_at(index) {
            continue;
        }
        let children: BTreeSet<usize> = module.children.values().copied().collect();
        // The first reference from one child, or something in it, to another.
        let mut uses: BTreeMap<usize, BTreeMap<usize, &Reference>> = BTreeMap::new();
        let child_of = |module: usize| {
            let mut child = children.iter().copied();
            child.find(|child| of.source.is_within(module, *child))
        };
        for reference in of.references.iter().filter(|reference| !reference.test) {
            if let (Some(from), Some(to)) = (child_of(reference.from), child_of(reference.to))
                && from != to
            {
                uses.entry(from).or_default().entry(to).or_insert(reference);
            }
        }
        for circle in tied(&uses) {
            let names: Vec<_> = circle
                .iter()
                .map(|module| {
                    of.source.modules[*module]
                        .path
                        .last()
                        .expect("a name")
                        .as_str()
                })
                .collect();
            let folder = [of.source.modules[index].name(), String::new()].join("/");
            let folder = folder.trim_start_matches('/');
            let title = format!("{folder}{{{}}}", names.join(", "));
            let inside = uses
                .iter()
                .flat_map(|(from, others)| others.iter().map(move |(to, by)| (from, to, by)))
                .filter(|(from, to, _)| circle.contains(from) && circle.contains(to))
                .map(|(_, _, by)| format!("    {}", by.show(&of.source)));
            let lines: Vec<_> = [format!("{title}:")].into_iter().chain(inside).collect();
            all.insert(title, lines.join("\n"));
        }
    }
    all
}

/// The sets of those that reach each other.
fn tied(uses: &BTreeMap<usize, BTreeMap<usize, &Reference>>) -> Vec<BTreeSet<usize>> {
    let reached = |from: usize| {
        let mut reached = BTreeSet::new();
        let mut next = vec![from];
        while let Some(module) = next.pop() {
            for other in uses.get(&module).into_iter().flat_map(BTreeMap::keys) {
                if reached.insert(*other) {
                    next.push(*other);
                }
            }
        }
        reached
    };
    let reach: BTreeMap<usize, BTreeSet<usize>> = uses
        .keys()
        .map(|module| (*module, reached(*module)))
        .collect();
    let mut sets = BTreeSet::new();
    for (module, others) in &reach {
        if others.contains(module) {
            let back = |other: &&usize| reach.get(other).is_some_and(|of| of.contains(module));
            sets.insert(others.iter().filter(back).copied().collect());
        }
    }
    sets.into_iter().collect()
}

#[test]
fn a_circle_through_folders_and_re_exports_is_found() {
    let found = circles(&Crate::read("tests/fixtures/references"), |_| true);
    // `folder` re-exports what `unit` defines, and `unit` uses what `folder/deep` defines.
    let names: Vec<_> = found.keys().collect();
    assert_eq!(names, ["{folder, unit}"]);
}
