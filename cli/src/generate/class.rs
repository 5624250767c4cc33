//! The name of the struct that a generated module has.

use heck::ToUpperCamelCase;

/// The names that are in scope where the struct is, or in its tests: of the framework's prelude as far as the code uses it, of the prelude
/// of the test kit, and of the crates. A struct of that name would hide them, or be ambiguous.
const IN_SCOPE: [&str; 33] = [
    "ActiveModelTrait",
    "App",
    "AppContext",
    "Db",
    "Deserialize",
    "EntityTrait",
    "Error",
    "Factory",
    "Job",
    "JobContext",
    "JobError",
    "Jobs",
    "Key",
    "Mail",
    "Mailbox",
    "Mailer",
    "Mailers",
    "Parser",
    "Result",
    "Schedule",
    "Serialize",
    "Set",
    "StatusCode",
    "Task",
    "Tasks",
    "TestApp",
    "TestRequest",
    "TestResponse",
    "UpdateAt",
    "Value",
    "Versioned",
    "String",
    "Vec",
];

/// The name of the struct in a module; `kind` makes another one of what is in scope already: `DbTask`.
pub(super) fn class_of(module: &str, kind: &str) -> String {
    let class = module.to_upper_camel_case();
    if IN_SCOPE.contains(&class.as_str()) {
        format!("{class}{kind}")
    } else {
        class
    }
}
