//! Tests of who may call what.

use crate::app::App;

/// A change of a rule shows in review: `BLESS=1 cargo test access::` accepts it.
#[test]
fn rules_are_as_they_were_reviewed() {
    fw_testing::assert_access_rules::<App>("src/access/routes.snap");
}
