//! Figures, tables of them, and what they should be.

use std::fmt;

use serde_json::{Value, json};

/// What was measured several times.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures(Vec<f64>);

impl Figures {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn push(&mut self, figure: f64) {
        self.0.push(figure);
    }

    /// Each figure divided by that of the same round.
    pub(crate) fn ratios(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a / b).collect())
    }

    /// The middle one; 0 when nothing was measured.
    pub(crate) fn median(&self) -> f64 {
        let sorted = self.sorted();
        let middle = sorted.len() / 2;
        match sorted.len() {
            0 => 0.0,
            odd if odd % 2 == 1 => sorted[middle],
            _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
        }
    }

    /// The median, and between what the figures lie.
    pub(crate) fn show(&self, decimals: usize) -> String {
        let sorted = self.sorted();
        match (sorted.first(), sorted.last()) {
            (Some(low), Some(high)) if sorted.len() > 1 => {
                let median = self.median();
                format!("{median:.decimals$} ({low:.decimals$}–{high:.decimals$})")
            }
            (Some(only), _) => format!("{only:.decimals$}"),
            _ => "–".to_owned(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        json!({ "median": self.median(), "all": self.0 })
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }
}

impl FromIterator<f64> for Figures {
    fn from_iter<I: IntoIterator<Item = f64>>(figures: I) -> Self {
        Self(figures.into_iter().collect())
    }
}

/// A table in Markdown.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new<S: Into<String>>(head: impl IntoIterator<Item = S>) -> Self {
        let mut table = Self { rows: Vec::new() };
        table.row(head);
        table
    }

    pub(crate) fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, row) in self.rows.iter().enumerate() {
            writeln!(f, "| {} |", row.join(" | "))?;
            if number == 0 {
                writeln!(f, "|{}", "---|".repeat(row.len()))?;
            }
        }
        Ok(())
    }
}

/// What is wanted, and whether it is met.
pub(crate) struct Targets {
    table: Table,
    figures: Vec<Value>,
}

impl Targets {
    pub(crate) fn new() -> Self {
        Self {
            table: Table::new(["target", "measured", "wanted", ""]),
            figures: Vec::new(),
        }
    }

    pub(crate) fn at_least(&mut self, what: &str, measured: f64, wanted: f64) {
        self.add(what, measured, "≥", wanted, measured >= wanted);
    }

    pub(crate) fn at_most(&mut self, what: &str, measured: f64, wanted: f64) {
        self.add(what, measured, "≤", wanted, measured <= wanted);
    }

    fn add(&mut self, what: &str, measured: f64, sign: &str, wanted: f64, met: bool) {
        let verdict = if met { "met" } else { "**missed**" };
        self.table.row([
            what.to_owned(),
            plain(measured),
            format!("{sign} {}", plain(wanted)),
            verdict.to_owned(),
        ]);
        self.figures
            .push(json!({ "target": what, "measured": measured, "wanted": wanted, "met": met }));
    }

    /// Prints them and gives them as JSON.
    pub(crate) fn print(self) -> Value {
        println!("\n{}", self.table);
        self.figures.into()
    }
}

/// As many decimals as say something.
fn plain(figure: f64) -> String {
    match figure.abs() {
        large if large >= 100.0 => format!("{figure:.0}"),
        medium if medium >= 10.0 => format!("{figure:.1}"),
        _ => format!("{figure:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Figures, Table};

    #[test]
    fn the_median_is_in_the_middle() {
        let figures = |all: &[f64]| all.iter().copied().collect::<Figures>();
        assert_eq!(figures(&[3.0, 1.0, 2.0]).show(1), "2.0 (1.0–3.0)");
        assert_eq!(figures(&[4.0, 1.0, 2.0, 3.0]).show(1), "2.5 (1.0–4.0)");
        assert_eq!(figures(&[4.0]).show(0), "4");
        assert_eq!(figures(&[]).show(0), "–");
    }

    #[test]
    fn tables_are_markdown() {
        let mut table = Table::new(["a", "b"]);
        table.row(["1", "2"]);
        assert_eq!(table.to_string(), "| a | b |\n|---|---|\n| 1 | 2 |\n");
    }
}
