//! A writer of TypeScript lines, which are indented and wrapped.

/// The greatest length of a line, where it can be chosen.
const WIDTH: usize = 110;

/// Lines of a file, indented by two spaces for each level.
#[derive(Debug, Default)]
pub(super) struct Lines {
    text: String,
    depth: usize,
}

impl Lines {
    /// A writer that begins at an indentation level.
    pub(super) fn at(depth: usize) -> Self {
        Self {
            text: String::new(),
            depth,
        }
    }

    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Adds a line.
    pub(super) fn push(&mut self, line: impl AsRef<str>) {
        self.text.push_str(&"  ".repeat(self.depth));
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Adds lines one level deeper.
    pub(super) fn indented(&mut self, add: impl FnOnce(&mut Self)) {
        self.depth += 1;
        add(self);
        self.depth -= 1;
    }

    /// Returns whether a line fits the width at the present indentation.
    pub(super) fn fits(&self, line: &str) -> bool {
        self.depth * 2 + line.len() <= WIDTH && !line.contains('\n')
    }

    /// Adds items separated by commas, as many on a line as fit.
    pub(super) fn fill(&mut self, items: &[String]) {
        let mut line = String::new();
        for item in items {
            let longer = format!("{line} {item},");
            if !line.is_empty() && !self.fits(longer.trim_start()) {
                self.push(line.trim_start());
                line.clear();
            }
            line += &format!(" {item},");
        }
        self.push(line.trim_start());
    }

    /// Adds a documentation comment; none without paragraphs.
    pub(super) fn comment(&mut self, paragraphs: &[String]) {
        let text = paragraphs.join("\n\n").replace("*/", "*\\/");
        if text.is_empty() {
            return;
        }
        if !text.contains('\n') {
            self.push(format!("/** {text} */"));
            return;
        }
        self.push("/**");
        for line in text.lines() {
            self.push(format!(" * {line}").trim_end());
        }
        self.push(" */");
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// A text as a TypeScript string literal.
pub(super) fn quoted(text: &str) -> String {
    // JSON strings are TypeScript strings since ES2019.
    serde_json::Value::from(text).to_string()
}
