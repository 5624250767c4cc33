//! The task `access:matrix`.

use std::collections::BTreeMap;

use clap::Parser;
use serde::Serialize;

use super::super::{Grants, Role, tables};
use crate::{
    auth::AuthContext,
    context::AppContext,
    controller::{ListedRoutes, Reach, RouteRule},
    error::Result,
    task::Task,
};

/// Shows which role gets where: the routes, their access rules, and each role
///
/// `all`: the role reaches it; `own`: for rows of the caller; `-`: it does not; `?`: permissions do not decide. The column `(none)` is an account
/// without a role.
#[derive(Debug, Default, Parser)]
pub(super) struct AccessMatrix {
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

/// A route, with what each role reaches.
#[derive(Serialize)]
struct Row {
    method: &'static str,
    path: String,
    access: String,
    roles: BTreeMap<String, Reach>,
}

impl Task for AccessMatrix {
    const NAME: &'static str = "access:matrix";

    async fn run(self, ctx: &AppContext) -> Result<()> {
        let routes = ctx.get::<ListedRoutes>().map(|ListedRoutes(list)| list());
        let routes = routes.unwrap_or_default().rules();
        let roles = roles(ctx).await?;
        if self.json {
            let rows: Vec<Row> = routes.iter().map(|rule| row(rule, &roles)).collect();
            println!("{}", serde_json::to_string_pretty(&rows)?);
        } else {
            print!("{}", table(&routes, &roles));
        }
        Ok(())
    }
}

/// All roles; those of the code where there are no tables yet.
async fn roles(ctx: &AppContext) -> Result<Vec<Role>> {
    if tables::exist(&ctx.db).await? {
        return ctx.roles().list(&ctx.db).await;
    }
    let built_in = ctx.get::<super::BuiltInRoles>();
    Ok(built_in
        .into_iter()
        .flat_map(super::BuiltInRoles::iter)
        .cloned()
        .collect())
}

fn reach(rule: &RouteRule, grants: &Grants) -> Reach {
    (rule.reach)(&|name| grants.allow(name))
}

fn row(rule: &RouteRule, roles: &[Role]) -> Row {
    let reached = roles
        .iter()
        .map(|role| (role.name().to_owned(), reach(rule, role.grants())));
    Row {
        method: rule.method,
        path: rule.path.clone(),
        access: rule.rule.clone(),
        roles: reached.collect(),
    }
}

/// The rules as lines with aligned columns.
fn table(routes: &[RouteRule], roles: &[Role]) -> String {
    let head = ["METHOD", "PATH", "ACCESS", "(none)"].map(str::to_owned);
    let names = roles.iter().map(|role| role.name().to_owned());
    let mut lines: Vec<Vec<String>> = vec![head.into_iter().chain(names).collect()];
    for rule in routes {
        let about = [rule.method.to_owned(), rule.path.clone(), rule.rule.clone()];
        let none = Grants::default();
        let grants = std::iter::once(&none).chain(roles.iter().map(Role::grants));
        let cells = grants.map(|grants| cell(reach(rule, grants)).to_owned());
        lines.push(about.into_iter().chain(cells).collect());
    }
    let columns = lines[0].len();
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = lines.iter().map(|line| line[column].chars().count());
            cells.max().unwrap_or_default()
        })
        .collect();
    let mut text = String::new();
    for line in &lines {
        let padded: Vec<String> = line
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        text.push_str(padded.join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn cell(reach: Reach) -> &'static str {
    match reach {
        Reach::Nothing => "-",
        Reach::Unknown => "?",
        Reach::Own => "own",
        Reach::All => "all",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controller::{Anyone, NoContent, Path, Routes, get, post};

    #[derive(Clone, Copy)]
    enum Publish {}

    impl crate::auth::Permission for Publish {
        const NAME: &'static str = "posts:publish";
    }

    struct Nobody;

    impl crate::auth::Accounts for Nobody {
        type Id = i64;

        async fn standing(_: &crate::db::Db, _: i64) -> Result<Option<crate::auth::Standing>> {
            Ok(None)
        }
    }

    async fn list(_: Anyone) -> NoContent {
        NoContent
    }

    async fn publish(_: crate::auth::Own<Nobody, Publish>, Path(_): Path<i64>) -> NoContent {
        NoContent
    }

    #[test]
    fn roles_are_columns() {
        let routes =
            Routes::new().with([post("/posts/{id}/publish", publish), get("/posts", list)]);
        let listed = routes.rules();
        let roles = [
            Role::new("admin").can_all("*"),
            Role::new("author").can::<Publish>(),
            Role::new("reader"),
        ];
        let expected = "\
METHOD  PATH                 ACCESS               (none)  admin  author  reader
GET     /posts               anyone               all     all    all     all
POST    /posts/{id}/publish  posts:publish (own)  -       all    own     -
";
        assert_eq!(table(&listed, &roles), expected);
        let row = serde_json::to_value(row(&listed[1], &roles)).expect("JSON");
        let expected = serde_json::json!({ "admin": "all", "author": "own", "reader": "nothing" });
        assert_eq!(row["roles"], expected);
    }
}
