//! The page of one job: its state, what can be done about it, the errors of its tries, its arguments.

use super::{
    format,
    layout::{Board, put_button, put_state},
    list::put_progress,
};
use crate::{
    jobs::origin::Origin,
    markup::{Html, put},
    queue::store::{JobDetail, JobRecord, Key, KeyScope, RunError, State},
};

pub(super) fn page(board: &Board, detail: &JobDetail) -> Html {
    let job = &detail.job;
    let mut html = Html::default();
    put!(html, "<h1>", job.name, " ");
    put_state(&mut html, job.state);
    html.markup("</h1>\n");
    put_actions(&mut html, board, job);
    put_facts(&mut html, board, job);
    put_errors(&mut html, &detail.errors);
    put_arguments(&mut html, job);
    // They may repeat what the arguments had in them.
    if !job.erase_args {
        put_results(&mut html, detail);
    }
    html
}

/// Adds the buttons that its state allows. Those that cannot be taken back are behind a question.
fn put_actions(html: &mut Html, board: &Board, job: &JobRecord) {
    let path = |action: &str| board.path(&format!("/jobs/{}/{action}", job.id));
    html.markup("<div class=\"actions\">");
    if matches!(job.state, State::Dead | State::Cancelled) {
        put_button(html, &path("retry"), "Run again, with all tries");
    }
    if job.state.is_final() {
        html.markup("<details><summary>Delete …</summary>");
        put_button(html, &path("purge"), "Delete it for ever");
    } else {
        html.markup("<details><summary>Cancel …</summary>");
        put_button(html, &path("cancel"), "Cancel it now");
    }
    html.markup("</details></div>\n");
}

fn put_facts(html: &mut Html, board: &Board, job: &JobRecord) {
    html.markup("<dl>\n");
    put_fact(html, "Id", &job.id.to_string());
    put_fact(html, "Queue", &job.queue);
    let tries = format!("{} of {}", job.attempt, job.max_attempts);
    put_fact(html, "Tries", &tries);
    if job.state == State::Running && job.progress.is_some() {
        html.markup("<dt>Progress</dt><dd>");
        put_progress(html, job);
        html.markup("</dd>\n");
    }
    if job.rescues > 0 {
        put_fact(html, "Lost processes", &job.rescues.to_string());
    }
    put_fact(html, "Priority", &job.priority.to_string());
    if let Some(Key { value, scope }) = &job.key {
        let scope = match scope {
            KeyScope::Once => "for ever",
            KeyScope::Live => "while it waits or runs",
            KeyScope::Period(_) => "for a period",
        };
        put_fact(html, "Key", &format!("{value} ({scope})"));
    }
    put_fact(html, "Enqueued", &format::time(job.created_at));
    if !job.state.is_final() {
        put_fact(html, "Due", &format::time(job.run_at));
    }
    if let Some(at) = job.started_at {
        put_fact(html, "Last began", &format::time(at));
    }
    if let Some(at) = job.finished_at {
        put_fact(html, "Ended", &format::time(at));
    }
    if let Some(request) = Origin::from_meta(job.meta.as_deref()).request_id {
        put_fact(html, "Request", &request);
    }
    if let Some(batch) = job.batch.map(|batch| batch.to_string()) {
        let path = board.list_path(&[("batch", &batch)]);
        put_link(html, "Batch", &path, &batch);
    }
    if let Some(before) = job.after {
        let path = board.path(&format!("/jobs/{before}"));
        put_link(html, "After", &path, &before.to_string());
    }
    html.markup("</dl>\n");
}

fn put_fact(html: &mut Html, name: &'static str, value: &str) {
    put!(html, "<dt>", name, "</dt><dd>", value, "</dd>\n");
}

fn put_link(html: &mut Html, name: &'static str, path: &str, text: &str) {
    put!(
        html,
        "<dt>",
        name,
        "</dt><dd><a href=\"",
        path,
        "\">",
        text,
        "</a></dd>\n"
    );
}

fn put_errors(html: &mut Html, errors: &[RunError]) {
    if errors.is_empty() {
        return;
    }
    html.markup("<h2>Errors</h2>\n<ol class=\"errors\">\n");
    // The last one is what somebody looks for.
    for error in errors.iter().rev() {
        put!(
            html,
            "<li><p>Try ",
            error.attempt,
            ", ",
            format::time(error.at),
            ", then "
        );
        put_state(html, error.state);
        put!(html, "</p><pre>", error.error, "</pre></li>\n");
    }
    html.markup("</ol>\n");
}

fn put_arguments(html: &mut Html, job: &JobRecord) {
    html.markup("<h2>Arguments</h2>\n");
    if !job.erase_args {
        put_json(html, &job.args);
    } else if job.state == State::Done {
        html.markup("<p class=\"note\">They are erased, as the job asks for.</p>\n");
    } else {
        html.markup("<p class=\"note\">They are hidden: the job asks for them to be erased when it is done.</p>\n");
    }
}

fn put_results(html: &mut Html, detail: &JobDetail) {
    if !detail.steps.is_empty() {
        html.markup("<h2>Steps</h2>\n");
        for (name, result) in &detail.steps {
            put!(html, "<h3>", name, "</h3>\n");
            put_json(html, result);
        }
    }
    if let Some(result) = &detail.job.result {
        html.markup("<h2>Result</h2>\n");
        put_json(html, result);
    }
}

fn put_json(html: &mut Html, text: &str) {
    put!(html, "<pre>", format::json(text), "</pre>\n");
}
