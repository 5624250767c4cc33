//! The list of jobs: a filter, and a page of what it matches, newest first.

use std::str::FromStr;

use garde::Validate;
use serde::Deserialize;

use super::{
    format,
    layout::{Board, put_state},
};
use crate::{
    env,
    error::Result,
    jobs::actions,
    markup::{Html, put},
    queue::store::{JobFilter, JobId, JobRecord, State},
};

/// The number of jobs on a page.
const PAGE: u32 = 50;

/// The query of the list, as its form sends it: with empty texts for what does not matter.
#[derive(Debug, Default, Deserialize, Validate)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[garde(allow_unvalidated)]
#[serde(default)]
pub(super) struct ListQuery {
    state: String,
    queue: String,
    name: String,
    batch: String,
    before: String,
}

impl ListQuery {
    /// The filter, and the job that the page begins after. `None` if a value cannot be one, as in an address that somebody has changed.
    fn parse(&self) -> Option<(JobFilter, Option<JobId>)> {
        let filter = JobFilter {
            states: given(&self.state).ok()?.into_iter().collect(),
            queue: given(&self.queue).ok()?,
            name: given(&self.name).ok()?,
            batch: given(&self.batch).ok()?,
            finished_before: None,
        };
        Some((filter, given(&self.before).ok()?))
    }
}

/// A value of the query, if it is given.
fn given<T: FromStr>(text: &str) -> Result<Option<T>, T::Err> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some),
    }
}

pub(super) async fn page(board: &Board, query: &ListQuery) -> Result<Html> {
    let mut html = Html::default();
    html.markup("<h1>Jobs</h1>\n");
    let Some((filter, before)) = query.parse() else {
        put_form(&mut html, board, &JobFilter::default());
        html.markup("<p class=\"note\">There is no such state, batch or page.</p>\n");
        return Ok(html);
    };
    let (jobs, last) = actions::page(&board.ctx, &filter, before, PAGE).await?;
    put_form(&mut html, board, &filter);
    if filter.states == [State::Dead] && !jobs.is_empty() {
        let command = env::command("jobs retry --dead");
        put!(
            html,
            "<p class=\"note\">All of them run again with <code>",
            command,
            "</code>.</p>\n"
        );
    }
    if jobs.is_empty() {
        html.markup("<p class=\"note\">No job matches.</p>\n");
    } else {
        put_jobs(&mut html, board, &jobs);
    }
    put_pages(&mut html, board, &filter, before.is_some(), last);
    Ok(html)
}

fn put_form(html: &mut Html, board: &Board, filter: &JobFilter) {
    put!(
        html,
        "<form class=\"filter\" method=\"get\" action=\"",
        board.path("/jobs"),
        "\">\n<label>State <select name=\"state\"><option value=\"\">any</option>"
    );
    for state in State::ALL {
        put_option(html, state.as_str(), filter.states.contains(state));
    }
    html.markup(
        "</select></label>\n<label>Queue <select name=\"queue\"><option value=\"\">any</option>",
    );
    let chosen = filter.queue.as_deref();
    let queues = board.ctx.queue.queues();
    for name in queues.keys() {
        put_option(html, name, chosen == Some(name));
    }
    if let Some(chosen) = chosen.filter(|name| !queues.contains_key(*name)) {
        put_option(html, chosen, true);
    }
    put!(
        html,
        "</select></label>\n<label>Name <input name=\"name\" autocomplete=\"off\" value=\"",
        filter.name.as_deref().unwrap_or_default(),
        "\"></label>\n"
    );
    if let Some(batch) = filter.batch {
        put!(
            html,
            "<label>Batch <input class=\"id\" name=\"batch\" autocomplete=\"off\" value=\"",
            batch,
            "\"></label>\n"
        );
    }
    put!(
        html,
        "<button>Show</button> <a href=\"",
        board.path("/jobs"),
        "\">All</a>\n</form>\n"
    );
}

fn put_option(html: &mut Html, value: &str, is_selected: bool) {
    html.markup("<option");
    if is_selected {
        html.markup(" selected");
    }
    put!(html, ">", value, "</option>");
}

fn put_jobs(html: &mut Html, board: &Board, jobs: &[JobRecord]) {
    html.markup(
        "<table class=\"jobs\"><thead><tr><th scope=\"col\">Job</th><th scope=\"col\">State</th><th scope=\"col\">Queue</th>\
         <th scope=\"col\" class=\"number\">Tries</th><th scope=\"col\">Enqueued</th><th scope=\"col\">Then</th></tr></thead>\n<tbody>\n",
    );
    for job in jobs {
        put!(
            html,
            "<tr><th scope=\"row\"><a href=\"",
            board.path(&format!("/jobs/{}", job.id)),
            "\">",
            job.name,
            "</a><small>",
            job.id,
            "</small></th><td data-label=\"State\">"
        );
        put_state(html, job.state);
        put_progress(html, job);
        put!(
            html,
            "</td><td data-label=\"Queue\">",
            job.queue,
            "</td><td class=\"number\" data-label=\"Tries\">",
            job.attempt,
            " of ",
            job.max_attempts,
            "</td><td data-label=\"Enqueued\">",
            format::time(job.created_at),
            "</td><td data-label=\"Then\">"
        );
        put_then(html, job);
        html.markup("</td></tr>\n");
    }
    html.markup("</tbody></table>\n");
}

/// Adds the progress of a job that runs and has reported some.
pub(super) fn put_progress(html: &mut Html, job: &JobRecord) {
    let Some(progress) = job.progress.filter(|_| job.state == State::Running) else {
        return;
    };
    put!(
        html,
        " <progress max=\"1000\" value=\"",
        progress,
        "\"></progress> ",
        progress / 10,
        " %"
    );
}

/// Adds the last thing that has happened to a job, or the next one that will.
fn put_then(html: &mut Html, job: &JobRecord) {
    let (verb, at) = match job.state {
        State::Done | State::Dead | State::Cancelled => ("ended ", job.finished_at),
        State::Running => ("began ", job.started_at),
        State::Scheduled => ("runs ", Some(job.run_at)),
        State::Ready => ("due ", Some(job.run_at)),
        State::Blocked => ("waits for another", None),
    };
    html.text(&verb);
    if let Some(at) = at {
        html.text(&format::time(at));
    }
}

fn put_pages(
    html: &mut Html,
    board: &Board,
    filter: &JobFilter,
    is_later: bool,
    last: Option<JobId>,
) {
    let batch = filter.batch.map(|batch| batch.to_string());
    let mut query: Vec<(&str, &str)> = Vec::new();
    let state = filter.states.first().map(|state| state.as_str());
    for (name, value) in [
        ("state", state),
        ("queue", filter.queue.as_deref()),
        ("name", filter.name.as_deref()),
        ("batch", batch.as_deref()),
    ] {
        query.extend(value.map(|value| (name, value)));
    }
    html.markup("<nav class=\"pages\">");
    if is_later {
        put!(
            html,
            "<a href=\"",
            board.list_path(&query),
            "\">Newest</a> "
        );
    }
    if let Some(last) = last {
        let last = last.to_string();
        query.push(("before", &last));
        put!(
            html,
            "<a rel=\"next\" href=\"",
            board.list_path(&query),
            "\">Older</a>"
        );
    }
    html.markup("</nav>\n");
}
