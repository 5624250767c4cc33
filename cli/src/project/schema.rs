//! The tables that an app's migrations create, found by reading the migrations one after the other.

use proc_macro2::TokenStream;

use super::tokens::{Call, all_calls, calls, function_body, names};

/// The tables after some migrations.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// The tables in the order in which they were created.
    pub tables: Vec<Table>,
    /// The former names of tables, each with the present one.
    renamed: Vec<(String, String)>,
}

/// One table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The name of the table.
    pub name: String,
    /// The expression that a migration creates it with: `table("posts")`.
    pub head: String,
    /// The columns besides those of `head`.
    pub columns: Vec<Column>,
    /// Calls on `head` that add no column, such as `.primary_key(…)`.
    pub extras: Vec<String>,
    /// The indexes of the table.
    pub indexes: Vec<Index>,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name of the column.
    pub name: String,
    /// The expression for the column: `string_len("title", 255)`.
    pub call: String,
}

/// One index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// The indexed columns.
    pub columns: Vec<String>,
    /// The expression for the index: `index("posts", ["author_id"])`.
    pub call: String,
}

impl Column {
    /// Returns whether it is made by this expression, however that is laid out.
    pub fn is(&self, call: &str) -> bool {
        let plain = |text: &str| text.replace(char::is_whitespace, "");
        plain(&self.call) == plain(call)
    }

    /// Returns whether it is a foreign key to a table: `references("author_id", "authors", …)`, or a clause of SQL.
    pub fn refers_to(&self, table: &str) -> bool {
        let by_call = self.call.starts_with("references")
            && self
                .call
                .parse::<TokenStream>()
                .is_ok_and(|tokens| names(&tokens).get(1).is_some_and(|name| name == table));
        by_call || self.call.contains(&format!("REFERENCES \"{table}\""))
    }
}

impl Schema {
    /// The table with this name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The present name of a table that had this one before, unless there is another of this name now.
    pub fn present_name(&self, former: &str) -> Option<&str> {
        let mut renamed = self.renamed.iter();
        renamed
            .find(|(from, _)| from == former)
            .map(|(_, to)| to.as_str())
    }

    /// The names that a table had before, the newest last.
    pub fn former_names(&self, table: &str) -> impl Iterator<Item = &str> {
        let renamed = self.renamed.iter();
        renamed
            .filter(move |(_, to)| to == table)
            .map(|(from, _)| from.as_str())
    }

    /// The other tables with a foreign key to this one.
    pub fn referring_to(&self, name: &str) -> Vec<&str> {
        let refers = |table: &&Table| {
            let by_column = table.columns.iter().any(|column| column.refers_to(name));
            let by_key = table
                .extras
                .iter()
                .any(|extra| extra.contains("foreign_key") && extra.contains(&format!("{name:?}")));
            table.name != name && (by_column || by_key)
        };
        self.tables
            .iter()
            .filter(refers)
            .map(|table| table.name.as_str())
            .collect()
    }

    /// Applies the `up` of a migration. Statements that cannot be understood, such as plain SQL, change nothing.
    pub fn apply(&mut self, source: &str) {
        let Ok(tokens) = source.parse::<TokenStream>() else {
            return;
        };
        for call in changes(&tokens) {
            self.apply_call(source, &call);
        }
    }

    fn apply_call(&mut self, source: &str, call: &Call) {
        let arguments = call.arguments.stream();
        match call.name.as_str() {
            "create_table" => {
                if let Some(table) = created(source, &arguments) {
                    self.renamed.retain(|(from, _)| *from != table.name);
                    self.tables.push(table);
                }
            }
            "drop_table" => {
                let dropped = names(&arguments);
                self.tables.retain(|table| !dropped.contains(&table.name));
                self.renamed.retain(|(_, to)| !dropped.contains(to));
            }
            "rename_table" => {
                if let [from, to] = names(&arguments).as_slice() {
                    self.rename_table(from, to);
                }
            }
            "alter_table" => self.alter(source, &arguments),
            "add_column" => {
                if let [table, name, ..] = names(&arguments).as_slice()
                    && let Some(table) = self.table_mut(table)
                    && let Some((_, column)) = inside(source, call).split_once(',')
                {
                    table.add_column(name, column.trim());
                }
            }
            "drop_column" => {
                if let [table, name] = names(&arguments).as_slice()
                    && let Some(table) = self.table_mut(table)
                {
                    table.drop_column(name);
                }
            }
            "rename_column" => {
                if let [table, from, to] = names(&arguments).as_slice()
                    && let Some(table) = self.table_mut(table)
                {
                    table.rename_column(from, to);
                }
            }
            "create_index" => self.create_index(source, &arguments),
            "drop_index" => {
                if let Some((table, columns)) = names(&arguments).split_first()
                    && let Some(table) = self.table_mut(table)
                {
                    table.indexes.retain(|index| index.columns != columns);
                }
            }
            _ => {}
        }
    }

    /// Gives a table another name, also in its indexes and in the foreign keys of all tables.
    fn rename_table(&mut self, from: &str, to: &str) {
        if self.table(from).is_some() {
            for (_, present) in &mut self.renamed {
                if present == from {
                    to.clone_into(present);
                }
            }
            self.renamed.push((from.to_owned(), to.to_owned()));
            self.renamed.retain(|(former, _)| former != to);
        }
        let (old, new) = (format!("{from:?}"), format!("{to:?}"));
        for table in &mut self.tables {
            for column in &mut table.columns {
                if column.refers_to(from) {
                    column.call = column.call.replace(&old, &new);
                }
            }
            if table.name == from {
                to.clone_into(&mut table.name);
                table.head = table.head.replacen(&old, &new, 1);
                for index in &mut table.indexes {
                    index.call = index.call.replacen(&old, &new, 1);
                }
            }
        }
    }

