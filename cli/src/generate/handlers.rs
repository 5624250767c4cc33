//! What in the handlers of a scaffold depends on whether its rows have versions.

use super::resource::Resource;

/// Pieces of `controller.rs`.
pub(super) struct Handlers {
    /// What `show`, `replace` and `update` answer, as a type and as an expression.
    pub(super) shown_type: String,
    pub(super) shown: String,
    /// What `create` answers.
    pub(super) made_type: String,
    pub(super) made: String,
    /// The parameter that names the version to change.
    pub(super) if_match: &'static str,
    /// How `replace` and `update` end.
    pub(super) saved: String,
    /// How `destroy` deletes.
    pub(super) deleted: String,
}

impl Handlers {
    pub(super) fn of(resource: &Resource) -> Self {
        let names = &resource.names;
        let (post, posts) = (&names.singular, &names.entity);
        let view = format!("{}View", names.class);
        let made = format!("Created::at({post}.id, {post}.into())");
        let Some(version) = &resource.version else {
            return Self {
                shown_type: format!("Json<{view}>"),
                shown: format!("Json({post}.into())"),
                made_type: format!("Created<{view}>"),
                made,
                if_match: "",
                saved: format!("    Ok(Json({post}.update(&ctx.db).await?.into()))\n"),
                deleted: format!("{posts}::delete_by_id(id).exec(&ctx.db).await?.or_not_found()?;"),
            };
        };
        let version = format!("{post}.{}", version.column());
        let shown = format!("Tagged({version}, Json({post}.into()))");
        Self {
            shown_type: format!("Tagged<Json<{view}>>"),
            made_type: format!("Tagged<Created<{view}>>"),
            made: format!("Tagged({version}, {made})"),
            if_match: "    IfMatch(versions): IfMatch,\n",
            saved: format!(
                "    let {post} = {post}.update_at(versions, &ctx.db).await?;\n    Ok({shown})\n"
            ),
            deleted: format!("{posts}::delete_at(id, versions, &ctx.db).await?;"),
            shown,
        }
    }
}
