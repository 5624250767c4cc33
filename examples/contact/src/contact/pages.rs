//! The handlers of `/contact`.

use fw::{
    dto::prelude::*,
    mailer::{Address, DisplayName},
    prelude::*,
    validation::rules,
};

use crate::mailers::inquiry::Inquiry;

/// What people write.
#[derive(Debug, Deserialize, JsonSchema, Serialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct ContactBody {
    #[garde(length(chars, min = 1, max = 80), custom(is_name))]
    pub name: String,
    #[garde(length(chars, max = 254), custom(is_address))]
    #[schemars(extend("format" = "email"))]
    pub email: String,
    #[garde(length(chars, min = 1, max = 5_000))]
    pub text: String,
}

/// A rule: it can be the name of a sender.
fn is_name(text: &str, _: &()) -> rules::Outcome {
    let name = text.parse::<DisplayName>().map(drop);
    name.map_err(|_| rules::error("invalid_name", "must be a name"))
}

/// A rule: it can be written to.
fn is_address(text: &str, _: &()) -> rules::Outcome {
    let address = text.parse::<Address>().map(drop);
    address.map_err(|_| rules::error("invalid_email", "must be an e-mail address"))
}

/// The page, from `src/contact/pages/index.html`. Its fields are the variables of the template.
#[derive(JsonSchema, Serialize)]
pub struct Index {
    pub form: Form<ContactBody>,
}

impl View for Index {
    const TEMPLATE: &'static str = "contact/pages/index.html";
}

/// Shows the form.
pub async fn index(_: Anyone) -> Page<Index> {
    Page(Index {
        form: Form::blank(),
    })
}

/// Has the mail sent by a job, so the page does not wait for a mail server, and nothing is lost while that is away.
pub async fn create(
    _: Anyone,
    State(ctx): State<AppContext>,
    form: Form<ContactBody>,
) -> Result<Submitted<Index, Index>> {
    let submitted = form.submit(async |body| {
        let inquiry = Inquiry {
            name: body.name,
            email: body.email,
            text: body.text,
        };
        inquiry.deliver_later(&ctx).await
    });
    Ok(submitted
        .await?
        .or_again(|form| Index { form })
        .then(|_| Redirect::to(index, ()).flash("contact-sent")))
}
