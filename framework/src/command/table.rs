//! Output of commands, as a table or as JSON.

use std::io::{self, Write};

/// Prints rows with aligned columns. A reader that has closed the pipe (`| head`) is no error.
pub(super) fn print<const N: usize>(head: [&str; N], rows: &[[String; N]]) {
    let mut widths = head.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: [&str; N]| {
        let padded: Vec<String> = cells
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    let mut text = line(head);
    for row in rows {
        text.push('\n');
        text.push_str(&line(row.each_ref().map(String::as_str)));
    }
    let _ = writeln!(io::stdout(), "{text}");
}

/// Prints a value as indented JSON.
pub(super) fn print_json<T: serde::Serialize>(value: &T) -> Result<(), serde_json::Error> {
    let text = serde_json::to_string_pretty(value)?;
    let _ = writeln!(io::stdout(), "{text}");
    Ok(())
}
