//! The timestamps `created_at` and `updated_at` of an entity.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

/// The current time, to the microsecond: PostgreSQL keeps no more, and a value that is written should equal the one that is read.
pub fn now() -> DateTime<Utc> {
    let now = Utc::now();
    now.duration_trunc(TimeDelta::microseconds(1))
        .unwrap_or(now)
}

/// Makes an `ActiveModel` set `created_at` when it is inserted (unless it is set already) and `updated_at` whenever it is
/// saved. Statements on many rows (`insert_many`, `update_many`) do not run it.
///
/// It implements `ActiveModelBehavior`; an entity that needs more hooks implements that trait itself, with [`now`].
#[doc(hidden)]
#[macro_export]
macro_rules! __timestamps {
    ($active_model:ty) => {
        #[$crate::model::prelude::async_trait::async_trait]
        impl $crate::model::prelude::ActiveModelBehavior for $active_model {
            async fn before_save<C>(
                mut self,
                _: &C,
                insert: bool,
            ) -> ::std::result::Result<Self, $crate::model::prelude::DbErr>
            where
                C: $crate::model::prelude::ConnectionTrait,
            {
                use $crate::model::prelude::sea_orm::ActiveValue;

                let now = $crate::model::now();
                if insert && self.created_at.is_not_set() {
                    self.created_at = ActiveValue::Set(now);
                }
                self.updated_at = ActiveValue::Set(now);
                Ok(self)
            }
        }
    };
}