    fn alter(&mut self, source: &str, arguments: &TokenStream) {
        let calls = calls(arguments);
        let Some(table) = calls.iter().find(|call| call.name == "table") else {
            return;
        };
        let Some(table) = names(&table.arguments.stream())
            .first()
            .and_then(|name| self.table_mut(name))
        else {
            return;
        };
        for call in calls {
            let named = names(&call.arguments.stream());
            match (call.name.as_str(), named.as_slice()) {
                ("add_column" | "add_column_if_not_exists", [name, ..]) => {
                    table.add_column(name, &inside(source, &call));
                }
                ("drop_column", [name, ..]) => table.drop_column(name),
                ("rename_column", [from, to]) => table.rename_column(from, to),
                _ => {}
            }
        }
    }

    fn create_index(&mut self, source: &str, arguments: &TokenStream) {
        let Some(call) = calls(arguments)
            .into_iter()
            .find(|call| call.name.ends_with("index"))
        else {
            return;
        };
        if let Some((table, columns)) = names(&call.arguments.stream()).split_first()
            && let Some(table) = self.table_mut(table)
        {
            table.indexes.push(Index {
                columns: columns.to_vec(),
                call: source[call.range.clone()].to_owned(),
            });
        }
    }

    fn table_mut(&mut self, name: &str) -> Option<&mut Table> {
        self.tables.iter_mut().find(|table| table.name == name)
    }
}

impl Table {
    fn add_column(&mut self, name: &str, call: &str) {
        self.columns.push(Column {
            name: name.to_owned(),
            call: call.to_owned(),
        });
    }

    fn drop_column(&mut self, name: &str) {
        self.columns.retain(|column| column.name != *name);
        self.indexes
            .retain(|index| !index.columns.iter().any(|column| column == name));
    }

    fn rename_column(&mut self, from: &str, to: &str) {
        let (old, new) = (format!("{from:?}"), format!("{to:?}"));
        for column in &mut self.columns {
            if column.name == *from {
                column.call = column.call.replacen(&old, &new, 1);
                to.clone_into(&mut column.name);
            }
        }
        for index in &mut self.indexes {
            for column in &mut index.columns {
                if column == from {
                    to.clone_into(column);
                    index.call = index.call.replace(&old, &new);
                }
            }
        }
    }
}

/// The tables whose schema the `up` of a migration changes.
pub fn touched(source: &str) -> Vec<String> {
    let Ok(tokens) = source.parse::<TokenStream>() else {
        return Vec::new();
    };
    let mut tables: Vec<String> = changes(&tokens)
        .iter()
        .flat_map(|call| {
            // One that is renamed has two names.
            let count = if call.name == "rename_table" { 2 } else { 1 };
            names(&call.arguments.stream()).into_iter().take(count)
        })
        .collect();
    tables.dedup();
    tables
}

/// The calls in the `up` of a migration that change the schema, without those inside another.
fn changes(tokens: &TokenStream) -> Vec<Call> {
    const CHANGES: [&str; 9] = [
        "create_table",
        "rename_table",
        "drop_table",
        "alter_table",
        "add_column",
        "rename_column",
        "drop_column",
        "create_index",
        "drop_index",
    ];
    let Some(body) = function_body(tokens, "up") else {
        return Vec::new();
    };
    let mut end = 0;
    let mut calls = all_calls(&body);
    calls.retain(|call| {
        let is_change = call.is_method && CHANGES.contains(&call.name.as_str());
        let is_outermost = is_change && call.range.start >= end;
        if is_outermost {
            end = call.range.end;
        }
        is_outermost
    });
    calls
}

fn created(source: &str, arguments: &TokenStream) -> Option<Table> {
    let name = names(arguments).into_iter().next()?;
    let start = arguments
        .clone()
        .into_iter()
        .next()?
        .span()
        .byte_range()
        .start;
    let mut table = Table {
        name: name.clone(),
        head: String::new(),
        columns: Vec::new(),
        extras: Vec::new(),
        indexes: Vec::new(),
    };
    let mut head_end = None;
    for call in calls(arguments) {
        match call.name.as_str() {
            "col" => {
                head_end.get_or_insert(call.range.start);
                if let Some(name) = names(&call.arguments.stream()).into_iter().next() {
                    table.columns.push(Column {
                        name,
                        call: inside(source, &call),
                    });
                }
            }
            "to_owned" | "take" => {
                head_end.get_or_insert(call.range.start);
            }
            _ if head_end.is_some() => table
                .extras
                .push(format!(".{}", &source[call.range.clone()])),
            _ => {}
        }
    }
    // Without the dot before the first column.
    let head = &source[start..head_end.unwrap_or(start)];
    head.trim_end()
        .trim_end_matches('.')
        .trim_end()
        .clone_into(&mut table.head);
    Some(table)
}

/// The source inside the parentheses of a call.
fn inside(source: &str, call: &Call) -> String {
    let range = call.arguments.span().byte_range();
    source[range.start + 1..range.end - 1]
        .trim()
        .trim_end_matches(',')
        .to_owned()
}
