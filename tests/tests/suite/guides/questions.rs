//! The questions that are answered within two clicks: the page of questions is one from everywhere, and each question leads to a heading.

use super::{anchors, guide, links};

/// The least number of questions.
const LEAST: usize = 30;

#[test]
fn every_question_leads_to_its_answer() {
    let page = guide("questions.md");
    let questions: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    assert!(questions.len() >= LEAST, "{} questions", questions.len());
    for (index, question) in questions.iter().enumerate() {
        assert!(
            question.starts_with(&format!("{}. ", index + 1)),
            "{question}"
        );
        assert!(
            question.contains("? ["),
            "a question and its answer: {question}"
        );
        let answers = links(question);
        let [answer] = answers.as_slice() else {
            panic!("one answer: {question}");
        };
        let (name, anchor) = answer.split_once('#').expect("an answer has a heading");
        assert!(anchors(&guide(name)).contains(anchor), "{question}");
    }
    // The first page leads to them.
    assert!(links(&guide("README.md")).contains(&"questions.md".to_owned()));
}
