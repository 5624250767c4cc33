//! Optimistic locking over HTTP: the request's `If-Match` and the response's `ETag`.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header, request::Parts};

use super::entity_tag::{EntityTag, tags};
use crate::{
    error::Error,
    model::Versions,
    openapi::{Input, Location, Operation, Output, Parameter},
};

/// The most versions in one request; more than a client can have seen.
const MAX_VERSIONS: usize = 100;

/// An extractor of the versions that a change is meant for, from the header `If-Match`: `"3"`, several of them, or `*` for any.
///
/// A request without the header gets a 428 `precondition_required` (RFC 6585, section 3), a malformed header a 400. Weak tags
/// and tags of other servers match no version (RFC 9110, section 13.1.1).
///
/// ```
/// # mod posts {
/// #     use fw::model::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "posts")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i64,
/// #         pub title: String,
/// #         pub lock_version: i32,
/// #     }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// #     impl Versioned for Entity {
/// #         fn version() -> Column { Column::LockVersion }
/// #     }
/// # }
/// use fw::prelude::*;
///
/// async fn rename(
///     _: Anyone,
///     State(ctx): State<AppContext>,
///     Path((id, title)): Path<(Id, String)>,
///     IfMatch(versions): IfMatch,
/// ) -> Result<WithETag<Json<posts::Model>>> {
///     let post = posts::ActiveModel { id: Unchanged(id), title: Set(title), ..Default::default() };
///     let post = post.update_at(versions, &ctx.db).await?;
///     Ok(WithETag(post.lock_version, Json(post)))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IfMatch(pub Versions);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let lines = parts.headers.get_all(header::IF_MATCH);
        if lines.iter().next().is_none() {
            return Err(Error::from_status(StatusCode::PRECONDITION_REQUIRED).detail(
                "`if-match` is missing: send the `etag` of what is to be changed, or `*` for any",
            ));
        }
        if lines
            .iter()
            .any(|line| line.as_bytes().trim_ascii() == b"*")
        {
            return Ok(Self(Versions::Any));
        }
        let mut versions = Vec::new();
        for tag in lines.iter().flat_map(|line| tags(line.as_bytes())) {
            let tag = tag.ok_or_else(|| {
                Error::from_status(StatusCode::BAD_REQUEST)
                    .detail("`if-match` must be `*` or tags in quotes, such as `\"3\"`")
            })?;
            if let Some(version) = version(tag)
                && !versions.contains(&version)
            {
                versions.push(version);
            }
            if versions.len() > MAX_VERSIONS {
                return Err(Error::from_status(StatusCode::BAD_REQUEST).detail(format!(
                    "`if-match` names more than {MAX_VERSIONS} versions"
                )));
            }
        }
        Ok(Self(Versions::OneOf(versions)))
    }
}

impl Input for IfMatch {
    const READS_QUERY: bool = false;

    fn describe(operation: &mut Operation<'_>) {
        let schema = serde_json::json!({ "type": "string", "pattern": r#"^(\*|(W/)?"[!#-~]*"(, *(W/)?"[!#-~]*")*)$"# });
        operation.parameter(
            Parameter::new(Location::Header, "If-Match", schema)
                .description("The `ETag` of what is to be changed, or `*` for any")
                .required(true),
        );
        operation.standard_problem(StatusCode::BAD_REQUEST);
        operation.standard_problem(StatusCode::PRECONDITION_FAILED);
        operation.standard_problem(StatusCode::PRECONDITION_REQUIRED);
    }
}

impl<R: Output> Output for WithETag<R> {
    const MEDIA_TYPES: &'static [&'static str] = R::MEDIA_TYPES;
    const IS_SECRET: bool = R::IS_SECRET;

    fn describe(operation: &mut Operation<'_>) {
        R::describe(operation);
        operation.every_response_header("ETag", "The version, for `If-Match`");
    }
}

/// The version in an entity tag that this application made.
fn version(tag: EntityTag<'_>) -> Option<i32> {
    let text = std::str::from_utf8(tag.opaque).ok()?;
    let version: i32 = text.parse().ok()?;
    (!tag.weak && version.to_string() == text).then_some(version)
}

/// A response with a strong `ETag` made from the version of the row that it shows: `WithETag(post.lock_version, Json(post))`.
///
/// Use it for responses that show nothing but this row. They are not compressed, because then their bytes would not be those
/// that the tag stands for (RFC 9110, section 8.8.1). See [`IfMatch`] for an example.
#[derive(Clone, Copy, Debug)]
pub struct WithETag<R>(pub i32, pub R);

impl<R: IntoResponse> IntoResponse for WithETag<R> {
    fn into_response(self) -> Response {
        let mut response = self.1.into_response();
        if response.status().is_success()
            && let Ok(tag) = HeaderValue::try_from(format!("\"{}\"", self.0))
        {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::FromRequestParts;
    use http::{Request, header};

    use super::IfMatch;
    use crate::{error::Error, model::Versions};

    async fn extract(lines: &[&str]) -> Result<IfMatch, Error> {
        let mut request = Request::builder();
        for line in lines {
            request = request.header(header::IF_MATCH, *line);
        }
        let (mut parts, ()) = request.body(()).expect("a request").into_parts();
        IfMatch::from_request_parts(&mut parts, &()).await
    }

    #[tokio::test]
    async fn names_versions_or_any() {
        for (lines, expected) in [
            (&["*"][..], Versions::Any),
            (&[r#""3""#], Versions::from(3)),
            (&[r#""3", "4""#, r#""7""#], Versions::OneOf(vec![3, 4, 7])),
            // Not ours, so there is no such version.
            (&[r#"W/"3""#], Versions::OneOf(vec![])),
            (
                &[r#""abc", "03", "+3", "99999999999""#],
                Versions::OneOf(vec![]),
            ),
        ] {
            let found = extract(lines).await.expect("it is well-formed");
            assert_eq!(found, IfMatch(expected), "{lines:?}");
        }
    }

    #[tokio::test]
    async fn must_be_there_and_in_quotes() {
        let missing = extract(&[]).await.expect_err("it is required");
        assert_eq!(
            (missing.status().as_u16(), missing.code()),
            (428, "precondition_required")
        );
        for line in ["3", "\"3", "'3'"] {
            let error = extract(&[line]).await.expect_err("it is malformed");
            assert_eq!(
                (error.status().as_u16(), error.code()),
                (400, "bad_request"),
                "{line}"
            );
        }
    }
}
