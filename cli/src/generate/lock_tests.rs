//! Renders the test of a scaffold with versions: nobody overwrites the change of another.

use super::request_tests::{TestFile, patch, test};

impl TestFile<'_> {
    /// What makes a write that is not about versions acceptable.
    pub(super) fn any_version(&self) -> &'static str {
        if self.is_locked() {
            ".header(\"if-match\", \"*\")"
        } else {
            ""
        }
    }

    pub(super) fn lock(&self) -> Option<String> {
        self.is_locked().then_some(())?;
        let patch = self.patchable().map_or("json!({})".to_owned(), patch);
        let writes = format!(
            "[app.put(&path).json(&body), app.patch(&path).json(&{patch}), app.delete(&path)]"
        );
        Some(test(
            "refuses_to_overwrite_the_change_of_another",
            &format!(
                "let path = format!(\"{{PATH}}/{{}}\", create(&app).await);\n\
                 let seen = app.get(&path).await.header(\"etag\").to_owned();\n\
                 assert_eq!(seen, \"\\\"1\\\"\");\n\
                 let body = {};\n\
                 let changed = app.put(&path).header(\"if-match\", &seen).json(&body).await;\n\
                 changed.assert_status(200);\n\
                 assert_eq!(changed.header(\"etag\"), \"\\\"2\\\"\");\n\
                 assert_eq!(changed.json()[\"lock_version\"], 2);\n\
                 for request in {writes} {{\n\
                 let response = request.header(\"if-match\", &seen).await;\n\
                 response.assert_problem(412, \"precondition_failed\");\n}}\n\
                 for request in {writes} {{\n\
                 request.await.assert_problem(428, \"precondition_required\");\n}}\n\
                 assert_eq!(app.get(&path).await.json(), changed.json());\n",
                self.body("2")
            ),
        ))
    }
}
