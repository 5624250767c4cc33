//! A job with steps, on a schedule: every night each open invoice is charged.

use std::{
    process::ExitCode,
    sync::atomic::{AtomicU32, Ordering},
};

use fw::{jobs::enqueue_all, prelude::*};
use serde::{Deserialize, Serialize};

use invoices::Entity as Invoices;

mod invoices {
    use fw::model::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "invoices")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub cents: i64,
        /// The payment, once the invoice is paid.
        pub payment: Option<String>,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }

    fw::model::timestamps!(ActiveModel);
}

mod m20261201_090000_create_invoices {
    use fw::migration::prelude::*;

    pub async fn up(schema: &Schema<'_>) -> Result {
        let invoices = table("invoices")
            .col(big_integer("cents"))
            .col(string_len_null("payment", 80))
            .take();
        schema.create_table(invoices).await
    }

    pub async fn down(schema: &Schema<'_>) -> Result {
        schema.drop_table("invoices").await
    }
}

/// Has every open invoice charged: the job of the schedule. It does little itself, so that one invoice that fails holds up no other.
#[derive(Serialize, Deserialize)]
struct ChargeAll {}

impl Job for ChargeAll {
    const NAME: &'static str = "charge_all";

    fn key(&self) -> Key {
        Key::unfinished("charge_all")
    }

    async fn run(&self, job: &JobContext) -> Result<(), JobError> {
        let open = Invoices::find().filter(invoices::Column::Payment.is_null());
        let open = open.all(&job.db).await?.into_iter();
        let charges: Vec<_> = open
            .map(|invoice| Charge {
                invoice: invoice.id,
            })
            .collect();
        enqueue_all(job, &charges).await?;
        Ok(())
    }
}

/// Charges an invoice.
#[derive(Serialize, Deserialize)]
struct Charge {
    invoice: Id,
}

impl Job for Charge {
    const NAME: &'static str = "charge";

    /// A second one is not enqueued while this one waits or runs.
    fn key(&self) -> Key {
        Key::unfinished(self.invoice.to_string())
    }

    async fn run(&self, job: &JobContext) -> Result<(), JobError> {
        let invoice = Invoices::find_by_id(self.invoice).one(&job.db).await?;
        let Some(invoice) = invoice.filter(|invoice| invoice.payment.is_none()) else {
            return Err(JobError::discard("there is nothing to pay"));
        };
        let bank = job.get::<Bank>().ok_or("the bank is not known")?;
        // The result of a step is stored: a later try takes it, and charges nobody again.
        let payment: String = job.step("charge", bank.charge(invoice.cents)).await?;
        job.step("receipt", bank.send_receipt(&payment)).await?;
        // What is written here, and the end of the job, are one transaction.
        let paid = invoices::ActiveModel {
            id: Unchanged(self.invoice),
            payment: Set(Some(payment)),
            ..Default::default()
        };
        let transaction = job.db.transact_as::<_, JobError>(async |tx| {
            paid.update(tx).await?;
            job.complete_in(tx).await
        });
        transaction.await
    }
}

/// The client of a bank: here it counts what it is asked for, and fails to send the first receipt.
#[derive(Default)]
struct Bank {
    charges: AtomicU32,
    receipts: AtomicU32,
}

impl Bank {
    async fn charge(&self, cents: i64) -> Result<String, JobError> {
        let number = self.charges.fetch_add(1, Ordering::Relaxed);
        Ok(format!("payment {number} of {cents} cents"))
    }

    async fn send_receipt(&self, payment: &str) -> Result<(), JobError> {
        if self.receipts.fetch_add(1, Ordering::Relaxed) == 0 {
            return Err("the mail server is down".into());
        }
        tracing::info!(payment, "the receipt is sent");
        Ok(())
    }
}

/// Has an invoice charged at once. The response does not wait for that.
async fn charge(
    _: Anyone,
    State(ctx): State<AppContext>,
    Path(invoice): Path<Id>,
) -> Result<NoContent> {
    Charge { invoice }.enqueue(&ctx).await?;
    Ok(NoContent)
}

struct App;

impl Hooks for App {
    type Settings = ();

    fn name() -> &'static str {
        env!("CARGO_PKG_NAME")
    }

    fn routes() -> Routes {
        Routes::new().with([post("/invoices/{id}/charge", charge)])
    }

    fn migrations() -> Vec<Migration> {
        vec![fw::migration!(m20261201_090000_create_invoices)]
    }

    fn jobs() -> Jobs {
        Jobs::new().add::<ChargeAll>().add::<Charge>()
    }

    fn schedule() -> Schedule {
        Schedule::new().cron("30 2 * * *", ChargeAll {})
    }

    async fn after_context(ctx: AppContext) -> Result<AppContext> {
        Ok(ctx.with(Bank::default()))
    }
}

fn main() -> ExitCode {
    fw::command::main::<App>()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fw_testing::prelude::*;

    use super::*;

    async fn create(app: &TestApp, cents: i64) -> Id {
        let invoice = invoices::ActiveModel {
            cents: Set(cents),
            ..Default::default()
        };
        invoice.insert(&app.ctx.db).await.expect("an invoice").id
    }

    async fn payment(app: &TestApp, id: Id) -> Option<String> {
        let invoice = Invoices::find_by_id(id).one(&app.ctx.db).await;
        invoice.expect("read").expect("there").payment
    }

    #[tokio::test]
    async fn an_invoice_is_charged_once_though_its_receipt_fails() {
        let app = boot::<App>().await;
        let id = create(&app, 950).await;
        let path = format!("/invoices/{id}/charge");
        for _ in 0..2 {
            app.post(&path).await.assert_status(204);
        }
        app.jobs().drain().await;
        assert_eq!(payment(&app, id).await, None);
        // The next try.
        app.jobs().advance(Duration::from_secs(60));
        app.jobs().drain().await;
        let expected = "payment 0 of 950 cents";
        assert_eq!(payment(&app, id).await.as_deref(), Some(expected));
        let bank = app.ctx.get::<Bank>().expect("the bank");
        assert_eq!(bank.charges.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn the_schedule_charges_what_is_open() {
        let app = boot::<App>().await;
        let (first, second) = (create(&app, 100).await, create(&app, 200).await);
        ChargeAll {}.enqueue(&app.ctx).await.expect("enqueued");
        app.jobs().drain().await;
        app.jobs().advance(Duration::from_secs(60));
        app.jobs().drain().await;
        for id in [first, second] {
            assert!(payment(&app, id).await.is_some());
        }
        assert!(app.jobs().dead().await.is_empty());
    }
}
