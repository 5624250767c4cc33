//! The extractor of the device that a request comes from.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::{header, request::Parts};

use super::context::AuthContext;
use crate::{
    auth::{
        Device,
        sessions::{Received, received},
    },
    context::AppContext,
    controller::ClientIp,
    openapi::Input,
};

impl FromRequestParts<AppContext> for Device {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, ctx: &AppContext) -> Result<Self, Infallible> {
        let user_agent = parts.headers.get(header::USER_AGENT);
        let cookie = match received(&parts.headers, ctx.sessions().environment()) {
            Received::Token(token) => Some(token.hash()),
            Received::None | Received::Unusable => None,
        };
        Ok(Self {
            ip: ClientIp::of(&parts.extensions).map(|ClientIp(ip)| ip),
            user_agent: user_agent
                .and_then(|text| text.to_str().ok())
                .map(str::to_owned),
            cookie,
        })
    }
}

impl Input for Device {
    const READS_QUERY: bool = false;
}
