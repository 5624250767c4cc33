//! Lists with pagination, sorting and filters, and with a choice of fields and relations.

mod checks;
mod include;
#[cfg(feature = "views")]
mod listed;
mod page;
mod paginated;
mod parameters;
mod params;
mod query;
mod sparse;
#[cfg(test)]
mod tests;

#[cfg(feature = "views")]
pub use self::listed::Listed;
pub use self::{include::Include, paginated::Paginated, params::ListParams};
