//! The room of pages for developers: what all of them need.

use axum::routing::get;
use http::header;

use crate::{
    controller::with_allow,
    room::{Page, Room},
};

/// The style sheet, which has a path of its own: the policy of the pages permits none within them.
const STYLE: &str = include_str!("style.css");

pub(crate) const ROOM: Room = Room {
    name: "pages for developers",
    devtools: |_| {
        let style = get(async || ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE));
        vec![Page {
            path: "/_fw/style.css".to_owned(),
            methods: with_allow(style, &["GET"]),
        }]
    },
    ..Room::NONE
};
