//! The imports for most files of an application: `use fw::prelude::*;`.

pub use axum::extract::State;
pub use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityLoaderTrait, EntityTrait, ModelTrait, QueryFilter,
};

#[cfg(feature = "views")]
pub use crate::controller::{Flash, Form, Listed, Page, Redirect, Submitted, View};
#[cfg(feature = "mailer")]
pub use crate::mailer::{Mail, Mailer, Mailers};
#[cfg(feature = "_templates")]
pub use crate::view::Views;
pub use crate::{
    app::{Hooks, Initializer},
    context::AppContext,
    controller::{
        Accepted, Access, Anyone, Created, ErrorFormat, Found, FullJson, Id, IfMatch, Include,
        Json, ListParams, NoContent, Paginated, Path, Routes, ValidForm, ValidJson, ValidQuery,
        WithETag, delete, get, patch, post, put,
    },
    error::{Error, FieldError, OrInternal, Result},
    jobs::{Job, JobContext, JobError, Jobs, Key},
    middleware::Stack,
    migration::Migration,
    model::{CheckReference, OrNotFound, UpdateAmong, UpdateAt, Versioned},
    scheduler::Schedule,
    task::{Task, Tasks},
};
