//! The first page: how many jobs there are in which state, the queues, and the processes that run jobs.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    format,
    layout::{Board, put_button},
};
use crate::{
    error::Result,
    markup::{Html, put},
    queue::store::{QueueStats, State, Stats, Worker},
};

pub(super) async fn page(board: &Board) -> Result<Html> {
    let queue = &board.ctx.queue;
    let stats = queue.stats().await?;
    let backlog = queue.backlog().await?;
    let mut html = Html::default();
    put_counts(&mut html, board, &stats);
    if let Some(backlog) = backlog.filter(|backlog| backlog.jobs > 0) {
        put!(
            html,
            "<p class=\"note\">",
            backlog.jobs,
            " jobs of transactions wait to be relayed to Redis.</p>\n"
        );
    }
    put_unknown(&mut html, board, &stats.unknown);
    put_queues(&mut html, board, &stats);
    put_workers(&mut html, &stats.workers);
    Ok(html)
}

fn put_counts(html: &mut Html, board: &Board, stats: &Stats) {
    html.markup("<h1>Background jobs</h1>\n<ul class=\"counts\">\n");
    for state in State::ALL {
        let count = stats.count(*state);
        put!(
            html,
            "<li><a class=\"",
            state,
            "\" href=\"",
            board.list_path(&[("state", state.as_str())]),
            "\"><b>",
            count,
            "</b> ",
            state,
            "</a></li>\n"
        );
    }
    html.markup("</ul>\n");
}

/// Jobs that this process does not know may run elsewhere, or never.
fn put_unknown(html: &mut Html, board: &Board, unknown: &BTreeMap<String, u64>) {
    if unknown.is_empty() {
        return;
    }
    html.markup("<p class=\"note\">This process does not know, and another release may: ");
    for (index, (name, count)) in unknown.iter().enumerate() {
        if index > 0 {
            html.markup(", ");
        }
        let path = board.list_path(&[("name", name), ("state", State::Ready.as_str())]);
        put!(html, "<a href=\"", path, "\">", name, "</a> (", count, ")");
    }
    html.markup(".</p>\n");
}

fn put_queues(html: &mut Html, board: &Board, stats: &Stats) {
    html.markup("<h2>Queues</h2>\n<table class=\"queues\"><thead><tr><th scope=\"col\">Queue</th>");
    for state in State::ALL {
        put!(html, "<th scope=\"col\" class=\"number\">", state, "</th>");
    }
    html.markup(
        "<th scope=\"col\">oldest waits</th><th scope=\"col\"><span class=\"unseen\">Action</span></th></tr></thead>\n<tbody>\n",
    );
    let configured = board.ctx.queue.queues();
    let names: BTreeSet<&String> = configured.keys().chain(stats.queues.keys()).collect();
    let none = QueueStats::default();
    for name in names {
        let queue = stats.queues.get(name).unwrap_or(&none);
        put!(html, "<tr><th scope=\"row\">", name);
        if queue.paused {
            html.markup(" <span class=\"state paused\">paused</span>");
        }
        html.markup("</th>");
        for state in State::ALL {
            put_count(html, board, name, queue, *state);
        }
        html.markup("<td data-label=\"oldest waits\">");
        if let Some(oldest) = queue.oldest_ready {
            html.text(&format::age(board.ctx.queue.now() - oldest));
        }
        html.markup("</td><td>");
        // A queue that the configuration does not have any more is left alone.
        if configured.contains_key(name) {
            let (action, label) = if queue.paused {
                ("resume", "Resume")
            } else {
                ("pause", "Pause")
            };
            put_button(html, &board.queue_path(name, action), label);
        }
        html.markup("</td></tr>\n");
    }
    html.markup("</tbody></table>\n");
}

fn put_count(html: &mut Html, board: &Board, name: &str, queue: &QueueStats, state: State) {
    let count = queue.states.get(&state).copied().unwrap_or_default();
    put!(html, "<td class=\"number\" data-label=\"", state, "\">");
    if count == 0 {
        html.markup("<span class=\"none\">0</span>");
    } else {
        let path = board.list_path(&[("queue", name), ("state", state.as_str())]);
        put!(html, "<a href=\"", path, "\">", count, "</a>");
    }
    html.markup("</td>");
}

fn put_workers(html: &mut Html, workers: &[Worker]) {
    html.markup("<h2>Processes</h2>\n");
    if workers.is_empty() {
        html.markup("<p class=\"note\">No process runs jobs.</p>\n");
        return;
    }
    html.markup(
        "<table><thead><tr><th scope=\"col\">Process</th><th scope=\"col\">Queues</th><th scope=\"col\">Since</th></tr></thead>\n<tbody>\n",
    );
    for worker in workers {
        put!(
            html,
            "<tr><th scope=\"row\">",
            worker.host,
            "</th><td data-label=\"Queues\">",
            worker.queues.join(", "),
            "</td><td data-label=\"Since\">",
            format::time(worker.started_at),
            "</td></tr>\n"
        );
    }
    html.markup("</tbody></table>\n");
}
