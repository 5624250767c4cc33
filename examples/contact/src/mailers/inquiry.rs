//! The mail that tells the team what somebody has written.

use fw::{dto::prelude::*, mailer::Mailbox, prelude::*};

use crate::app::Settings;

/// Tells the team what somebody has written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Inquiry {
    pub name: String,
    pub email: String,
    pub text: String,
}

/// The variables of `inquiry.html` and of the message `inquiry-subject`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InquiryView {
    pub name: String,
    pub text: String,
}

impl Mailer for Inquiry {
    const NAME: &'static str = "inquiry";
    type View = InquiryView;

    fn key(&self) -> Key {
        Key::none()
    }

    async fn mail(&self, ctx: &AppContext) -> Result<Mail<InquiryView>> {
        let sender = Mailbox::new(self.name.parse()?, self.email.parse()?);
        let view = InquiryView {
            name: self.name.clone(),
            text: self.text.clone(),
        };
        let team = ctx.settings::<Settings>().team.clone();
        Ok(Mail::to(team, view).reply_to(sender))
    }

    fn previews() -> Vec<(&'static str, InquiryView)> {
        let view = InquiryView {
            name: "Ada".to_owned(),
            text: "Where is the engine?".to_owned(),
        };
        vec![("example", view)]
    }
}
