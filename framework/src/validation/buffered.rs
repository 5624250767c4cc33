//! The location of problems in values that serde decodes from a copy.
//!
//! An internally tagged enum, and a flattened struct, is read from a buffer of its entries that knows nothing of their places, so a wrong
//! field looks like a problem of the object around it.

use serde::de::DeserializeOwned;

use super::{
    decoder::Decoder,
    failure::Failure,
    tree::{Content, Located, Node, NodeChange},
};

/// Moves a problem from an object to the value in it that has the problem.
///
/// The entries are decoded in their order. A value that no type takes, put in the place of one of them, ends that before the problem or in
/// its place, but not after it. So the last entry where such a value makes a difference is the one at fault.
pub(super) fn locate<T: DeserializeOwned>(
    root: &mut Node,
    mut located: Located,
    trials: &mut usize,
) -> Located {
    let NodeChange::Problem(problem) = &located.change else {
        return located;
    };
    let unfit = match &*problem.code {
        "invalid_type" | "invalid_value" => Content::Null,
        "null" => Content::Array(Vec::new()),
        _ => return located,
    };
    let reported = located.clone();
    loop {
        let steps: Vec<_> = located.path.iter().rev().copied().collect();
        let Some(object) = root.descendant_mut(&steps) else {
            return located;
        };
        let Content::Object(entries) = &object.content else {
            return located;
        };
        let count = entries.len();
        match trials.checked_sub(count) {
            Some(rest) => *trials = rest,
            None => return located,
        }
        let differs = |step: &usize| {
            let mut own_path = located.path.clone();
            own_path.insert(0, *step);
            let look = |root: &Node| match T::deserialize(Decoder(root))
                .map_err(|failure| failure.at(root))
            {
                // A problem in the value itself, such as the tag: that is not read from a copy.
                Err(Failure::Located(located)) if located.path == own_path => false,
                Err(Failure::Located(located)) => *located != reported,
                _ => true,
            };
            root.while_replaced(&steps, *step, unfit.clone().into(), look) == Some(true)
        };
        match (0..count).rev().find(differs) {
            Some(step) => located.path.insert(0, step),
            None => return located,
        }
    }
}
