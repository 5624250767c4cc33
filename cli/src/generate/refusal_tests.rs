//! Renders the tests of a scaffold that ask for what is refused.

use super::request_tests::{TestFile, each, patch, test};

impl TestFile<'_> {
    pub(super) fn bad_queries() -> String {
        test(
            "refuses_bad_queries",
            "for query in [\"limit=0\", \"limit=101\", \"cursor=x\", \"page=0\", \"sort=nope\", \"nope=1\"] {\n\
             let response = app.get(&format!(\"{PATH}?{query}\")).await;\n\
             response.assert_problem(422, \"validation_failed\");\n}\n",
        )
    }

    pub(super) fn unknown_id(&self) -> String {
        let body = self.body("1");
        let patch = self.patchable().map_or("json!({})".to_owned(), patch);
        let any = self.any_version();
        test(
            "answers_404_for_an_unknown_id",
            &format!(
                "let body = {body};\n\
                 for id in [\"999999\", \"-1\", \"x\"] {{\n\
                 let path = format!(\"{{PATH}}/{{id}}\");\n\
                 app.get(&path).await.assert_problem(404, \"not_found\");\n\
                 app.put(&path){any}.json(&body).await.assert_problem(404, \"not_found\");\n\
                 app.patch(&path){any}.json(&{patch}).await.assert_problem(404, \"not_found\");\n\
                 app.delete(&path){any}.await.assert_problem(404, \"not_found\");\n}}\n"
            ),
        )
    }

    pub(super) fn malformed() -> String {
        test(
            "refuses_a_body_that_is_no_json",
            "let request = app.post(PATH).header(\"content-type\", \"application/json\");\n\
             request.body(\"{\").await.assert_problem(400, \"malformed_body\");\n",
        )
    }

    pub(super) fn unknown_fields(&self) -> String {
        test(
            "refuses_fields_that_are_not_the_clients",
            &format!(
                "let mut body = {};\n\
                 body[\"id\"] = json!(7);\n\
                 body[\"created_at\"] = json!(\"2026-01-01T00:00:00Z\");\n\
                 let response = app.post(PATH).json(&body).await;\n\
                 response.assert_problem(422, \"validation_failed\");\n\
                 response.assert_pointers([\"/created_at\", \"/id\"]);\n\
                 response.assert_field(\"/id\", \"unknown_field\");\n",
                self.body("1")
            ),
        )
    }

    pub(super) fn missing_fields(&self) -> Option<String> {
        let required: Vec<String> = self
            .fields()
            .iter()
            .filter(|field| field.required && field.default.is_none())
            .map(|field| format!("\"/{}\"", field.column()))
            .collect();
        if required.is_empty() {
            return None;
        }
        Some(test(
            "names_every_field_that_is_missing",
            &format!(
                "let response = app.post(PATH).json(&json!({{}})).await;\n\
                 response.assert_problem(422, \"validation_failed\");\n\
                 response.assert_pointers([{}]);\n",
                required.join(", ")
            ),
        ))
    }

    pub(super) fn bad_values(&self) -> Option<String> {
        let cases: Vec<String> = self
            .fields()
            .iter()
            .flat_map(|field| {
                field
                    .invalid()
                    .into_iter()
                    .map(move |case| (field.column(), case))
            })
            .map(|(column, case)| {
                format!("(\"{column}\", json!({}), \"{}\")", case.value, case.code)
            })
            .collect();
        if cases.is_empty() {
            return None;
        }
        Some(test(
            "refuses_bad_values",
            &format!(
                "let good = {};\n{}",
                self.body("1"),
                each(
                    "(name, value, code)",
                    &cases,
                    &format!(
                        "let mut body = good.clone();\n\
                         body[name] = value.clone();\n\
                         let response = app.post(PATH).json(&body).await;\n\
                         response.assert_problem(422, \"validation_failed\");\n\
                         response.assert_field(&format!(\"/{{name}}\"), code);\n\
                         let response = app.patch(&format!(\"{{PATH}}/1\")){}.json(&json!({{ name: value }})).await;\n\
                         response.assert_field(&format!(\"/{{name}}\"), code);\n",
                        self.any_version()
                    )
                )
            ),
        ))
    }

    pub(super) fn conflict(&self) -> Option<String> {
        let unique: Vec<String> = self
            .fields()
            .iter()
            .filter(|field| field.unique && !self.is_self(field))
            .map(|field| format!("{:?}", field.column()))
            .collect();
        if unique.is_empty() {
            return None;
        }
        Some(test(
            "refuses_a_value_that_is_taken",
            &format!(
                "let (taken, other) = ({}, {});\n\
                 app.post(PATH).json(&taken).await.assert_status(201);\n{}",
                self.body("1"),
                self.body("2"),
                each(
                    "name",
                    &unique,
                    "let mut body = other.clone();\n\
                     body[name] = taken[name].clone();\n\
                     let response = app.post(PATH).json(&body).await;\n\
                     response.assert_problem(409, \"conflict\");\n\
                     response.assert_field(&format!(\"/{name}\"), \"not_unique\");\n"
                )
            ),
        ))
    }

    pub(super) fn missing_reference(&self) -> Option<String> {
        if self.references.is_empty() {
            return None;
        }
        let columns: Vec<String> = self
            .references
            .iter()
            .map(|reference| format!("{:?}", reference.field.column()))
            .collect();
        Some(test(
            "refuses_a_reference_to_nothing",
            &format!(
                "let good = {};\n{}",
                self.body("1"),
                each(
                    "name",
                    &columns,
                    "let mut body = good.clone();\n\
                     body[name] = json!(999_999);\n\
                     let response = app.post(PATH).json(&body).await;\n\
                     response.assert_problem(422, \"validation_failed\");\n\
                     response.assert_field(&format!(\"/{name}\"), \"not_found\");\n"
                )
            ),
        ))
    }
}
